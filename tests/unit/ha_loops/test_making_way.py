"""A master that is cut from the network and lives on the storage: it makes way for a member that reaches
another one, and for nobody else."""

import pytest

from millpond.domain.errors import Refused
from millpond.domain.ha.settings import Isolation
from millpond.domain.leases import SUCCESSION
from millpond.sim.cluster import ROOT, ServerSpec
from tests.unit.ha_loops.worlds import NAMES, World, world

AT = 5.0
LONG = 600.0
"""Seconds; more than ten times what it takes to make way."""


def acting(w: World) -> list[str]:
    """The servers whose agents act as master. Each holds the lease, by what the storage says."""
    found = [name for name, program in w.programs.items() if program.ha.held]
    assert all(w.master_lease() == name for name in found)
    return found


def keeps(w: World) -> None:
    """s1 is master all the time: the lease does not even change hands for a moment."""
    while w.now() < LONG:
        w.run_until(w.now() + 0.5)
        assert acting(w) == ["s1"]
    assert (w.pool().master.name, w.pool().term) == ("s1", 1)
    assert not w.said("s1", "makes way")


def until(w: World, *words: str) -> None:
    while not w.said("s1", *words):
        w.run_until(w.now() + 0.05)
        assert w.now() < LONG


def test_it_makes_way_and_keeps_its_guests() -> None:
    with world(vms=("s1",)) as w:
        w.run_until(AT)
        w.do("network s1 off")
        w.run_until(AT + w.timing.isolated)
        assert w.pool().term == 1
        w.run_until(AT + w.timing.isolated + 2 * w.timing.network_silent + 5)
        assert (w.pool().master.name, w.pool().term) == ("s2", 2)
        w.do("power s3 off")
        w.run_until(w.now() + 100)
        assert w.where("vm-s1") == ["s1"]
        membership = w.machines["s1"].membership
        assert membership is not None
        assert membership.master == w.pool().master.id


def test_the_guests_of_a_member_that_dies_later_start_where_they_can_be_reached() -> None:
    with world(vms=("s1", "s3"), server=tuple(ServerSpec(name=n) for n in (*NAMES, "s4"))) as w:
        w.run_until(AT)
        w.do("network s1 off")
        until(w, "new master")
        w.do("power s3 off")
        w.run_until(w.now() + w.timing.bound_fenced)
        assert w.where("vm-s3")[0] in ("s2", "s4")


@pytest.mark.parametrize("cut", ["network s1 off", "network s1 any off", "certificate s1 expired"])
def test_never_do_two_act(cut: str) -> None:
    with world() as w:
        w.run_until(AT)
        w.do(cut)
        while w.pool().term == 1 or acting(w) == []:
            w.run_until(w.now() + 0.02)
            assert len(acting(w)) <= 1
            assert w.now() < LONG
        w.do("heal")
        w.run_until(w.now() + 60)
        assert acting(w) == [w.pool().master.name]
        assert w.pool().term == 2


def test_who_made_way_writes_nothing_any_more() -> None:
    """The record still names it, for the one that asked dies in that very moment."""
    with world() as w:
        w.run_until(AT)
        w.do("network s1 off")
        until(w, "makes way")
        w.do("power s2 off")
        w.do("power s3 off")
        w.run_until(w.now() + 0.5)
        assert w.master_lease() is None
        assert w.pool().master.name == "s1"
        change = w.record("vm-s2").model_copy(update={"generation": 99})
        with pytest.raises(Refused) as caught:
            w.loop.run_until_complete(w.programs["s1"].agent.records.put_vm(ROOT, change))  # type: ignore[attr-defined]
        assert caught.value.code == "pool.deposed"


def test_it_acts_again_if_nobody_takes_the_role() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("network s1 off")
        until(w, "makes way")
        w.do("power s2 off")
        w.do("power s3 off")
        w.run_until(w.now() + w.timing.bound_fenced)
        assert acting(w) == ["s1"]
        assert w.where("vm-s2") == ["s1"]


def test_nor_is_it_taken_again_by_an_agent_that_is_restarted_meanwhile() -> None:
    """Whoever asked is slow to take it."""
    with world() as w:
        w.run_until(AT)
        w.do("network s1 off")
        until(w, "makes way")
        taker = w.holder(SUCCESSION)
        w.do(f"agent {taker} freeze")
        w.do("agent s1 kill")
        w.run_until(w.now() + 8)
        assert w.master_lease() is None
        w.do(f"agent {taker} thaw")
        w.run_until(w.now() + 5)
        assert acting(w) == [taker]


def test_without_the_switch_it_keeps_the_role() -> None:
    with world() as w:
        w.run_until(AT)
        for name in NAMES:
            w.do(f"network {name} off")
        keeps(w)


def test_of_two_servers_the_master_keeps_the_role() -> None:
    with world(server=tuple(ServerSpec(name=n) for n in ("s1", "s2"))) as w:
        w.run_until(AT)
        w.do("network s1 off")
        keeps(w)


def test_so_does_it_when_the_third_is_dead() -> None:
    with world(server=tuple(ServerSpec(name=n, fence=False) for n in NAMES)) as w:
        w.run_until(AT)
        w.do("power s3 off")
        w.do("network s1 off")
        keeps(w)


def test_a_master_that_hears_anybody_keeps_the_role() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("network s1 s3 off")
        w.do("network s3 s1 off")
        keeps(w)


def test_the_policy_for_isolated_servers_is_its_own_then() -> None:
    with world(vms=("s1",), isolation=Isolation.SHUTDOWN) as w:
        w.run_until(AT)
        w.do("network s1 off")
        until(w, "new master")
        assert w.where("vm-s1") == ["s1"]
        w.run_until(w.now() + 45)
        assert w.where("vm-s1") in (["s2"], ["s3"])
