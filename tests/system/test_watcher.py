"""What happens behind the manager's back, on real agents: it hears of it by itself."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import Any

import pytest

from millpond.adapters.pki.contexts import client_context
from millpond.adapters.rpc.client import Agents, Route
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import VmDocument
from millpond.ports.agent import Agent
from tests.support.system import System

pytestmark = [pytest.mark.slow, pytest.mark.thorough]


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    with System(tmp_path_factory.mktemp("watch")) as made:
        made.make_pool()
        yield made


def behind_its_back(system: System, server: str, work: Callable[[Agent], Awaitable[Any]]) -> None:
    """Call an agent directly, with the manager's certificate but without the manager."""
    pki, program = system.directory / "manager" / "pki", system.agents[server]
    route = Route(program.address, program.port, program.env["MILLPOND_AGENT_SERVER_ID"])

    async def call() -> None:
        agents = Agents(client_context(pki / "ca.pem", pki / "manager.pem", pki / "manager.key"))
        try:
            await work(agents.agent(route))
        finally:
            agents.close()

    asyncio.run(call())


def soon(condition: Callable[[], bool]) -> None:
    """Nobody asks the servers again: what is not told is never known."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def _die(system: System, server: str, vm: str) -> None:
    behind_its_back(system, server, lambda agent: agent.hypervisor.destroy(vm))


def _is(system: System, vm: str, expected: str) -> bool:
    return power(system, vm) == expected


def power(system: System, vm: str) -> str:
    return str(system.api("GET", f"/vms/{vm}")["power"])


def test_a_guest_that_dies_is_noticed_wherever_it_is(system: System) -> None:
    stage = system.stage
    for server in ("srv1", "srv2"):  # the master's own, and one behind it
        vm = stage.vm(start=True, on=server)
        _die(system, server, system.api("GET", f"/vms/{vm}")["id"])
        soon(partial(_is, system, vm, "stopped"))
    stage.clean()


def test_a_record_changed_by_somebody_else_is_read(system: System) -> None:
    stage = system.stage
    vm = stage.vm()
    id_ = system.api("GET", f"/vms/{vm}")["id"]

    async def rename(agent: Agent) -> None:
        record = await agent.records.vm(str(system.root), id_)
        assert record is not None
        config = record.config.model_copy(update={"name": "renamed"})
        changed = VmDocument(**dict(record) | {"config": config})
        await agent.records.put_vm(
            str(system.root), changed.model_copy(update={"generation": record.generation + 1})
        )

    behind_its_back(system, "srv1", rename)
    soon(lambda: system.api("GET", f"/vms/{id_}")["name"] == "renamed")

    async def describe(agent: Agent) -> None:
        pool = await agent.records.pool(str(system.root))
        assert pool is not None
        update = {"description": "by hand", "generation": pool.generation + 1}
        await agent.records.put_pool(PoolDocument(**dict(pool) | update))

    behind_its_back(system, "srv1", describe)
    soon(lambda: system.api("GET", "/pools/pool1")["description"] == "by hand")
    system.api.do("DELETE", f"/vms/{id_}")


def test_a_silent_server_makes_its_guests_unknown_until_it_speaks(system: System) -> None:
    stage = system.stage
    vm = stage.vm(start=True, on="srv2")
    master_vm = stage.vm(start=True, on="srv1")
    system.agents["srv2"].kill()
    soon(lambda: not system.api("GET", "/servers/srv2")["up"])
    soon(lambda: power(system, vm) == "unknown")
    assert power(system, master_vm) == "running"
    system.agents["srv2"].start()
    soon(lambda: power(system, vm) == "running")
    assert system.api("GET", "/servers/srv2")["up"]
    stage.clean()


def test_a_dead_master_does_not_hide_the_other_servers(system: System) -> None:
    stage = system.stage
    vm = stage.vm(start=True, on="srv3")
    id_ = system.api("GET", f"/vms/{vm}")["id"]
    system.agents["srv1"].kill()
    soon(lambda: not system.api("GET", "/servers/srv1")["up"])
    assert system.api("GET", "/servers/srv3")["up"]
    assert power(system, vm) == "running"
    behind_its_back(system, "srv3", lambda agent: agent.hypervisor.pause(id_))
    soon(lambda: power(system, vm) == "paused")
    system.agents["srv1"].start()
    soon(lambda: bool(system.api("GET", "/servers/srv1")["up"]))
    stage.clean()


def test_a_restarted_manager_catches_up(system: System) -> None:
    stage = system.stage
    vm = stage.vm(start=True, on="srv2")
    id_ = system.api("GET", f"/vms/{vm}")["id"]
    system.manager.kill()
    _die(system, "srv2", id_)
    system.manager.start()
    soon(lambda: power(system, vm) == "stopped")
    stage.clean()
