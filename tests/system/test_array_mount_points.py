"""Snapshots that hosts read and write: at mount points, and as SnapView shows what a session kept."""

import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.array.exports import SpName
from millpond.array.model import groups, mount_points, pool_luns, pools, snaps
from millpond.array.model.state import State
from millpond.array.model.types import SPS, LunKind
from millpond.array.store import files
from millpond.array.store.store import Store
from tests.contract.mounts import xfs
from tests.support.initiator import Initiator
from tests.support.stamps import SPOTS, PairWriter, highest, whole
from tests.support.storage import MIB, Storage
from tests.unit.array.arrays import stored
from tests.unit.array.test_store import die_at

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(shutil.which("mkfs.xfs") is None, reason="needs xfsprogs"),
]

POINT = 2
"""The mount point's number, for hosts as well."""
INACTIVE = (5, 0x25, 0x01)
PROTECTED = (7, 0x27, 0x00)
ONE, TWO, THREE = b"1" * 4096, b"2" * 4096, b"3" * 4096


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    """With a mount point of LUN 0 that everybody sees."""
    with xfs(tmp_path / "mnt", tmp_path / "image") as place, Storage(place / "array") as running:
        running.array.run("security", "-certificate", "-setLevel", "low")
        words = ("-type", "Snap", "-primaryLun", "0", "-l", str(POINT), "-name", "point")
        run(running, "lun", "-create", *words)
        hlu = ("-hlu", str(POINT), "-alu", str(POINT))
        run(running, "storagegroup", "-addhlu", "-gname", "everybody", *hlu)
        yield running


def run(storage: Storage, *words: str, sp: SpName = "A") -> str:
    done = storage.array.run(*words, sp=sp)
    assert done.returncode == 0, done.stdout
    return done.stdout


def refused(storage: Storage, *words: str) -> str:
    done = storage.array.run(*words)
    assert done.returncode != 0, done.stdout
    return done.stdout


def snap(storage: Storage, name: str, *, writable: bool = True) -> None:
    allow = ("-allowReadWrite", "yes" if writable else "no")
    run(storage, "snap", "-create", "-res", "0", "-name", name, *allow)


def attach(storage: Storage, name: str, sp: SpName = "A") -> None:
    run(storage, "lun", "-attach", "-l", str(POINT), "-snapName", name, sp=sp)


def detach(storage: Storage, sp: SpName = "A") -> None:
    run(storage, "lun", "-detach", "-l", str(POINT), "-o", sp=sp)


def login(storage: Storage, sp: SpName, name: str = "one", point: int = POINT) -> Initiator:
    """A session that has heard all that there is to hear of the mount point."""
    host = storage.login(sp, name)
    while host.command(point, bytes(6)).sense not in (None, INACTIVE):
        pass
    return host


def test_a_mount_point_reads_and_writes_the_snapshot_alone(storage: Storage) -> None:
    with login(storage, "A") as one, login(storage, "B", "two") as two:
        assert one.write(0, 0, ONE).status == 0
        assert one.read(POINT, 0, 8).sense == two.write(POINT, 0, TWO).sense == INACTIVE
        snap(storage, "s")
        attach(storage, "s", sp="B")
        assert one.write(0, 0, TWO).status == 0
        assert one.read(POINT, 0, 8).data == two.read(POINT, 0, 8).data == ONE
        assert two.write(POINT, 8, THREE).status == 0
        assert one.read(POINT, 0, 16).data == ONE + THREE
        assert one.read(0, 0, 16).data == two.read(0, 0, 16).data == TWO + bytes(4096)
        detach(storage)
        assert one.write(POINT, 0, TWO).sense == two.read(POINT, 0, 8).sense == INACTIVE
        attach(storage, "s")
        assert two.read(POINT, 0, 16).data == ONE + THREE


