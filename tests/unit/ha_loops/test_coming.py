"""Guests that take their time to come: HA waits for them, but not for ever and not for the dead."""

from typing import Any

import pytest

from millpond.domain.ha.view import COMING
from millpond.domain.job import JobState
from millpond.operations.registry import OPERATIONS
from millpond.sim.cluster import VmSpec
from tests.unit.ha_loops.worlds import World, world

SUSPENDED, RESUMED = 5.0, 20.0
SLOW = 40.0
"""Longer than a record is trusted, shorter than a call may take."""


def ask(w: World, kind: str, **spec: Any) -> None:
    w.manager.ask(kind, OPERATIONS[kind].spec_type.model_validate(spec))


def resumed(w: World, server: str, seconds: float = SLOW) -> str | None:
    """vm-s2, whose memory ``server`` loads slowly; its run."""
    w.run_until(SUSPENDED)
    ask(w, "vm.suspend", vm="vm-s2")
    w.run_until(RESUMED)
    assert w.where("vm-s2") == []
    w.do(f"libvirt {server} slow {seconds}")
    ask(w, "vm.resume", vm="vm-s2", on=server)
    w.run_until(RESUMED + 1)
    return w.record("vm-s2").run


@pytest.mark.parametrize("server", ["s1", "s3"], ids=["on_the_master", "on_a_member"])
@pytest.mark.parametrize("ha", [True, False], ids=["guarded", "not_guarded"])
def test_a_slow_restore_is_left_alone(server: str, ha: bool) -> None:
    with world(vm=(VmSpec(name="vm-s2", on="s2", ha=ha),)) as w:
        run = resumed(w, server)
        w.run_until(RESUMED + SLOW - 1)
        assert w.record("vm-s2").placed_on == w.machines[server].hardware.id
        w.run_until(RESUMED + SLOW + 10)
        assert w.where("vm-s2") == [server]
        assert w.record("vm-s2").run == run
        assert not w.said("s1", "starting: vm")
        assert not w.said("s1", "released: vm")


def test_a_new_master_waits_for_it_as_well() -> None:
    with world(vm=(VmSpec(name="vm-s2", on="s2"),)) as w:
        run = resumed(w, "s3")
        w.do("agent s1 stop")
        w.run_until(RESUMED + SLOW + 30)
        assert w.pool().master.name != "s1"
        assert w.where("vm-s2") == ["s3"]
        assert w.record("vm-s2").run == run


def test_a_restore_outlives_the_agent_that_was_asked_for_it() -> None:
    with world(vm=(VmSpec(name="vm-s2", on="s2"),)) as w:
        run = resumed(w, "s3")
        w.do("agent s3 kill")
        w.run_until(RESUMED + SLOW + 10)
        assert w.where("vm-s2") == ["s3"]
        assert w.record("vm-s2").run == run
        assert not w.said("s1", "starting: vm")


@pytest.mark.parametrize("fault", ["power s3 off", "network s3 off", "storage s3 off"])
def test_who_is_not_well_is_not_waited_for(fault: str) -> None:
    """Nobody holds the lease yet, so there is nothing to prove."""
    with world(vm=(VmSpec(name="vm-s2", on="s2"),)) as w:
        resumed(w, "s3", COMING)
        w.do(fault)
        w.run_until(RESUMED + w.timing.detection + w.timing.start + 2)
        (found,) = w.where("vm-s2")
        assert found != "s3"


def test_a_restore_whose_libvirtd_died_is_not_waited_for() -> None:
    with world(vm=(VmSpec(name="vm-s2", on="s2"),)) as w:
        resumed(w, "s3", COMING)
        w.do("libvirt s3 stop")
        w.run_until(RESUMED + 30)
        (found,) = w.where("vm-s2")
        assert found != "s3"


def test_what_does_not_come_in_a_quarter_of_an_hour_is_not_waited_for() -> None:
    with world(vm=(VmSpec(name="vm-s2", on="s2"),)) as w:
        run = resumed(w, "s3", 10 * COMING)
        w.run_until(RESUMED + COMING - 1)
        assert w.record("vm-s2").run == run
        assert not w.said("s1", "vm-s2 has been coming to life for more than 15 min")
        w.run_until(RESUMED + COMING + 300)
        assert w.said("s1", "vm-s2 has been coming to life for more than 15 min")
        (found,) = w.where("vm-s2")
        assert found != "s3"


def test_a_start_that_is_cancelled_while_it_comes_never_runs() -> None:
    with world(vm=(VmSpec(name="vm-off", ha=False),)) as w:
        w.run_until(RESUMED)
        w.do("libvirt s3 slow 100")
        ask(w, "vm.start", vm="vm-off", on="s3")
        w.run_until(RESUMED + 30)
        (job,) = w.manager.database.table.jobs.values()
        job.cancel = True
        w.run_until(RESUMED + 120)
        assert job.state is JobState.CANCELLED
        assert w.where("vm-off") == []
        assert w.record("vm-off").placed_on is None
