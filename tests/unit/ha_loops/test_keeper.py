"""Guests that no lease guards any more are ended, whatever it takes."""

import pytest

from millpond.sim.cluster import ServerSpec
from tests.unit.ha_loops.worlds import NAMES, NO_DEVICES, World, world

AT = 5.0
WATCHDOGS = tuple(ServerSpec(name=n, fence=False) for n in NAMES)


def joined(w: World, name: str) -> bool:
    return w.pool_id in w.machines[name].sanlock.spaces


@pytest.mark.parametrize("how", ["kill", "freeze"])
def test_without_sanlock_and_watchdog_the_guests_are_ended(how: str) -> None:
    with world(server=NO_DEVICES) as w:
        w.run_until(AT)
        w.do(f"sanlock s2 {how}")
        w.run_until(AT + w.timing.lease_lost - w.timing.renewal - 1)
        assert w.where("vm-s2") == ["s2"]
        w.run_until(AT + w.timing.lease_lost + 5)
        assert w.where("vm-s2") == []


def test_they_are_ended_even_if_libvirt_does_not_answer() -> None:
    with world(server=NO_DEVICES) as w:
        w.run_until(AT)
        w.do("libvirt s2 stop")
        w.do("sanlock s2 kill")
        w.run_until(AT + w.timing.lease_lost + 10)
        assert w.where("vm-s2") == []


def test_a_watchdog_is_left_to_do_it() -> None:
    with world(server=WATCHDOGS) as w:
        w.run_until(AT)
        w.do("sanlock s2 kill")
        w.run_until(AT + w.timing.lease_lost + 5)
        assert w.where("vm-s2") == ["s2"]
        w.run_until(AT + w.timing.host_dead)
        assert "s2" not in w.where("vm-s2")


def test_a_new_sanlock_joins_only_after_the_guests_of_the_old_one_are_ended() -> None:
    """It knows nothing of them, and its joining frees their leases for all."""
    with world(server=NO_DEVICES) as w:
        w.run_until(AT)
        w.do("sanlock s2 kill")
        w.do("sanlock s2 mend")
        w.run_until(AT + 4)
        assert w.where("vm-s2") == []
        assert not joined(w, "s2")
        w.run_until(AT + 60)
        assert joined(w, "s2")
        assert len(w.where("vm-s2")) == 1  # by the master, under a new lease


def test_a_lost_storage_costs_the_guests_and_nothing_is_fenced() -> None:
    with world() as w:
        w.run_until(AT)
        w.do("storage s2 off")
        w.run_until(AT + w.timing.bound_by_leases)
        assert w.where("vm-s2") in (["s1"], ["s3"])
        assert w.machines["s2"].on
        w.do("storage s2 on")
        w.run_until(w.now() + 40)
        assert joined(w, "s2")


def test_a_short_outage_of_the_storage_costs_nothing() -> None:
    with world(vms=("s1", "s2", "s3")) as w:
        w.run_until(AT)
        w.do("storage all off")
        w.run_until(AT + w.timing.outage)
        w.do("storage all on")
        w.run_until(120)
        assert [w.where(f"vm-{n}") for n in NAMES] == [["s1"], ["s2"], ["s3"]]
        assert w.pool().term == 1


def test_the_agent_ends_itself_when_its_master_lease_is_worth_nothing() -> None:
    with world(server=NO_DEVICES) as w:
        w.run_until(AT)
        before = w.programs["s1"]
        w.do("sanlock s1 kill")
        w.run_until(AT + w.timing.lease_lost + 10)
        assert w.said("s1", "ending the agent")
        assert w.programs["s1"] is not before


def test_a_missing_watchdog_is_told_with_its_consequence() -> None:
    with world(server=NO_DEVICES) as w:
        w.run_until(AT)
        status = w.programs["s1"].ha.told()
        assert status is not None
        assert all("it has no watchdog" in " ".join(h.alarms) for h in status.hosts)