def test_a_copy_and_a_restore_have_what_was_written_to_the_snapshot(storage: Storage) -> None:
    with login(storage, "A") as one:
        assert one.write(0, 0, ONE).status == 0
        snap(storage, "s")
        attach(storage, "s")
        assert one.write(POINT, 0, TWO).status == 0
        run(storage, "snap", "-copy", "-id", "s", "-name", "copy", sp="B")
        assert one.write(POINT, 0, THREE).status == 0
        run(storage, "snap", "-restore", "-id", "s", "-o")
        assert one.read(0, 0, 8).data == THREE
        assert one.write(0, 0, ONE).status == 0
        assert one.read(POINT, 0, 8).data == THREE
        detach(storage)
        attach(storage, "copy", sp="B")
        assert one.read(POINT, 0, 8).data == TWO


def test_a_snapshot_that_is_not_to_be_written_to(storage: Storage) -> None:
    with login(storage, "A") as one:
        assert one.write(0, 0, ONE).status == 0
        snap(storage, "s", writable=False)
        attach(storage, "s")
        unmap = bytes((0x42, 0, 0, 0, 0, 0, 0, 0, 24, 0))
        same = bytes((0x41, 0, 0, 0, 0, 0, 0, 0, 8, 0))
        for changes in (
            one.write(POINT, 0, TWO),
            one.command(POINT, unmap, data=bytes((0, 22, 0, 16, *bytes(15), 8, *bytes(4)))),
            one.command(POINT, same, data=bytes(512)),
        ):
            assert changes.sense == PROTECTED
        assert one.read(POINT, 0, 8).data == ONE
        assert one.command(POINT, bytes((0x1A, 0, 0x08, 0, 64, 0)), reads=64).data[2] & 0x80
        run(storage, "snap", "-modify", "-id", "s", "-allowReadWrite", "yes")
        assert one.write(POINT, 0, TWO).status == 0
        run(storage, "snap", "-modify", "-id", "s", "-allowReadWrite", "no", sp="B")
        assert one.write(POINT, 0, THREE).sense == PROTECTED
        assert one.read(POINT, 0, 8).data == TWO


def test_what_is_refused_and_what_is_told(storage: Storage) -> None:
    words = ("-type", "Snap", "-primaryLunName", "LUN 0", "-l", "3")
    run(storage, "lun", "-create", *words)
    snap(storage, "s")
    attach(storage, "s")
    for number in (str(POINT), "3"):
        said = refused(storage, "lun", "-attach", "-l", number, "-snapName", "s")
        assert "(0x716d8055)" in said
    assert "(0x716d8003)" in refused(storage, "snap", "-destroy", "-id", "s", "-o")
    destroy = ("lun", "-destroy", "-o", "-l")
    assert "(0x716d801a)" in refused(storage, *destroy, "0", "-destroySnapshots")
    assert "contained in a Storage Group" in refused(storage, *destroy, str(POINT), "-forceDetach")
    assert "not currently attached" in refused(storage, "lun", "-detach", "-l", "3", "-o")
    assert "Invalid LUN type" in refused(storage, "lun", "-attach", "-l", "1", "-snapName", "s")
    shown = ("lun", "-list", "-snapMountPoints", "-primary", "-attachedSnapshot", "-l")
    assert run(storage, *shown, "0").splitlines()[2:5] == [
        "Snapshot Mount Points:  2 3",
        "Primary LUN:  N/A",
        "Attached Snapshot:  N/A",
    ]
    assert run(storage, *shown, str(POINT)).splitlines()[2:5] == [
        "Snapshot Mount Points:  N/A",
        "Primary LUN:  LUN 0",
        "Attached Snapshot:  s",
    ]
    listed = run(storage, "lun", "-list", "-showOnly", "Snap", "-uid")
    assert listed.count("LOGICAL UNIT NUMBER") == 2
    told = run(storage, "snap", "-list", "-id", "s", "-detail").splitlines()
    assert {"Allow Read/Write:  Yes", "Modified:  Yes", "Attached LUN(s):  2"} <= set(told)
    group = ("storagegroup", "-removehlu", "-gname", "everybody", "-hlu", str(POINT), "-o")
    run(storage, *group)
    assert "use -forceDetach" in refused(storage, *destroy, str(POINT))
    run(storage, *destroy, str(POINT), "-forceDetach")
    run(storage, *destroy, "3")
    run(storage, "snap", "-destroy", "-id", "s", "-o")
    left = {path.name for path in storage.file(0).parent.iterdir()}
    assert left == {storage.file(0).name, storage.file(1).name}


