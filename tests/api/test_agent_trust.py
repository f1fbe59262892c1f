"""Real agents, over HTTPS, whose certificates are out of date or whose clocks are not right."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta

import pytest

from millpond.adapters.pki import authority as authority_module
from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.contexts import client_context
from millpond.adapters.rpc.client import Agents
from millpond.domain.errors import Refused, Unknown
from millpond.domain.ha.status import HaStatus, HostStatus
from millpond.domain.timing import timing_for
from millpond.ports.agent import Agent
from tests.api.test_agent import POOL, Site, guest_spec, site  # noqa: F401 - a fixture
from tests.support.agents import AgentProcess

OUTAGE = 10


async def acting(site: Site, *servers: AgentProcess) -> Agent:  # noqa: F811
    """The pool of ``servers`` with its leases, once the first acts as its master."""
    first = await servers[0].ready(site.agents)
    site.root.mkdir()
    await first.records.init(str(site.root))
    await first.leases.init(str(site.root), POOL, timing_for(OUTAGE).io_timeout)
    await site.pool(*servers, outage=OUTAGE)
    return first


async def told(master: Agent, server: AgentProcess, *words: str) -> HostStatus:
    """What the master says of a server, once that has all these words in it."""
    status: HaStatus | None = None
    try:
        async with asyncio.timeout(120):
            while True:
                try:
                    status = await master.ha.status()
                except Refused as refused:
                    assert refused.code in ("server.role", "server.busy")
                else:
                    host = next(h for h in status.hosts if h.server == server.id)
                    if all(w in " ".join((host.state, *host.alarms)) for w in words):
                        return host
                await asyncio.sleep(0.2)
    except TimeoutError:
        raise AssertionError(f"not told: {words}: {status}") from None


async def test_a_server_whose_certificate_has_expired_keeps_its_guests_and_is_told_of(
    site: Site,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    master, member = site.server(1), site.server(2)
    agent = await acting(site, master, member)
    await told(agent, member, "online")
    spec = guest_spec()
    await (await member.ready(site.agents)).hypervisor.start(spec)
    monkeypatch.setattr(authority_module, "LEAF_LIFE", timedelta(minutes=-5))
    member.enrol(site.authority)
    host = await told(agent, member, "isolated", "certificate has expired", "server token")
    assert host.storage_age is not None, "it renews its lease, so it is alive"
    with pytest.raises(Unknown, match="certificate has expired"):
        await site.agents.agent(member.route).hypervisor.guests()
    monkeypatch.undo()
    member.enrol(site.authority)
    host = await told(agent, member, "online")
    assert not any("certificate" in alarm for alarm in host.alarms)
    guests = await (await member.ready(site.agents)).hypervisor.guests()
    assert [g.run for g in guests] == [spec.run], member.log


@asynccontextmanager
async def enrolled_ahead(
    site: Site,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    ahead: timedelta,
) -> AsyncIterator[Agents]:
    """Two servers were enrolled by a manager whose clock is ``ahead`` of theirs, or whose servers'
    clocks were set back by as much since."""

    class Ahead(datetime):
        @classmethod
        def now(cls, tz: object = None) -> datetime:
            return datetime.now(UTC) + ahead

    monkeypatch.setattr(authority_module, "datetime", Ahead)
    authority = CertificateAuthority.open(site.root.parent / "ahead")
    agents = Agents(client_context(authority.path, *authority.manager_pair(["127.0.0.1"])))
    site.authority, own = authority, site.agents
    site.agents = agents
    try:
        yield agents
    finally:
        site.agents = own
        agents.close()


async def test_clocks_set_back_by_a_day_after_enrolment_cut_nobody_off(
    site: Site,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with enrolled_ahead(site, monkeypatch, timedelta(days=1)):
        master, member = site.server(1), site.server(2)
        await site.pool(master, member)
        agents = Agents(master.own_context())
        try:
            assert await agents.agent(member.route).hypervisor.guests() == []
        finally:
            agents.close()
