"""Snapshots under hosts that write: of one instant through both SPs, there again after a crash."""

import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS
from millpond.array.store import files
from tests.contract.mounts import xfs
from tests.support.arrays import until
from tests.support.stamps import SPOTS, PairWriter, highest, whole
from tests.support.storage import MIB, Storage

pytestmark = [
    pytest.mark.thorough,
    pytest.mark.skipif(shutil.which("mkfs.xfs") is None, reason="needs xfsprogs"),
]


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with xfs(tmp_path / "mnt", tmp_path / "image") as place, Storage(place / "array") as running:
        running.array.run("security", "-certificate", "-setLevel", "low")
        yield running


def run(storage: Storage, *words: str, sp: str = "A") -> str:
    done = storage.array.run(*words, sp=sp)
    assert done.returncode == 0, done.stdout
    return done.stdout


def kept(storage: Storage, name: str) -> list[bytes]:
    """The first ``SPOTS`` blocks of each LUN in a snapshot."""
    snap = storage.store.state().snaps[name]
    paths = [storage.array.root / part.directory / part.data for part in snap.members]
    return [path.read_bytes()[: SPOTS * 512] for path in paths]


def test_a_groups_snapshots_are_of_one_instant(storage: Storage) -> None:
    run(storage, "snap", "-group", "-create", "-name", "pair", "-res", "0,1")
    writer = PairWriter(storage)
    writer.start()
    try:
        writer.wait_for(SPOTS)
        for turn in range(8):
            before = writer.acknowledged
            words = ("snap", "-create", "-res", "pair", "-resType", "CG", "-name", f"s{turn}")
            run(storage, *words, sp="AB"[turn % 2])
            after = writer.acknowledged
            first, second = kept(storage, f"s{turn}")
            assert highest(first) - highest(second) in (0, 1)
            assert before <= highest(second) <= after + 1
            assert whole(first)
            assert whole(second)
    finally:
        writer.end()


def test_snapshots_made_through_both_sps_at_once_do_not_end_each_others_hold(
    storage: Storage,
) -> None:
    run(storage, "snap", "-group", "-create", "-name", "pair", "-res", "0,1")
    writer = PairWriter(storage)
    writer.start()

    def make(sp: str) -> None:
        for turn in range(2):
            words = ("snap", "-create", "-res", "pair", "-resType", "CG", "-name", f"{sp}{turn}")
            run(storage, *words, sp=sp)

    try:
        with ThreadPoolExecutor() as both:
            list(both.map(make, SPS))
    finally:
        writer.end()
    made = storage.store.state().snaps
    assert len(made) == 4
    for name in made:
        first, second = kept(storage, name)
        assert highest(first) - highest(second) in (0, 1)
        assert whole(first)
        assert whole(second)


def test_restoring_gives_back_what_was_kept(storage: Storage) -> None:
    with storage.login("A") as one, storage.login("B", "two") as two:
        assert one.write(0, 0, b"1" * MIB).status == 0
        run(storage, "snap", "-create", "-res", "0", "-name", "first")
        assert one.write(0, 0, b"2" * MIB).status == 0
        run(storage, "snap", "-restore", "-id", "first", "-bakName", "second", "-o")
        assert one.read(0, 0, 2048).data == two.read(0, 0, 2048).data == b"1" * MIB
        assert one.write(0, 8, b"3" * 512).status == 0
        assert two.read(0, 8, 1).data == b"3" * 512
        run(storage, "snap", "-restore", "-id", "second", "-o", sp="B")
        assert one.read(0, 0, 2048).data == two.read(0, 0, 2048).data == b"2" * MIB
    refused = storage.array.run("lun", "-destroy", "-l", "0", "-o")
    assert "still has snapshots" in refused.stdout
    for name in ("first", "second"):
        run(storage, "snap", "-destroy", "-id", name, "-o")
    left = {path.name for path in storage.file(0).parent.iterdir()}
    assert left == {storage.file(0).name, storage.file(1).name}


