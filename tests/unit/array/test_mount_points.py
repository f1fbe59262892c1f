"""The rules of what shows hosts a snapshot, without files."""

import pytest

from millpond.array.model import (
    clones,
    groups,
    migrations,
    mirrors,
    mount_points,
    pool_luns,
    pools,
    session_snapshots,
    snaps,
)
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind, Rate
from millpond.array.scsi import mode
from tests.unit.array.arrays import array


@pytest.fixture
def state() -> State:
    """LUNs 0 and 1, snapshot ``s`` of both, and mount points 5 and 6 of LUN 0."""
    made = pools.create(array(), "P", [f"0_0_{n}" for n in range(5)])
    for number in (0, 1):
        made = pool_luns.create(made, {}, made.pools[0], 2048, kind=LunKind.THIN, number=number)
    made = snaps.create(made, "s", [0, 1], read_write=True)
    for number in (5, 6):
        made = mount_points.create(made, 0, number=number)
    return made


def test_a_mount_point_shows_the_snapshots_own_file(state: State) -> None:
    made = mount_points.attach(state, 5, "s")
    part = state.snaps["s"].members[0]
    assert (made.luns[5].data, made.luns[5].directory) == (part.data, part.directory)
    assert made.luns[5].wwn not in (made.luns[0].wwn, part.data)
    assert mount_points.shown(made, made.luns[5]) == made.snaps["s"]
    assert mount_points.shown(made, made.luns[0]) is None
    assert (state.snaps["s"].modified, made.snaps["s"].modified) == (False, True)
    assert mount_points.detach(made, 5).luns[5] == state.luns[5]


def test_it_has_the_size_that_the_lun_had(state: State) -> None:
    grown = pool_luns.expand(state, {}, 0, 4096)
    assert mount_points.create(grown, 0, number=7).luns[7].blocks == 4096
    assert mount_points.attach(grown, 5, "s").luns[5].blocks == 2048


def test_what_cannot_be_attached(state: State) -> None:
    for number, name, why in (
        (1, "s", "Invalid LUN type"),
        (5, "none", "The specified snapshot does not exist"),
        (7, "s", "Could not retrieve the specified"),
    ):
        with pytest.raises(Refusal, match=why):
            mount_points.attach(state, number, name)
    of_one = snaps.create(state, "one", [1])
    with pytest.raises(Refusal, match="nothing of the snapshot mount point's primary LUN"):
        mount_points.attach(of_one, 5, "one")
    attached = mount_points.attach(state, 5, "s")
    for number, name in ((6, "s"), (5, "s"), (5, "t")):
        with pytest.raises(Refusal, match="0x716d8055"):
            mount_points.attach(snaps.copy(attached, "s", "t"), number, name)
    other = mount_points.create(attached, 1, number=7)
    assert mount_points.attach(other, 7, "s").luns[7].data == state.snaps["s"].members[1].data


def test_what_cannot_be_detached(state: State) -> None:
    with pytest.raises(Refusal, match="it is not a snapshot mount point"):
        mount_points.detach(state, 0)
    with pytest.raises(Refusal, match="not currently attached"):
        mount_points.detach(state, 5)


def test_an_attached_snapshot_stays(state: State) -> None:
    attached = mount_points.attach(state, 5, "s")
    with pytest.raises(Refusal, match="0x716d8003"):
        snaps.destroy(attached, "s")
    with pytest.raises(Refusal, match="0x716d8003"):
        pool_luns.destroy(attached, 1, with_snaps=True)
    with pytest.raises(Refusal, match="0x716d801a"):
        pool_luns.destroy(state, 0, with_snaps=True)
    renamed = snaps.modify(attached, "s", new_name="t", description="d")
    assert mount_points.shown(renamed, renamed.luns[5]) == renamed.snaps["t"]
    assert snaps.destroy(mount_points.detach(renamed, 5), "t").snaps == {}


def test_a_mount_point_goes_when_nothing_is_at_it(state: State) -> None:
    attached = mount_points.attach(state, 5, "s")
    with pytest.raises(Refusal, match="use -forceDetach"):
        mount_points.destroy(attached, 5)
    assert mount_points.destroy(attached, 5, force=True).snaps == attached.snaps
    mapped = groups.add_hlu(groups.create(state, "G"), "G", 0, 5)
    with pytest.raises(Refusal, match="contained in a Storage Group"):
        mount_points.destroy(mapped, 5, force=True)
    assert mount_points.destroy(state, 5).luns.keys() == {0, 1, 6}


