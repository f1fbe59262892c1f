"""I/O classes and policies, and the meters of their limits."""

import time
from pathlib import Path

import pytest

from millpond.array import governing
from millpond.array.brake import brake_of
from millpond.array.exports import ExportedLun, IoLimit
from millpond.array.model import pool_luns, pools, qos
from millpond.array.model.qos_types import Action, Control, Metric
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.scsi.blocks import Access, Kind
from millpond.array.state.meters import CREDIT, SharedMeters
from millpond.array.statistics import Sum
from millpond.array.store.store import Store
from tests.unit.array.arrays import array, stored

LIMIT = {"control": Control.LIMIT, "metric": Metric.THROUGHPUT, "goal": 100}


def with_luns(state: State) -> State:
    state = pools.create(state, "P", [f"0_0_{n}" for n in range(5)])
    for number in (0, 1):
        state = pool_luns.create(state, {}, state.pools[0], 2048, number=number)
    return state


def limited(state: State) -> State:
    """LUN 0's commands are limited."""
    state = with_luns(state)
    state = qos.create_class(state, "c", {**LIMIT, "luns": (state.luns[0].wwn,)})
    state = qos.create_policy(state, "p", {"classes": ("c",)})
    state = state.model_copy(update={"array": state.array.model_copy(update={"moment": 1.0})})
    return qos.run(state, "p")


def test_limits_are_those_of_the_policy_that_runs() -> None:
    state = limited(array(15))
    assert [limit.commands for limit in qos.limits(state, state.luns[0])] == [100]
    assert qos.limits(state, state.luns[1]) == ()
    assert qos.limits(qos.stop(state), state.luns[0]) == ()
    assert qos.limits(qos.switch(state, False), state.luns[0]) == ()
    with pytest.raises(Refusal, match="is off"):
        qos.run(qos.switch(state, False), "p")


def test_a_new_lun_under_an_old_number_is_not_limited() -> None:
    state = pool_luns.destroy(limited(array(15)), 0)
    state = pool_luns.create(state, {}, state.pools[0], 2048, number=0)
    assert qos.limits(state, state.luns[0]) == ()


def test_what_runs_is_not_changed_and_what_is_used_not_removed() -> None:
    state = limited(array(15))
    for refused in (
        lambda: qos.modify_class(state, "c", {"goal": 5}),
        lambda: qos.destroy_class(state, "c"),
        lambda: qos.modify_policy(state, "p", {"window": 5}),
        lambda: qos.destroy_policy(state, "p"),
    ):
        with pytest.raises(Refusal, match="while it is currently running"):
            refused()
    idle = qos.stop(state)
    with pytest.raises(Refusal, match="part of a Policy"):
        qos.destroy_class(idle, "c")
    idle = qos.modify_class(idle, "c", {"name": "d"})
    assert idle.io_policies["p"].classes == ("d",)
    idle = qos.destroy_class(qos.destroy_policy(idle, "p"), "d")
    assert (idle.io_classes, idle.io_policies) == ({}, {})


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"control": Control.LIMIT, "metric": Metric.RESPONSE, "goal": 5}, "goal of the control"),
        ({"control": Control.CRUISE, "metric": Metric.THROUGHPUT, "goal": 5}, "goal of the"),
        ({"control": Control.LIMIT, "goal": 0}, "above 0"),
        ({"sizes": (8, 4)}, "not above"),
    ],
)
def test_a_class_makes_sense(given: dict[str, object], why: str) -> None:
    with pytest.raises(Refusal, match=why):
        qos.create_class(array(15), "c", given)


def test_a_policy_falls_back_to_another_that_there_is() -> None:
    state = qos.create_policy(array(15), "p", {})
    with pytest.raises(Refusal, match="does not exist"):
        qos.modify_policy(state, "p", {"action": Action.FALLBACK, "fallback": "q"})
    with pytest.raises(Refusal, match="to itself"):
        qos.modify_policy(state, "p", {"action": Action.FALLBACK, "fallback": "p"})


def test_policies_are_there_after_a_restart(tmp_path: Path) -> None:
    store = stored(tmp_path, 15)
    store.change(lambda state, _: limited(state), 5.0)
    again = Store(tmp_path).state()
    assert again == store.state()
    assert (running := qos.running(again)) is not None
    assert running.name == "p"


def exported(limits: tuple[IoLimit, ...], delays: tuple[float, ...] = ()) -> ExportedLun:
    return ExportedLun(0, bytes(16), "", 1 << 20, "", "A", limits=limits, delays=delays)


