"""A member dies: what the master's loops make of it, and what they write down."""

import pytest

from millpond.adapters.fake.lockspace_leases import FakeLeases
from millpond.domain.fencing import FenceDevice
from millpond.domain.names import new_id
from millpond.domain.vm import VmDocument, Wanted
from millpond.sim.cluster import ROOT, VmSpec
from millpond.sim.machine import EPOCH
from millpond.sim.simulation import WARM_UP, When
from tests.unit.ha_loops.worlds import NO_DEVICES, world

DEAD = 5.0
"""When the server dies, in every test."""


def test_a_dead_servers_vm_runs_elsewhere_within_the_promised_time() -> None:
    with world() as w:
        w.run_until(DEAD)
        w.do("power s2 off")
        w.run_until(DEAD + w.timing.bound_fenced)
        assert w.where("vm-s2") in (["s1"], ["s3"])
        assert w.record("vm-s2").placed_on == w.machines[w.where("vm-s2")[0]].hardware.id


def test_the_failovers_record_tells_every_stage_in_order() -> None:
    with world() as w:
        w.run_until(DEAD)
        w.do("power s2 off")
        w.run_until(90)
        (story,) = w.failovers()
        assert story.server_name == "s2"
        assert "ipmi" in story.how
        assert "read back: off" in story.how
        (vm,) = story.vms
        times = [story.silent, story.detected, story.decided, story.fenced, story.leases_cleared]
        times += [vm.started, vm.answered, story.ended]
        assert None not in times
        assert times == sorted(times)
        died = EPOCH + WARM_UP + w.timing.renewal + DEAD
        # The last sign of life was a pulse or a renewal before it died.
        assert died - w.timing.renewal <= story.silent <= died
        assert story.measured is not None
        assert story.measured <= story.promised == w.timing.bound_fenced
        assert vm.server == w.where("vm-s2")[0]


@pytest.mark.parametrize("dead", ["s2", "s1"])
def test_a_failover_that_no_device_confirmed_is_held_to_the_promise_of_the_leases(
    dead: str,
) -> None:
    with world(vms=(dead,)) as w:
        w.run_until(DEAD)
        w.do(f"bmc {dead} silent")
        w.do(f"power {dead} off")
        w.run_until(DEAD + w.timing.bound_by_leases + 60)
        (story,) = w.failovers()
        assert story.how == "its leases ran out"
        assert story.promised == w.timing.bound_by_leases > w.timing.bound_fenced
        assert story.kept


def test_without_a_device_nothing_starts_before_the_lease_is_dead() -> None:
    with world(server=NO_DEVICES) as w:
        w.run_until(DEAD)
        w.do("power s2 off")
        w.run_until(DEAD + w.timing.host_dead - w.timing.renewal - 1)
        assert w.where("vm-s2") == []
        w.run_until(DEAD + w.timing.bound_by_leases)
        assert w.where("vm-s2")
        w.run_until(200)
        (story,) = w.failovers()
        assert story.how == "its leases ran out"
        (vm,) = story.vms
        assert story.fenced <= story.leases_cleared <= vm.started
        assert story.promised == w.timing.bound_by_leases
        assert story.ended is not None


def test_a_server_that_is_fenced_is_switched_on_once_and_then_as_good_as_any() -> None:
    with world() as w:
        switched: list[str] = []
        switch_on = w.fencing.on

        async def on(device: FenceDevice) -> None:
            switched.append(device.name)
            await switch_on(device)

        w.fencing.on = on  # type: ignore[method-assign]
        w.run_until(DEAD)
        w.do("power s2 off")
        w.run_until(100)
        assert w.machines["s2"].on
        assert switched == ["ipmi"]
        w.do("vm migrate vm-s2 s2")
        w.run_until(150)
        assert w.where("vm-s2") == ["s2"]
        w.do("power s2 off")
        w.run_until(150 + w.timing.bound_fenced)
        assert "s2" not in w.where("vm-s2")
        assert len(w.where("vm-s2")) == 1


def test_what_was_proven_of_a_server_is_over_once_it_is_heard_again() -> None:
    """Or its next silence would pass for death."""
    with world() as w:
        w.run_until(DEAD)
        w.do("power s2 off")
        w.run_until(DEAD + w.timing.detection + 5)
        session = w.programs["s1"].ha._session
        assert session is not None
        s2 = w.machines["s2"].hardware.id
        assert session.fencer.attempt(s2).proof is not None
        w.run_until(100)
        assert session.fencer.attempt(s2).proof is None