def test_a_session_rolls_its_luns_back_to_one_instant(storage: Storage) -> None:
    writer = PairWriter(storage)
    writer.start()
    try:
        writer.wait_for(SPOTS)
        before = writer.acknowledged
        run(storage, "snapview", "-startsession", "s", "-lun", "0", "1", "-consistent")
        after = writer.acknowledged
        writer.wait_for(SPOTS)
    finally:
        writer.end()
    listed = run(storage, "snapview", "-listsessions")
    assert listed == "Name of the session:  s\nList of Target Logical Unit Number:  0 1\n\n"
    assert run(storage, "snap", "-list") == ""
    assert storage.array.run("snap", "-destroy", "-id", "s", "-o").returncode == 5
    assert "still has snapshots" in storage.array.run("lun", "-destroy", "-l", "0", "-o").stdout
    with storage.login("A") as one, storage.login("B", "two") as two:
        run(storage, "snapview", "-startrollback", "s", "-rate", "high", "-o", sp="B")
        first, second = (path.read(lun, 0, SPOTS).data for lun, path in enumerate((one, two)))
    assert highest(first) - highest(second) in (0, 1)
    assert before <= highest(second) <= after + 1
    assert whole(first)
    assert whole(second)
    run(storage, "snapview", "-stopsession", "s", "-o")
    again = storage.array.run("snapview", "-stopsession", "s", "-o")
    assert (again.returncode, "does not exist" in again.stdout) == (151, True)


@pytest.mark.slow
def test_both_sps_killed_lose_no_snapshot_and_no_restored_data(storage: Storage) -> None:
    with storage.login("A") as one:
        assert one.write(0, 0, b"1" * 4096).status == 0
        run(storage, "snap", "-create", "-res", "0", "-name", "first")
        assert one.write(0, 0, b"2" * 4096).status == 0
        run(storage, "snap", "-copy", "-id", "first", "-name", "copy")
        run(storage, "snap", "-restore", "-id", "first", "-o")
    orphan = storage.file(0).with_name("60060160" + "0" * 24)
    orphan.write_bytes(b"left by a crash")
    for sp in SPS:
        storage.kill(sp)
    for sp in SPS:
        storage.start(sp)
    assert not orphan.exists()
    with storage.login("B") as two:
        assert two.read(0, 0, 8).data == b"1" * 4096
    assert kept(storage, "copy")[0][:4096] == b"1" * 4096
    assert files.copies(storage.array.root, storage.store.state()).keys() <= set(
        storage.file(0).parent.iterdir()
    )


@pytest.mark.slow
def test_an_sp_killed_amid_a_snapshot_leaves_its_peer_free(storage: Storage) -> None:
    """However far it came: hosts write on, and the snapshot is there or not."""
    for turn in range(3):
        done = threading.Thread(
            target=storage.array.run,
            args=("snap", "-create", "-res", "0", "-name", f"s{turn}"),
        )
        done.start()
        done.join(0.35 + turn * 0.15)
        storage.kill("A")
        with storage.login("B", "two") as two:
            assert two.write(0, 0, b"x" * 512).status == 0
        done.join(30)
        storage.start("A")
    for name in storage.store.state().snaps:
        assert kept(storage, name)


def test_a_snapshot_goes_when_its_time_has_come(storage: Storage) -> None:
    for name in ("hour", "year"):
        run(storage, "snap", "-create", "-res", "0", "-name", name, "-keepFor", f"1{name[0]}")
    shown = run(storage, "snap", "-list", "-id", "hour", "-detail")
    (date,) = (line for line in shown.splitlines() if line.startswith("Expiration date"))
    assert re.fullmatch(r"Expiration date:  \d\d/\d\d/\d\d \d\d:\d\d:\d\d", date)
    refused = storage.array.run("snap", "-create", "-res", "0", "-name", "no", "-keepFor", "1 week")
    assert "such as 12h" in refused.stdout
    data = storage.store.state().snaps["hour"].members[0]
    file = storage.array.root / data.directory / data.data
    assert file.exists()

    def over(state: State, _: Usage) -> State:
        return state.put("snaps", "hour", state.snaps["hour"].model_copy(update={"expires": 1.0}))

    storage.change(over)
    until(lambda: "hour" not in storage.store.state().snaps, 60)
    until(lambda: not file.exists(), 60)
    assert "year" in storage.store.state().snaps