def test_a_groups_snapshot_is_read_at_a_mount_point_of_each_lun(storage: Storage) -> None:
    """While hosts write to the LUNs: what is read is of one instant."""
    run(storage, "lun", "-create", "-type", "Snap", "-primaryLun", "1", "-l", "3")
    hlu = ("-hlu", "3", "-alu", "3")
    run(storage, "storagegroup", "-addhlu", "-gname", "everybody", *hlu)
    run(storage, "snap", "-group", "-create", "-name", "pair", "-res", "0,1")
    writer = PairWriter(storage)
    writer.start()
    try:
        writer.wait_for(SPOTS)
        before = writer.acknowledged
        run(storage, "snap", "-create", "-res", "pair", "-resType", "CG", "-name", "s")
        after = writer.acknowledged
        for number in (str(POINT), "3"):
            run(storage, "lun", "-attach", "-l", number, "-snapName", "s")
        writer.wait_for(SPOTS)
        with login(storage, "A", "two") as two, login(storage, "B", "one", 3) as three:
            first, second = two.read(POINT, 0, SPOTS).data, three.read(3, 0, SPOTS).data
    finally:
        writer.end()
    assert highest(first) - highest(second) in (0, 1)
    assert before <= highest(second) <= after + 1
    assert whole(first)
    assert whole(second)


@pytest.mark.slow
def test_an_sp_and_then_the_whole_array_are_killed(storage: Storage) -> None:
    with login(storage, "A") as one:
        assert one.write(0, 0, ONE).status == 0
        snap(storage, "s")
        attach(storage, "s")
        assert one.write(POINT, 8, TWO).status == 0
    storage.kill("A")
    with login(storage, "B", "two") as two:
        assert two.read(POINT, 0, 16).data == ONE + TWO
        assert two.write(POINT, 0, THREE).status == 0
        assert two.write(0, 0, TWO).status == 0
    storage.kill("B")
    for sp in SPS:
        storage.start(sp)
    with login(storage, "A") as one, login(storage, "B", "two") as two:
        for host in (one, two):
            assert host.read(POINT, 0, 16).data == THREE + TWO
            assert host.read(0, 0, 8).data == TWO
        assert one.write(POINT, 0, ONE).status == 0
        assert two.read(POINT, 0, 8).data == ONE