def test_nor_is_one_that_dies_again_left_off() -> None:
    with world() as w:
        w.run_until(DEAD)
        w.do("power s2 off")
        w.run_until(80)
        assert w.machines["s2"].on
        w.do("vm migrate vm-s2 s2")
        w.run_until(100)
        w.do("power s2 off")
        w.run_until(150)
        assert w.machines["s2"].on


@pytest.mark.parametrize("fault", ["silent", "failing"])
def test_a_device_that_fails_costs_time_and_nothing_else(fault: str) -> None:
    with world() as w:
        w.run_until(DEAD)
        w.do(f"bmc s2 {fault}")
        w.do("power s2 off")
        w.run_until(DEAD + w.timing.bound_by_leases + 1)
        assert w.where("vm-s2")
        (story,) = w.failovers()
        assert story.how == "its leases ran out"
        assert w.said("s1", "alarm", "s2 could not be fenced")


def test_a_device_that_lies_is_found_out_and_not_believed_again() -> None:
    """It says off, and the server renews its lease: contradicted, whatever it says next."""
    with world() as w:
        w.run_until(DEAD)
        w.do("bmc s2 lying")
        w.whens.append(When("fencing: server s2", ("storage s2 on",)))
        w.do("storage s2 off")
        w.do("network s2 off")
        w.run_until(120)
        assert w.where("vm-s2") == ["s2"]
        assert w.said("s1", "alarm", "is not relied upon", "said off while the server lived")
        (story,) = w.failovers()
        assert (story.fenced, story.vms[0].started) == (None, None)
        assert story.ended is not None
        assert story.vms[0].outcome == "its server lives"
        w.do("storage s2 off")
        w.run_until(w.now() + w.timing.detection + w.timing.fence)
        assert sum("fencing: server s2" in line for line in w.journal.lines) == 1


def test_one_that_is_switched_off_as_it_wakes_up_is_proven_dead_in_time() -> None:
    """It renews its lease once more before its power is gone: that makes its device no liar."""
    with world() as w:
        w.run_until(DEAD)
        w.whens.append(When("fencing: server s2", ("thaw s2",)))
        w.do("freeze s2")
        w.run_until(DEAD + w.timing.bound_fenced)
        assert len(w.where("vm-s2")) == 1
        assert not w.said("s1", "is not relied upon")
        w.run_until(120)
        assert w.machines["s2"].boots == 2


def test_a_proof_is_over_as_soon_as_the_dead_server_renews_its_lease() -> None:
    """Nobody hears it, and its BMC is not believed again."""
    with world() as w:
        w.checker.gap = 3.0
        w.run_until(DEAD)
        for line in ("bmc s2 lying", "network s2 off", "freeze s2"):
            w.do(line)
        w.run_until(DEAD + w.timing.detection + 3)
        assert w.where("vm-s2")
        w.do("thaw s2")
        w.run_until(w.now() + 3)
        assert w.said("s1", "alarm", "it said off, and the server lived on")
        assert "s2" not in w.where("vm-s2")
        status = w.programs["s1"].ha.told()
        assert status is not None
        assert [h.state for h in status.hosts if h.name == "s2"] == ["isolated"]


def test_a_damaged_lease_keeps_no_other_from_being_cleared() -> None:
    with world(vms=("s2", "s3")) as w:
        w.run_until(DEAD)
        w.do("vm migrate vm-s3 s2")
        w.run_until(40)
        w.do("damage vm-s2")
        w.do("power s2 off")
        w.run_until(40 + w.timing.bound_fenced)
        assert len(w.where("vm-s3")) == 1
        (story,) = w.failovers()
        assert story.leases_cleared is not None


def test_an_operation_that_was_faster_has_the_last_word() -> None:
    """Between the look and the action the record changed: HA leaves the VM alone and looks again."""
    with world() as w:
        w.run_until(DEAD)
        w.do("storage s1 slow 0.3")  # or nothing could come in between
        w.whens.append(When("starting: vm vm-s2", ("manager crash",)))
        w.do("power s2 off")
        while w.manager.running:
            w.run_until(w.now() + 0.001)
        w.change("vm-s2", wanted=Wanted.OFF)
        w.run_until(120)
        assert w.where("vm-s2") == []
        assert w.record("vm-s2").wanted is Wanted.OFF


