"""The agent's program is whole or it ends."""

import asyncio
from functools import partial
from pathlib import Path

import pytest

from millpond.adapters.fake.lockspace import FakeLockspaces
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.fake.lockspace_store import FileStore
from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.rpc.client import Agents
from millpond.agent import serve
from millpond.agent.renewal import OwnCertificate
from millpond.agent.service import compose
from millpond.agent.settings import AgentSettings
from millpond.domain.ha.settings import Isolation
from millpond.domain.names import new_id
from millpond.domain.server import Membership
from millpond.ha.place import Place
from millpond.ha.service import HaService
from tests.support.agents import AgentProcess


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AgentProcess:
    """Enrolled, its settings in the environment; not started."""
    made = AgentProcess(tmp_path, 1)
    made.enrol(CertificateAuthority.open(tmp_path / "pki"))
    for name, value in made.environment().items():
        monkeypatch.setenv(name, value)
    return made


async def test_an_agent_without_high_availability_ends_and_says_why(
    server: AgentProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken(self: HaService) -> None:
        await asyncio.sleep(0.2)
        raise LookupError("a fault of ours")

    monkeypatch.setattr(HaService, "run", broken)
    with pytest.raises(LookupError, match="a fault of ours"):
        await asyncio.wait_for(serve.run(AgentSettings()), 30)


async def test_it_has_joined_before_its_high_availability_has_looked(
    server: AgentProcess, tmp_path: Path
) -> None:
    """As after a restart of the agent alone: guests can be placed at once."""
    enrolment = server.files.load()
    assert enrolment is not None
    agents = Agents(server.own_context())
    certificate = partial(OwnCertificate, AgentSettings(), server.files, (agents.context,))
    local, *_ = compose(AgentSettings(), enrolment, agents, certificate)
    membership = Membership(
        pool=new_id(),
        pool_name="pool1",
        master=server.id,
        master_address=server.address,
        cluster_root=str(tmp_path),
        host_id=1,
        term=1,
        outage=10,
        isolation=Isolation.KEEP,
    )
    try:
        await local.server.join(membership)
        assert not (await local.server.inventory()).joined, "there is no lockspace"
        await local.leases.init(str(tmp_path), membership.pool, io_timeout=2)
        assert not (await local.server.inventory()).joined
        sanlock = FakeLockspaces(FakeSanlock(FileStore(), server.id), "an earlier agent")
        await sanlock.join(Place(membership).lockspace)
        assert (await local.server.inventory()).joined
    finally:
        await local.close()
        agents.close()
