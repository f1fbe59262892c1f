"""Servers that leave the pool, dead or alive, and how the others are reached."""

from typing import Any

import pytest

from millpond.domain.job import JobState
from millpond.domain.pool import BridgeSpec
from millpond.domain.server import Role
from millpond.operations.bridges import BridgeCreateSpec, BridgeDeleteSpec
from millpond.operations.pool_members import PoolServerSpec, reached_members
from millpond.sim.cluster import ServerSpec
from millpond.sim.commands import POOL
from millpond.sim.manager import World as ManagerWorld
from tests.unit.ha_loops.worlds import NAMES, World, world

AT = 5.0
FOUR = tuple(
    ServerSpec(name=n, fence=False, roles=frozenset({Role.UTILITY, Role.VM}))
    for n in (*NAMES, "s4")
)


def members(w: World) -> set[str]:
    return {m.name for m in w.pool().members}


def remove(w: World, name: str) -> None:
    """As ``millpond pool remove-server`` does."""
    w.manager.ask("pool.remove_server", PoolServerSpec(pool=POOL, server=name))


def ended(w: World, kind: str) -> list[tuple[JobState, str]]:
    jobs = w.manager.database.table.jobs.values()
    return [(j.state, str(j.error or "")) for j in jobs if j.kind == kind]


def test_a_silent_server_stays_a_member_until_it_is_dead() -> None:
    with world(server=FOUR, vms=("s2",), enabled=False) as w:
        w.run_until(AT)
        w.do("power s2 off")
        w.run_until(AT + 20)
        remove(w, "s2")
        w.run_until(AT + 30)
        assert w.said("manager", "not accepted", "not known to be dead", "silent")
        w.run_until(AT + w.timing.bound_by_leases + 20)
        assert w.record("vm-s2").placed_on is None
        remove(w, "s2")
        w.run_until(w.now() + 30)
        assert ended(w, "pool.remove_server") == [(JobState.DONE, "")]
        assert members(w) == {"s1", "s3", "s4"}


def test_one_that_was_removed_dead_and_is_back_is_told_then() -> None:
    with world(server=FOUR, vms=(), enabled=False) as w:
        w.run_until(AT)
        w.do("power s2 off")
        w.run_until(AT + w.timing.bound_by_leases + 10)
        remove(w, "s2")
        w.run_until(w.now() + 30)
        assert members(w) == {"s1", "s3", "s4"}
        remove(w, "s2")
        w.run_until(w.now() + 10)
        assert w.said("manager", "not accepted", "not a member")
        w.do("power s2 on")
        w.run_until(w.now() + 60)
        assert w.machines["s2"].membership is not None
        generation = w.pool().generation
        remove(w, "s2")
        w.run_until(w.now() + 30)
        assert w.machines["s2"].membership is None
        assert w.pool().generation == generation
        assert {state for state, _ in ended(w, "pool.remove_server")} == {JobState.DONE}


def test_a_dead_servers_vms_are_not_lost_with_it() -> None:
    with world(server=FOUR, vms=("s2",), armed=False) as w:
        w.run_until(AT)
        w.do("power s2 off")
        w.run_until(AT + w.timing.bound_by_leases + 20)
        remove(w, "s2")
        w.run_until(w.now() + 30)
        assert w.said("manager", "not accepted", "1 VMs are on it")
        assert members(w) == {*NAMES, "s4"}


@pytest.mark.parametrize(
    ("kind", "spec"),
    [
        ("bridge.create", BridgeCreateSpec(pool=POOL, bridge=BridgeSpec(name="xenbr7"))),
        ("bridge.delete", BridgeDeleteSpec(pool=POOL, name="xenbr0")),
    ],
)
def test_bridges_of_members_that_only_their_master_reaches(kind: str, spec: Any) -> None:
    """Simulated servers refuse to change their bridges: that word has to come from them."""
    own = {"s1": "xenbr7", "s2": "xenbr0", "s3": "xenbr0"}
    servers = tuple(ServerSpec(name=n, bridges=frozenset({b})) for n, b in own.items())
    with world(server=servers, vms=()) as w:
        bridges = (BridgeSpec(name="xenbr0"),)
        w.storage.records.roots[w.pool().cluster_root].pool = w.pool().model_copy(
            update={"bridges": bridges}
        )
        w.run_until(AT)
        for server in ("s2", "s3"):
            w.do(f"network manager {server} off")
            w.do(f"network {server} manager off")
        w.manager.ask(kind, spec)
        w.run_until(AT + 60)
        ((_, error),) = ended(w, kind)
        assert "its network is part of its hardware" in error


def test_a_check_reaches_them_too() -> None:
    with world(vms=()) as w:
        w.run_until(AT)
        w.do("network manager s3 off")
        found: list[str] = []

        async def ask() -> None:
            reached = reached_members(ManagerWorld(w.manager, None), w.pool())
            found.extend([(await r.agent.server.inventory()).hostname for r in reached])

        assert w.manager.node.process is not None
        w.manager.node.process.spawn(ask(), name="check")
        w.run_until(AT + 30)
        assert found == list(NAMES)