def test_nor_is_anything_ended_that_is_arriving_for_an_operation() -> None:
    """Whoever changed the record knows more of it."""
    with world() as w:
        w.run_until(DEAD)
        w.do("storage s1 slow 0.3")  # or nothing could come in between
        w.whens.append(When("s3/libvirt: vm-s2 is arriving", ("power s2 off",)))
        w.whens.append(When("starting: vm vm-s2", ("manager crash",)))
        w.do("vm migrate vm-s2 s3")
        while w.manager.running:
            w.run_until(w.now() + 0.001)
        w.change("vm-s2", wanted=Wanted.OFF)
        arrived = w.machines["s3"].guests.get(w.record("vm-s2").config.id)
        w.run_until(w.now() + 5)
        assert arrived is not None
        assert w.machines["s3"].guests.get(arrived.id) == arrived
        w.run_until(w.now() + w.timing.start + 5)
        assert w.machines["s3"].guests.get(arrived.id) is None
        assert w.record("vm-s2").placed_on is None


def test_a_vm_that_is_just_being_created_is_left_to_whoever_does_it() -> None:
    """Its record says where it runs before it does, in a pool that never had a VM."""
    with world(vms=()) as w:
        w.run_until(60)
        config = VmSpec(name="new").config()
        there = {"placed_on": w.machines["s2"].hardware.id, "wanted": Wanted.ON, "run": new_id()}
        document = VmDocument(config=config, generation=1).model_copy(update=there)
        w.storage.records.roots[ROOT].vms[config.id] = document
        leases = FakeLeases(w.storage.leases)
        w.loop.run_until_complete(leases.create(ROOT, w.pool_id, config.id))
        w.run_until(60 + w.timing.start)
        assert not w.said("s1", "starting:")


def test_a_vm_that_ends_by_itself_is_started_where_it_was() -> None:
    with world() as w:
        w.run_until(DEAD)
        w.do("guest vm-s2 dies")
        w.run_until(30)
        assert w.where("vm-s2") == ["s2"]
        assert w.failovers() == []


@pytest.mark.parametrize("setting", ["enabled", "armed"])
def test_nothing_is_fenced_or_started_where_people_do_not_want_it(setting: str) -> None:
    with world(**{setting: False}) as w:
        w.run_until(DEAD)
        w.do("power s2 off")
        w.run_until(200)
        assert w.where("vm-s2") == []
        assert not w.machines["s2"].on
        assert not w.said("s1", "fencing: server")


@pytest.mark.parametrize("jump", [-86_400.0, 86_400.0])
def test_a_clock_that_is_set_in_the_middle_changes_no_figure(jump: float) -> None:
    figures = []
    for seconds in (0.0, jump):
        with world() as w:
            w.run_until(DEAD)
            w.do("power s2 off")
            w.run_until(DEAD + 9)
            w.do(f"clock s1 {seconds}")
            w.run_until(90)
            (story,) = w.failovers()
            figures.append((story.measured, story.kept, story.ended))
    assert figures[0] == figures[1]
    assert figures[0][1] is True


@pytest.mark.parametrize("apart", [-86_400.0, 0.0, 86_400.0])
def test_the_next_master_goes_on_counting_whatever_its_clock_says(apart: float) -> None:
    with world(vms=("s3",)) as w:
        w.do(f"clock s2 {apart}")
        w.run_until(DEAD)
        w.do("bmc s3 silent")
        w.do("power s3 off")
        w.run_until(DEAD + 30)
        w.do("power s1 off")
        w.run_until(200)
        story = next(f for f in w.failovers() if f.server_name == "s3")
        t = w.timing
        assert w.pool().master.name == "s2"
        assert story.measured is not None
        assert t.host_dead - t.renewal <= story.measured <= t.bound_by_leases


def test_the_pool_says_how_long_its_failovers_took() -> None:
    with world(vms=("s2", "s3")) as w:
        w.run_until(DEAD)
        status = w.loop.run_until_complete(w.programs["s1"].ha.status())
        assert status.last is status.worst is None
        w.do("bmc s2 silent")
        w.do("power s2 off")
        w.run_until(200)
        w.do("power s3 off")
        w.run_until(260)
        status = w.loop.run_until_complete(w.programs["s1"].ha.status())
        slow, quick = w.failovers()
        assert (slow.server_name, quick.server_name) == ("s2", "s3")
        assert status.last == quick.result
        assert status.worst == slow.result
        w.do("agent s1 kill")
        w.run_until(300)
        again = w.loop.run_until_complete(w.programs["s1"].ha.status())
        assert (again.last, again.worst) == (status.last, status.worst)
