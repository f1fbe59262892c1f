"""Masters of older and newer terms before real agents, over HTTPS; the storage says who is right."""

import asyncio

from millpond.adapters.pki.contexts import client_context
from millpond.adapters.rpc.client import Agents, MasterCaller
from millpond.domain.errors import Refused
from millpond.domain.layout import POOL_RECORD
from millpond.domain.pool import PoolDocument, mastered_by
from millpond.ports.agent import Agent
from tests.api.test_agent import POOL, Site, is_refused, site  # noqa: F401 - a fixture
from tests.support.agents import AgentProcess


def as_server(caller: AgentProcess) -> Agents:
    """Connections with the server's own certificate."""
    files = caller.files
    return Agents(client_context(files.ca, files.certificate, files.key))


async def commands(caller: AgentProcess, term: int | None, member: AgentProcess) -> None:
    """As the master of ``term`` does. Raises what the member refuses with."""
    agents = as_server(caller)
    try:
        agent: Agent = agents.agent(member.route, MasterCaller(term) if term else None)
        await agent.hypervisor.guests()
    finally:
        agents.close()


async def in_pool(agent: Agent, master: AgentProcess) -> None:
    """Until its part in the pool's high availability has begun, moments after it was told."""
    async with asyncio.timeout(60):
        while True:
            try:
                await agent.ha.pulse(POOL, 1, master.id)
                return
            except Refused as refused:
                assert refused.code == "server.not_in_pool"
            await asyncio.sleep(0.1)


def elect(site: Site, pool: PoolDocument, server: AgentProcess) -> PoolDocument:  # noqa: F811
    """The storage has a new master, as another server has written it."""
    after = mastered_by(pool, server.id)
    fresh = (site.root / POOL_RECORD).with_suffix(".new")  # servers read it at any moment
    fresh.write_text(after.model_dump_json())
    fresh.replace(site.root / POOL_RECORD)
    return after


async def test_a_member_obeys_no_master_of_an_older_term(site: Site) -> None:  # noqa: F811
    old, new, member = (site.server(n) for n in (1, 2, 3))
    pool = await site.pool(old, new, member)
    agent = await member.ready(site.agents)
    await in_pool(agent, old)
    await commands(old, 1, member)
    elect(site, pool, new)
    await commands(new, 2, member)
    with is_refused("pool.deposed"):
        await commands(old, 1, member)
    pulse = await agent.ha.pulse(POOL, 2, new.id)
    assert any(f"server {old.id} commanded it as master of term 1" in p for p in pulse.problems)
    with is_refused("pool.deposed"):
        await agent.ha.pulse(POOL, 1, old.id)
    with is_refused("pool.deposed"):
        await agent.server.join(site.membership(old))


async def test_a_new_master_is_believed_because_of_the_record_alone(site: Site) -> None:  # noqa: F811
    old, new, member = (site.server(n) for n in (1, 2, 3))
    pool = await site.pool(old, new, member)
    for term in (None, 1, 5):
        with is_refused("auth.denied"):
            await commands(new, term, member)
    elect(site, pool, new)
    await commands(new, 2, member)
    membership = await (await member.ready(site.agents)).server.membership()
    assert membership is not None
    assert (membership.master, membership.term) == (new.id, 2)


async def test_an_old_master_finds_out_and_neither_writes_nor_relays(site: Site) -> None:  # noqa: F811
    old, new, member = (site.server(n) for n in (1, 2, 3))
    pool = await site.pool(old, new, member)
    agent = await old.ready(site.agents)
    elect(site, pool, new)
    stale = pool.model_copy(update={"generation": pool.generation + 2, "description": "mine"})
    with is_refused("pool.deposed"):
        await agent.records.put_pool(stale)
    async with asyncio.timeout(60):
        while (known := await agent.server.membership()) is None or known.term < 2:
            await asyncio.sleep(0.1)
    with is_refused("server.role"):
        await site.agents.agent(site.through(old, member)).hypervisor.guests()
    with is_refused("server.role"):
        await agent.records.put_pool(stale)
