"""The rules of snapshots, without files."""

import pytest

from millpond.array.model import clones, mount_points, pool_luns, pools, snaps
from millpond.array.model.clone_group import Start
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Rate
from tests.unit.array.arrays import array


@pytest.fixture
def state() -> State:
    made = pools.create(array(), "P", [f"0_0_{n}" for n in range(5)])
    for number in (0, 1):
        made = pool_luns.create(made, {}, made.pools[0], 2048, number=number)
    return made


def test_a_snapshot_is_of_luns_that_there_are(state: State) -> None:
    with pytest.raises(Refusal, match="The specified resource does not exist"):
        snaps.create(state, "s", [0, 7])
    with pytest.raises(Refusal, match="The specified snapshot does not exist"):
        snaps.restore(state, "s", [0])


def test_only_a_lun_of_the_same_size_is_restored(state: State) -> None:
    state = snaps.create(state, "s", [0])
    with pytest.raises(Refusal, match="0x716d8008"):
        snaps.restore(state, "s", [1])
    grown = pool_luns.expand(state, {}, 0, 4096)
    with pytest.raises(Refusal, match="0x716d8008"):
        snaps.restore(grown, "s", [0])
    restored = snaps.restore(state, "s", [0])
    assert restored.luns[0].source == state.snaps["s"].members[0].data
    assert restored.luns[0].data not in ("", state.luns[0].data)


def test_no_snapshot_is_made_where_a_clones_data_lie(state: State) -> None:
    state = clones.create_group(state, "G", 0, "", 60)
    state = clones.add(state, "G", 1, Rate.LOW, Start.THERE)
    clone = state.clone_groups["G"].clones[0]
    parted = clones.fracture(state, "G", clone.id)
    turned = clones.reverse(parted, "G", clone.id)
    for reversed_ in (turned, clones.fracture(turned, "G", clone.id)):
        with pytest.raises(Refusal, match="LUN 0 is being synchronized"):
            snaps.create(reversed_, "s", [0])
        with pytest.raises(Refusal, match="LUN 0 is being synchronized"):
            snaps.create(reversed_, "s", [0], session=True)
    assert snaps.create(parted, "s", [0, 1]).snaps["s"].members
    assert snaps.create(clones.finish(turned, clone.changes), "s", [0]).snaps["s"].members


def test_a_snapshot_is_destroyed_when_its_time_has_come(state: State) -> None:
    def at(moment: float, state: State) -> State:
        return state.model_copy(update={"array": state.array.model_copy(update={"moment": moment})})

    state = snaps.create(at(1000, state), "hour", [0], keep=3600)
    state = snaps.create(state, "ever", [0])
    state = snaps.copy(state, "hour", "copy")
    assert snaps.expire(at(4599, state)).snaps.keys() == {"hour", "ever", "copy"}
    assert snaps.expire(at(4600, state)).snaps.keys() == {"ever", "copy"}
    longer = snaps.modify(at(2000, state), "hour", keep=7200)
    assert longer.snaps["hour"].expires == 9200
    shown = mount_points.create(state, 0, number=9, name="look")
    shown = mount_points.attach(shown, 9, "hour")
    assert "hour" in snaps.expire(at(5000, shown)).snaps, "hosts use it"
    left = mount_points.detach(shown, 9)
    assert "hour" not in snaps.expire(at(5000, left)).snaps
    with pytest.raises(Refusal, match="cannot have an expiration date"):
        snaps.create(state, "both", [0], auto_delete=True, keep=60)
    with pytest.raises(Refusal, match="cannot have an expiration date"):
        snaps.modify(state, "hour", auto_delete=True)


def test_a_lun_is_in_one_group(state: State) -> None:
    state = snaps.create_group(state, "one", [0])
    with pytest.raises(Refusal, match="0x716d8025"):
        snaps.create_group(state, "two", [0, 1])
    with pytest.raises(Refusal, match="0x716d8025"):
        pool_luns.destroy(state, 0)
    assert snaps.set_members(state, "one", [1]).snap_groups["one"].luns == (1,)