def test_a_session_is_read_and_written_through_a_snapshot(storage: Storage) -> None:
    point = 7
    with login(storage, "A") as one:
        assert one.write(0, 0, ONE).status == 0
        run(storage, "snapview", "-startsession", "s", "-lun", "0", "1")
        assert one.write(0, 0, TWO).status == 0
        run(storage, "snapview", "-createsnapshot", "0", "-snapshotname", "x")
        mapped = ("-gname", "everybody", "-snapshotname", "x")
        run(storage, "storagegroup", "-addsnapshot", *mapped, "-hlu", str(point))
        listed = run(storage, "snapview", "-listsnapshots")
        number = storage.store.state().luns[8192]
        assert listed.splitlines()[:4] == [
            "SnapView logical unit name:  x",
            f"SnapView logical unit ID:  {number.uid}",
            "Target Logical Unit:  0",
            "State:  Inactive",
        ]
        shown = run(storage, "storagegroup", "-list", "-gname", "everybody").split("\n")
        assert "Snapshot Name:         x" in shown
        assert not any("8192" in line for line in shown)
        assert "LOGICAL UNIT NUMBER 8192" not in run(storage, "getlun")
    activate = ("snapview", "-activatesnapshot", "s", "-snapshotname", "x")
    with login(storage, "A", point=point) as one, login(storage, "B", "two", point) as two:
        assert one.read(point, 0, 8).sense == INACTIVE
        run(storage, *activate, sp="B")
        assert "Session Name:  s" in run(storage, "snapview", "-listsnapshots")
        assert two.read(point, 0, 8).data == ONE
        assert one.write(point, 0, THREE).status == 0
        assert (two.read(point, 0, 8).data, two.read(0, 0, 8).data) == (THREE, TWO)
        run(storage, "snapview", "-startrollback", "s", "-o")
        assert two.read(0, 0, 8).data == ONE, "without what was written to the snapshot"
        run(storage, "snapview", "-deactivatesnapshot", "-snapshotname", "x", "-o")
        assert two.read(point, 0, 8).sense == INACTIVE
        run(storage, *activate)
        assert one.read(point, 0, 8).data == ONE, "what was written is lost"
        run(storage, "snapview", "-stopsession", "s", "-o", sp="B")
        assert one.read(point, 0, 8).sense == INACTIVE
    remove = ("snapview", "-rmsnapshot", "-snapshotname", "x", "-o")
    assert "contained in a Storage Group" in refused(storage, *remove)
    run(storage, "storagegroup", "-removesnapshot", *mapped, "-o")
    run(storage, *remove)
    assert run(storage, "snapview", "-listsnapshots") == ""


def made(root: Path) -> Store:
    """LUN 0 with data, snapshot ``s`` of it, and mount point ``POINT``, mapped."""

    def furnish(state: State, _: object) -> State:
        state = pools.create(state, "P", [f"0_0_{n}" for n in range(5)])
        state = pool_luns.create(state, {}, state.pools[0], 2048, kind=LunKind.THIN)
        state = mount_points.create(state, 0, number=POINT)
        return groups.add_hlu(groups.create(state, "G"), "G", 0, POINT)

    store = stored(root)
    state = store.change(furnish, 1.0)
    files.path_of(root, state.luns[0]).write_bytes(ONE + bytes(MIB - len(ONE)))
    store.change(lambda state, _: snaps.create(state, "s", [0]), 2.0)
    return store


@pytest.mark.slow
@pytest.mark.parametrize("what", ["attach", "detach"])
def test_killed_at_every_write_of_a_change(tmp_path: Path, what: str) -> None:
    """The array opens with the change or without it, with no file too many and the data where they were."""
    commands = {
        "attach": lambda state, _: mount_points.attach(state, POINT, "s"),
        "detach": lambda state, _: mount_points.detach(state, POINT),
    }
    with xfs(tmp_path / "mnt", tmp_path / "image") as place:
        store = made(place / "array")
        if what == "detach":
            store.change(commands["attach"], 3.0)
        before = store.state()
        for calls in range(60):
            child = os.fork()
            if child == 0:
                die_at(place / "array", calls, commands[what])
            _, status = os.waitpid(child, 0)
            again = Store(place / "array")
            state = again.state()
            there = {path.name for path in (place / "array/data/sas").iterdir()}
            kept = {part.data for one in state.snaps.values() for part in one.members}
            assert there == kept | {lun.data or lun.wwn for lun in state.luns.values()}
            for name in kept:
                data = place / "array/data/sas" / name
                assert data.read_bytes()[: len(ONE)] == ONE
            if status == 0:
                break
            assert os.WTERMSIG(status) == signal.SIGKILL
            if (state.luns, state.snaps) != (before.luns, before.snaps):
                break  # acknowledged or not, it is there
            again.close()
    assert calls > 5, "a change has more steps than that"
    assert (state.luns, state.snaps) != (before.luns, before.snaps)
