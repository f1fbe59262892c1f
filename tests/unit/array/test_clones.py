"""The rules of clones, without files."""

import pytest

from millpond.array.model import clones, pool_luns, pools
from millpond.array.model import state as states
from millpond.array.model.clone_group import CloneState, Start
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind, Rate
from tests.unit.array.arrays import array

ONE, TWO = "0100000000000000", "0200000000000000"


@pytest.fixture
def state() -> State:
    """LUN 0 with clones 1 and 2; LUN 3 is nothing yet."""
    made = pools.create(array(), "P", [f"0_0_{n}" for n in range(5)])
    for number in range(4):
        pool = made.pools[0]
        made = pool_luns.create(made, {}, pool, 2048, kind=LunKind.THIN, number=number)
    made = clones.create_group(made, "G", 0, "", 60)
    for number in (1, 2):
        made = clones.add(made, "G", number, Rate.HIGH, Start.COPIED)
        made = synchronized(made, number - 1)
    return made


def synchronized(state: State, clone: int = 0) -> State:
    return clones.finish(state, state.clone_groups["G"].clones[clone].changes)


def of(state: State) -> list[CloneState]:
    return [clone.state for clone in state.clone_groups["G"].clones]


def test_a_copy_that_was_fractured_is_not_whole_when_it_ends(state: State) -> None:
    again = clones.synchronize(clones.fracture(state, "G", ONE), "G", ONE)
    assert of(again)[0] is CloneState.SYNCHRONIZING
    half = clones.fracture(again, "G", ONE)
    assert of(half)[0] is CloneState.OUT_OF_SYNC
    assert synchronized(half) is half
    with pytest.raises(Refusal, match="while the clone is Out-of-Sync"):
        clones.reverse(clones.fracture(half, "G", TWO), "G", ONE)


def test_files_are_exchanged_until_the_reverse_copy_has_ended(state: State) -> None:
    parted = clones.fracture(clones.fracture(state, "G", ONE), "G", TWO)
    before = [parted.luns[n].data or parted.luns[n].wwn for n in (0, 1)]
    turned = clones.reverse(parted, "G", ONE)
    assert [turned.luns[n].data for n in (0, 1)] == before[::-1]
    with pytest.raises(Refusal, match="Another clone"):
        clones.synchronize(turned, "G", TWO)
    with pytest.raises(Refusal, match="Another clone"):
        clones.add(turned, "G", 3, Rate.LOW, Start.COPIED)
    halted = clones.fracture(turned, "G", ONE)
    assert of(halted)[0] is CloneState.REVERSE_OUT_OF_SYNC
    with pytest.raises(Refusal, match="while the clone is Reverse-Out-of-Sync"):
        clones.remove(halted, "G", ONE)
    with pytest.raises(Refusal, match="Another clone"):
        clones.add(halted, "G", 3, Rate.LOW, Start.SHARED)
    on = clones.reverse(halted, "G", ONE)
    assert [on.luns[n].data for n in (0, 1)] == before[::-1]
    done = synchronized(on)
    assert [done.luns[n].data for n in (0, 1)] == before
    assert of(done) == [CloneState.SYNCHRONIZED, CloneState.CONSISTENT]
    assert states.apply(turned, states.difference(turned, done)) == done


def test_blocks_are_shared_within_a_directory_alone(state: State) -> None:
    shared = clones.add(state, "G", 3, Rate.LOW, Start.SHARED)
    assert of(shared)[-1] is CloneState.SYNCHRONIZED
    assert shared.luns[3].source == state.luns[0].wwn
    away = state.luns[3].model_copy(update={"directory": "data/sata"})
    copied = clones.add(state.put("luns", 3, away), "G", 3, Rate.LOW, Start.SHARED)
    assert of(copied)[-1] is CloneState.SYNCHRONIZING
    assert copied.luns[3].source == ""


def test_a_clone_is_of_one_lun(state: State) -> None:
    with pytest.raises(Refusal, match="is being cloned"):
        clones.create_group(state, "H", 1, "", 60)
    with pytest.raises(Refusal, match="is being cloned"):
        clones.add(state, "G", 0, Rate.HIGH, Start.COPIED)
    left = clones.remove(clones.fracture(state, "G", ONE), "G", ONE)
    other = clones.add(clones.create_group(left, "H", 3, "", 60), "H", 1, Rate.LOW, Start.THERE)
    assert other.clone_groups["H"].clones[0].state is CloneState.SYNCHRONIZED
    third = clones.add(clones.destroy_group(_emptied(other), "H"), "G", 3, Rate.LOW, Start.COPIED)
    assert third.clone_groups["G"].clones[-1].number == 3, "no number is given twice"


def _emptied(state: State) -> State:
    return clones.remove(clones.fracture(state, "H", ONE), "H", ONE)
