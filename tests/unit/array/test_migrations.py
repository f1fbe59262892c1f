"""The rules of migrations, without files."""

import pytest

from millpond.array.model import (
    classic,
    groups,
    metaluns,
    migrations,
    mirrors,
    pool_luns,
    pools,
    raid_groups,
)
from millpond.array.model import state as states
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind, Rate
from tests.unit.array.arrays import array


@pytest.fixture
def state() -> State:
    """LUNs 0 and 1 in a pool, 2 and 3 on a RAID group."""
    made = pools.create(array(), "P", [f"0_0_{n}" for n in range(5)])
    for number in (0, 1):
        pool = made.pools[0]
        made = pool_luns.create(made, {}, pool, 2048, kind=LunKind.THIN, number=number)
    made = raid_groups.create(made, 0, [f"0_0_{n}" for n in range(5, 10)], "r5")
    for number in (2, 3):
        made = classic.bind(made, "r5", number, 0, 4096)
    return made


def started(state: State, source: int, destination: int) -> State:
    return migrations.start(state, source, destination, Rate.HIGH)


def finished(state: State, source: int, destination: int) -> State:
    state = started(state, source, destination)
    return migrations.finish(state, state.migrations[source])


def test_a_lun_takes_the_destinations_place_and_keeps_its_names(state: State) -> None:
    before, after = state.luns[0], finished(state, 0, 2)
    lun = after.luns[0]
    assert (lun.wwn, lun.name, lun.default_owner) == (before.wwn, before.name, before.default_owner)
    assert (lun.kind, lun.home, lun.raid_type, lun.blocks) == (LunKind.CLASSIC, 0, "r5", 4096)
    assert lun.offset == state.luns[2].offset
    assert (2 in after.luns, after.migrations) == (False, {})
    assert pools.capacity(after, after.pools[0], {}).subscribed == 2048
    assert raid_groups.luns(after, after.raid_groups[0]) == [0, 3]


@pytest.mark.parametrize(
    ("source", "destination", "why"),
    [
        (9, 1, "source LUN does not exist"),
        (0, 9, "destination LUN is not available for migration"),
        (0, 0, "destination LUN is not available for migration"),
        (2, 0, "destination LUN is not available for migration"),
    ],
)
def test_what_cannot_move_does_not(state: State, source: int, destination: int, why: str) -> None:
    with pytest.raises(Refusal, match=why):
        started(state, source, destination)


def test_a_destination_that_a_host_sees_is_none(state: State) -> None:
    shown = groups.add_hlu(groups.create(state, "G"), "G", 0, 1)
    with pytest.raises(Refusal, match="not available"):
        started(shown, 0, 1)
    moving = groups.create(started(state, 0, 1), "G")
    with pytest.raises(Refusal, match="is being migrated"):
        groups.add_hlu(moving, "G", 0, 1)
    groups.add_hlu(moving, "G", 0, 0)


def test_an_image_of_a_mirror_is_none(state: State) -> None:
    with pytest.raises(Refusal, match="not available"):
        started(mirrors.create(state, "m", 1, True, ""), 0, 1)


def test_neither_lun_is_changed_or_moved_once_more(state: State) -> None:
    moving = started(state, 0, 2)
    for pair in ((0, 1), (1, 2)):
        with pytest.raises(Refusal):
            started(moving, *pair)
    for refused in (
        lambda: pool_luns.expand(moving, {}, 0, 8192),
        lambda: pool_luns.destroy(moving, 0),
        lambda: classic.unbind(moving, 2),
        lambda: metaluns.expand(moving, 3, [2]),
    ):
        with pytest.raises(Refusal, match="is being migrated"):
            refused()


def test_what_was_cancelled_meanwhile_is_not_finished(state: State) -> None:
    moving = started(state, 0, 1)
    old = moving.migrations[0]
    gone = migrations.cancel(moving, 0)
    assert migrations.finish(gone, old) is gone
    again = started(gone, 0, 1)
    assert migrations.finish(again, old) is again
    assert migrations.stop(again, old, "Destination full") is again
    stopped = migrations.stop(again, again.migrations[0], "Destination full")
    assert stopped.migrations[0].stopped == "Destination full"
    assert migrations.modify(stopped, 0, Rate.LOW).migrations[0].stopped == ""


def test_a_metalun_that_was_the_destination_is_the_sources_now(state: State) -> None:
    meta = metaluns.expand(state, 2, [3])
    after = finished(meta, 0, 2)
    assert [part.number for part in after.metaluns[0].components] == [0, 3]
    assert after.luns[0].blocks == 8192
    pool = after.pools[0]
    back = pool_luns.create(after, {}, pool, 8192, kind=LunKind.THIN, number=7)
    gone = finished(back, 0, 7)
    assert gone.metaluns == {}
    assert raid_groups.pieces(gone, gone.raid_groups[0]) == []


def test_it_is_kept_in_the_journal(state: State) -> None:
    moving = started(state, 0, 1)
    assert states.apply(state, states.difference(state, moving)) == moving
    done = migrations.finish(moving, moving.migrations[0])
    assert states.apply(moving, states.difference(moving, done)) == done