def test_writing_is_allowed_or_not(state: State) -> None:
    attached = mount_points.attach(state, 5, "s")
    forbidden = snaps.modify(attached, "s", read_write=False)
    assert not mount_points.read_only(attached, attached.luns[5])
    assert mount_points.read_only(forbidden, forbidden.luns[5])
    fresh = mount_points.attach(snaps.copy(forbidden, "s", "t"), 6, "t")
    assert (fresh.snaps["t"].read_write, fresh.snaps["t"].modified) == (False, False)
    assert snaps.modify(fresh, "t", read_write=True).snaps["t"].modified
    with pytest.raises(Refusal, match="0x716d8005"):
        snaps.modify(fresh, "t", new_name="s")


def test_mode_sense_says_that_a_lun_is_read_only() -> None:
    for cdb, at in ((bytes((0x1A, 0, 0x3F, 0, 255, 0)), 2), (bytes((0x5A, 0, 0x3F)) + bytes(7), 3)):
        assert mode.sense(cdb, 2048, read_only=True)[at] == 0x90
        assert mode.sense(cdb, 2048, read_only=False)[at] == 0x10


def test_no_other_feature_uses_what_has_no_data(state: State) -> None:
    bare = snaps.destroy(session_snapshots.create(state, "x", 0), "s")
    number = session_snapshots.find(bare, "x").number
    for one in (5, 6, number):
        with pytest.raises(Refusal, match="no data of its own"):
            clones.create_group(bare, "G", one, "", 60)
        with pytest.raises(Refusal, match="no data of its own"):
            migrations.start(bare, one, 1, Rate.LOW)
        with pytest.raises(Refusal, match="not available for migration"):
            migrations.start(bare, 1, one, Rate.LOW)
        with pytest.raises(Refusal, match="not available for mirroring"):
            mirrors.create(bare, "m", one, True, "")
    for one in (5, 6):
        with pytest.raises(Refusal, match="no data of its own"):
            pool_luns.expand(state, {}, one, 4096)
        with pytest.raises(Refusal, match="no data of its own"):
            snaps.create(state, "t", [one])
        with pytest.raises(Refusal, match="no data of its own"):
            snaps.restore(state, "s", [one])
        with pytest.raises(Refusal, match="of a LUN that has data of its own"):
            mount_points.create(state, one)
    with pytest.raises(Refusal, match="they would stay where the LUN no longer is"):
        migrations.start(bare, 0, 1, Rate.LOW)


def test_they_take_nothing_of_a_pool(state: State) -> None:
    pool = state.pools[0]
    assert pools.luns(state, pool) == [state.luns[0], state.luns[1]]
    capacity = pools.capacity(mount_points.attach(state, 5, "s"), pool, {0: 8, 1: 8})
    assert (capacity.subscribed, capacity.consumed) == (4096, 16)


def test_a_snapshot_of_snapview_shows_a_copy_of_what_a_session_kept(state: State) -> None:
    state = snaps.create(state, "session", [0], session=True)
    state = session_snapshots.create(state, "x", 0)
    number = session_snapshots.find(state, "x").number
    active = session_snapshots.activate(state, "x", "session")
    part = state.snaps["session"].members[0]
    assert active.luns[number].source == part.data
    assert active.luns[number].data not in ("", part.data, active.luns[0].data)
    assert not mount_points.read_only(active, active.luns[number])
    assert mount_points.shown(active, active.luns[number]) == active.snaps["session"]
    assert session_snapshots.deactivate(active, "x").luns == state.luns
    assert session_snapshots.stop_session(active, "session").luns == state.luns
    with pytest.raises(Refusal, match="Deactivate it first"):
        session_snapshots.activate(active, "x", "session")
    with pytest.raises(Refusal, match="Deactivate it first"):
        session_snapshots.remove(active, "x")
    with pytest.raises(Refusal, match="not active"):
        session_snapshots.deactivate(state, "x")
    assert number not in session_snapshots.remove(state, "x").luns


def test_whose_snapshot_can_be_activated_on_what(state: State) -> None:
    state = session_snapshots.create(snaps.create(state, "session", [1], session=True), "x", 0)
    for name, session, why in (
        ("y", "session", "The specified snapshot does not exist"),
        ("x", "s", "The specified session does not exist"),
        ("x", "session", "nothing of its Target Logical Unit"),
    ):
        with pytest.raises(Refusal, match=why):
            session_snapshots.activate(state, name, session)
    with pytest.raises(Refusal, match="already in use"):
        session_snapshots.create(state, "x", 1)


def test_luns_and_snapshots_of_snapview_do_not_share_numbers_or_names(state: State) -> None:
    state = session_snapshots.create(state, "x", 0)
    state = session_snapshots.create(state, "y", 1)
    assert sorted(state.luns) == [0, 1, 5, 6, 8192, 8193]
    with pytest.raises(Refusal, match="Could not retrieve"):
        pool_luns.find(state, 8192)
    made = pool_luns.create(state, {}, state.pools[0], 2048, name="x")
    assert (made.luns[2].name, pool_luns.find(made, name="x").number) == ("x", 2)
