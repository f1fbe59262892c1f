"""Disks that fail and come back, and what is kept of faults."""

from pathlib import Path

import pytest

from millpond.array import faulty
from millpond.array.model import alerts, faults, pools, raid_groups, redundancy
from millpond.array.model.fault_types import FaultKind
from millpond.array.model.redundancy import Health
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.store.store import Store
from tests.unit.array.arrays import array, stored

DISK = FaultKind.DISK


def at(state: State, moment: float) -> State:
    return state.model_copy(update={"array": state.array.model_copy(update={"moment": moment})})


def fail(state: State, disk: str) -> State:
    return faults.inject(state, {}, DISK, disk)


def replace(state: State, disk: str) -> State:
    return faults.repair(state, {}, DISK, disk)


def later(state: State, seconds: float = 10_000.0) -> State:
    now = state.array.moment + seconds
    return at(faults.finish(state, now), now)


def group(kind: str, disks: int, spare: bool = False) -> State:
    state = raid_groups.create(array(15), 1, [f"0_0_{n}" for n in range(disks)], kind)
    return raid_groups.create(state, 2, ["0_0_9"], "hot_spare") if spare else state


def health(state: State) -> Health:
    return redundancy.health(state, state.raid_groups[1])


@pytest.mark.parametrize(
    ("kind", "disks", "lost", "expected"),
    [
        ("r5", 5, [0], Health.DEGRADED),
        ("r5", 5, [0, 3], Health.FAULTED),
        ("r6", 8, [0, 3], Health.DEGRADED),
        ("r6", 8, [0, 3, 4], Health.FAULTED),
        ("r1_0", 4, [0, 2], Health.DEGRADED),
        ("r1_0", 4, [0, 1], Health.FAULTED),
        ("r0", 3, [1], Health.FAULTED),
        ("r1", 2, [1], Health.DEGRADED),
    ],
)
def test_what_a_raid_group_can_do_without(
    kind: str, disks: int, lost: list[int], expected: Health
) -> None:
    state = group(kind, disks)
    for number in lost:
        state = fail(state, f"0_0_{number}")
    assert health(state) is expected
    assert any(expected.value.lower() in line for line in alerts.alerts(state, {}))


def test_a_pool_loses_one_disk_of_each_inner_group() -> None:
    state = pools.create(array(15), "P", [f"0_0_{n}" for n in range(10)])
    first, second = (tuple(found) for found in redundancy.sets(state, state.pools[0]))
    assert len(first) == len(second) == 5
    state = fail(fail(state, first[0]), second[0])
    assert redundancy.health(state, state.pools[0]) is Health.DEGRADED
    state = fail(state, second[1])
    assert redundancy.health(state, state.pools[0]) is Health.FAULTED


def test_a_hot_spare_stands_in_and_is_free_again_after_the_disk_was_replaced() -> None:
    state = fail(group("r5", 5, spare=True), "0_0_3")
    assert redundancy.condition(state, "0_0_3") == "Removed"
    assert redundancy.condition(state, "0_0_9") == "Rebuilding"
    assert health(state) is Health.DEGRADED
    state = later(state)
    assert redundancy.condition(state, "0_0_9") == "Enabled"
    assert health(state) is Health.READY
    assert health(fail(state, "0_0_1")) is Health.DEGRADED  # one more can fail now
    state = replace(state, "0_0_3")
    assert redundancy.condition(state, "0_0_3") == "Equalizing"
    assert health(state) is Health.READY
    with pytest.raises(Refusal, match="stands in"):
        raid_groups.remove(state, 2)
    state = later(state)
    assert state.rebuilds == {}
    assert redundancy.condition(state, "0_0_9") == "Hot Spare Ready"


def test_without_a_spare_the_replaced_disk_is_rebuilt() -> None:
    state = replace(fail(group("r5", 5), "0_0_3"), "0_0_3")
    assert redundancy.condition(state, "0_0_3") == "Rebuilding"
    assert health(state) is Health.DEGRADED
    assert not faults.due(state, state.array.moment + 1)
    assert health(later(state)) is Health.READY


def test_a_spare_that_fails_while_it_stands_in_is_missed() -> None:
    state = later(fail(group("r5", 5, spare=True), "0_0_3"))
    state = fail(state, "0_0_9")
    assert health(state) is Health.DEGRADED
    back = later(fail(group("r5", 5, spare=True), "0_0_3"))
    back = fail(replace(back, "0_0_3"), "0_0_9")
    assert redundancy.condition(back, "0_0_3") == "Rebuilding"
    assert health(back) is Health.DEGRADED
    assert health(later(back)) is Health.READY


def test_a_group_that_lost_too_many_has_its_data_when_they_come_back() -> None:
    state = fail(fail(group("r5", 5), "0_0_3"), "0_0_1")
    assert health(state) is Health.FAULTED
    state = replace(state, "0_0_1")
    assert health(state) is Health.DEGRADED
    state = later(replace(state, "0_0_3"))
    assert health(state) is Health.READY


def test_a_failed_disk_is_not_taken_and_a_fault_is_made_once() -> None:
    state = fail(array(15), "0_0_3")
    with pytest.raises(Refusal, match="has failed"):
        pools.create(state, "P", ["0_0_3", "0_0_4", "0_0_5"])
    with pytest.raises(Refusal, match="there already"):
        fail(state, "0_0_3")
    with pytest.raises(Refusal, match="no such fault"):
        replace(state, "0_0_4")


def test_faults_are_there_after_a_restart(tmp_path: Path) -> None:
    store = stored(tmp_path, 15)
    store.change(lambda s, _: raid_groups.create(s, 1, ["0_0_0", "0_0_1"], "r1"), 1.0)
    store.change(lambda s, _: raid_groups.create(s, 2, ["0_0_9"], "hot_spare"), 1.0)
    for kind, subject in ((DISK, "0_0_1"), (FaultKind.PORT, "a0"), (FaultKind.SP, "b")):
        store.change(lambda s, u, k=kind, n=subject: faults.inject(s, u, k, n), 2.0)
    store.change(lambda s, u: faults.inject(s, u, FaultKind.SLOW, "0_0_0", 70), 2.0)
    again = Store(tmp_path).state()
    assert again == store.state()
    assert set(again.faults) == {"disk 0_0_1", "port A0", "sp B", "slow 0_0_0"}
    assert again.rebuilds["0_0_1"].onto == "0_0_9"
    texts = [event.text for event in again.events.values()]
    assert "Bus 0 Enclosure 0 Disk 1 failed" in texts
    assert "SP A Port 0 lost its link" in texts
    for kind, subject in ((DISK, "0_0_1"), (FaultKind.PORT, "A0"), (FaultKind.SP, "B")):
        store.change(lambda s, u, k=kind, n=subject: faults.repair(s, u, k, n), 3.0)
    assert set(Store(tmp_path).state().faults) == {"slow 0_0_0"}


def test_an_sp_that_does_not_run_cannot_be_frozen(tmp_path: Path) -> None:
    stored(tmp_path)
    with pytest.raises(ValueError, match="SP A does not run"):
        faulty.inject(tmp_path, "freeze", "a", "", 0)
