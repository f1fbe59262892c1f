"""I/O classes and policies, and the meters of their limits."""

import asyncio
import os
import time
from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace

import pytest

from millpond.array import governing
from millpond.array.brake import brake_of
from millpond.array.exports import ExportedLun, IoLimit
from millpond.array.model import pool_luns, pools, qos
from millpond.array.model.qos_types import Action, Control, Metric
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import SPS
from millpond.array.processor import Processor
from millpond.array.scsi.blocks import Access, Kind
from millpond.array.state.meters import CREDIT, Done, SharedMeters
from millpond.array.state.peer import hold_life
from millpond.array.store.masking import StoredMasking
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


def test_a_policy_that_others_fall_back_to_keeps_its_place() -> None:
    state = qos.create_policy(array(15), "q", {})
    state = qos.create_policy(state, "p", {"action": Action.FALLBACK, "fallback": "q"})
    with pytest.raises(Refusal, match="falls back to"):
        qos.destroy_policy(state, "q")
    state = qos.modify_policy(state, "q", {"name": "r"})
    assert state.io_policies["p"].fallback == "r"
    with pytest.raises(Refusal, match="does not exist"):
        qos.modify_policy(state, "p", {"name": "o", "fallback": "p"})
    assert set(qos.destroy_policy(qos.destroy_policy(state, "p"), "r").io_policies) == set()


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


def test_a_meter_is_shared_and_spreads_commands_evenly(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two mappings of the same file, as two SPs have them."""
    brakes = [
        brake_of(exported((limit(3, commands=100.0),)), SharedMeters(tmp_path / "meters", sp))
        for sp in SPS
    ]
    read = Access(Kind.READ, 0, 8)
    clock = SimpleNamespace(monotonic=lambda: 1000.0)
    monkeypatch.setattr("millpond.array.state.meters.time", clock)
    pauses = [brake.pause(read) for _ in range(50) for brake in brakes if brake]
    assert pauses == pytest.approx([max(0.0, n / 100 - CREDIT) for n in range(100)])


def test_a_command_is_of_the_first_class_that_it_fits(tmp_path: Path) -> None:
    small = IoLimit(0, reads=True, writes=False, least=0, most=4096)
    brake = brake_of(
        exported((small, limit(1, bytes=4096.0))), SharedMeters(tmp_path / "meters", "A")
    )
    assert brake is not None
    assert [brake.pause(Access(Kind.READ, 0, 8)) for _ in range(3)] == [0, 0, 0]
    assert brake.pause(Access(Kind.WRITE, 0, 80)) == 0
    assert brake.pause(Access(Kind.READ, 0, 80)) > 5
    assert brake.pause(Access(Kind.SYNCHRONIZE, 0, 80)) == 0


def test_a_meter_of_another_boot_counts_for_nothing(tmp_path: Path) -> None:
    meters = SharedMeters(tmp_path / "meters", "A")
    meters.take(0, 1e9)
    assert meters.take(0, 1.0) == 0


def test_a_slow_disk_delays_its_stripe_elements(tmp_path: Path) -> None:
    brake = brake_of(exported((), (0.0, 0.5, 0.0)), SharedMeters(tmp_path / "meters", "A"))
    assert brake is not None
    assert brake.pause(Access(Kind.READ, 0, 128)) == 0
    assert brake.pause(Access(Kind.READ, 127, 2)) == 0.5
    assert brake.pause(Access(Kind.WRITE, 128 * 4, 1)) == 0.5
    assert brake.pause(Access(Kind.WRITE, 128 * 5, 1)) == 0
    assert brake.pause(Access(Kind.READ, 0, 4096)) == 0.5
    assert brake_of(exported(()), SharedMeters(tmp_path / "meters", "A")) is None


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
        assert governing.missed_by(one, Done(100, milliseconds / 10)) is missed
    assert not governing.missed_by(one, Done())


def cruising(state: State, *, numbers: Sequence[int] | None, io_type: str = "rw") -> State:
    """A policy runs whose class, of these LUNs, is to take 10 ms."""
    state = with_luns(state)
    cruise = {"control": Control.CRUISE, "metric": Metric.RESPONSE, "goal": 10}
    luns = None if numbers is None else tuple(state.luns[number].wwn for number in numbers)
    state = qos.create_class(state, "c", {**cruise, "luns": luns, "io_type": io_type})
    state = qos.create_policy(state, "p", {"classes": ("c",)})
    return state.put("io_policies", "p", state.io_policies["p"].model_copy(update={"running": 1.0}))


def test_what_is_in_no_class_is_the_background_of_a_goal(tmp_path: Path) -> None:
    state = cruising(array(15), numbers=(0,))
    meters = SharedMeters(tmp_path / "meters", "A")
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


@pytest.mark.parametrize("numbers", [(0,), None])
def test_commands_are_counted_as_they_are_held_back(
    tmp_path: Path, numbers: tuple[int, ...] | None
) -> None:
    """The class is of reads: writes to the same LUN are background, through either SP, and how long they take
    does not matter."""
    state = cruising(array(15), numbers=numbers, io_type="r")
    limits, classes = qos.limits(state, state.luns[0]), list(state.io_classes.values())
    both = [SharedMeters(tmp_path / "meters", sp) for sp in SPS]
    brakes = [brake_of(exported(limits), meters) for meters in both]

    def after(read: float, written: float) -> float:
        """The background's rate, if reads and writes take these seconds."""
        before, governor = both[0].done(), governing.Governor()
        for brake in brakes:
            assert brake is not None
            for _ in range(100):
                now = time.monotonic_ns()
                brake.ended(Access(Kind.READ, 0, 8), now - int(read * 1e9))
                brake.ended(Access(Kind.WRITE, 0, 8), now - int(written * 1e9))
        moved = governing.less(both[0].done(), before)
        assert not governing.look(governor, classes, 3, moved)
        return governor.rate

    assert after(0, 600) == 0
    assert after(60, 0) == 200 * governing.DOWN


async def test_only_who_governs_sets_the_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(governing, "SAMPLE", 0.01)
    store = stored(tmp_path, 15)
    processor = Processor(tmp_path, "B", StoredMasking(store))
    life = hold_life(tmp_path, "A")
    processor.meters.set_rate(50.0)
    watching = asyncio.ensure_future(governing.watch(processor, store))
    try:
        await asyncio.sleep(0.1)
        assert processor.meters.rate == 50
        os.close(life)
        async with asyncio.timeout(30):
            while processor.meters.rate:
                await asyncio.sleep(0.01)
    finally:
        watching.cancel()
        processor.state.close()