def limit(slot: int, **options: float) -> IoLimit:
    return IoLimit(slot, reads=True, writes=True, least=0, most=1 << 30, **options)


def test_a_meter_is_shared_and_spreads_commands_evenly(tmp_path: Path) -> None:
    """Two mappings of the same file, as two SPs have them."""
    brakes = [
        brake_of(exported((limit(3, commands=100.0),)), SharedMeters(tmp_path / "meters"))
        for _ in range(2)
    ]
    read = Access(Kind.READ, 0, 8)
    begun = time.monotonic()
    pauses = [brake.pause(read) for _ in range(50) for brake in brakes if brake]
    took = time.monotonic() - begun
    assert pauses[0] == 0
    assert pauses == sorted(pauses) or took > 0.05
    assert 0.99 - CREDIT - took <= pauses[-1] <= 0.99


def test_a_command_is_of_the_first_class_that_it_fits(tmp_path: Path) -> None:
    small = IoLimit(0, reads=True, writes=False, least=0, most=4096)
    brake = brake_of(exported((small, limit(1, bytes=4096.0))), SharedMeters(tmp_path / "meters"))
    assert brake is not None
    assert [brake.pause(Access(Kind.READ, 0, 8)) for _ in range(3)] == [0, 0, 0]
    assert brake.pause(Access(Kind.WRITE, 0, 80)) == 0
    assert brake.pause(Access(Kind.READ, 0, 80)) > 5
    assert brake.pause(Access(Kind.SYNCHRONIZE, 0, 80)) == 0


def test_a_meter_of_another_boot_counts_for_nothing(tmp_path: Path) -> None:
    meters = SharedMeters(tmp_path / "meters")
    meters.take(0, 1e9)
    assert meters.take(0, 1.0) == 0


def test_a_slow_disk_delays_its_stripe_elements(tmp_path: Path) -> None:
    brake = brake_of(exported((), (0.0, 0.5, 0.0)), SharedMeters(tmp_path / "meters"))
    assert brake is not None
    assert brake.pause(Access(Kind.READ, 0, 128)) == 0
    assert brake.pause(Access(Kind.READ, 127, 2)) == 0.5
    assert brake.pause(Access(Kind.WRITE, 128 * 4, 1)) == 0.5
    assert brake.pause(Access(Kind.WRITE, 128 * 5, 1)) == 0
    assert brake.pause(Access(Kind.READ, 0, 4096)) == 0.5
    assert brake_of(exported(()), SharedMeters(tmp_path / "meters")) is None


def test_the_background_is_held_back_until_a_goal_is_met() -> None:
    governor = governing.Governor()
    assert not governor.sample(False, 1000, 3)
    assert governor.rate == 0
    rates = []
    for _ in range(20):
        assert not governor.sample(True, governor.rate or 1000, 3) or governor.rate == 10
        rates.append(governor.rate)
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == governing.LEAST
    assert governor.sample(True, 10, 3)  # nothing is left to hold back
    for _ in range(40):
        assert not governor.sample(False, 10, 3)
    assert governor.rate == 0


def test_goals_have_a_tolerance() -> None:
    cruise = {"control": Control.CRUISE, "metric": Metric.RESPONSE, "goal": 10, "tolerance": 50}
    one = qos.create_class(array(15), "c", cruise).io_classes["c"]
    for milliseconds, missed in ((14, False), (16, True)):
        moved = {"w": Sum(50, 50, 0, 0, milliseconds * 100 * 10**6)}
        assert governing.missed_by(one, moved) is missed
    assert not governing.missed_by(one, {})


def test_what_is_in_no_class_is_the_background_of_a_goal(tmp_path: Path) -> None:
    state = with_luns(array(15))
    cruise = {"control": Control.CRUISE, "metric": Metric.RESPONSE, "goal": 10}
    state = qos.create_class(state, "c", {**cruise, "luns": (state.luns[0].wwn,)})
    state = qos.create_policy(state, "p", {"classes": ("c",)})
    state = state.put(
        "io_policies", "p", state.io_policies["p"].model_copy(update={"running": 1.0})
    )
    meters = SharedMeters(tmp_path / "meters")
    mine, other = (
        brake_of(exported(qos.limits(state, lun)), meters) for lun in state.luns.values()
    )
    assert mine is not None
    assert other is not None
    read = Access(Kind.READ, 0, 8)
    assert [other.pause(read) for _ in range(3)] == [0, 0, 0]
    meters.set_rate(1.0)
    assert [round(other.pause(read)) for _ in range(4)] == [0, 1, 2, 3]
    assert [mine.pause(read) for _ in range(3)] == [0, 0, 0]
