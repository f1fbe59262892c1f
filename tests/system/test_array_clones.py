"""Clones of LUNs that hosts write to: alike, parted at one instant, brought back either way by what differs."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from millpond.array.exports import SpName
from millpond.array.model import clones, groups, pool_luns, pools
from millpond.array.model.state import State, Usage
from millpond.array.model.types import SPS, LunKind, Rate
from tests.contract.mounts import tmpfs, xfs
from tests.support.arrays import until
from tests.support.initiator import Initiator
from tests.support.stamps import PairWriter, Stamper, highest, whole
from tests.support.storage import LUN_BLOCKS, MIB, Storage

pytestmark = pytest.mark.thorough

FILL = 24 * MIB
LONG = 240 * MIB
"""At the lowest rate they take half a minute."""
PATIENCE = 120
"""Seconds that a copy may take on a machine that has much else to do; a second or two is usual."""
ONE = "0100000000000000"
"""The first clone of a group."""


def _more_luns(state: State, usage: Usage) -> State:
    """LUNs 5 and 6, which hosts see, on SATA; 7 in the pool of LUNs 0 and 1."""
    state = pools.create(state, "Slow", [f"0_0_{n}" for n in range(10, 15)])
    blocks = state.luns[0].blocks
    for number, pool in ((5, 1), (6, 1), (7, 0)):
        state = pool_luns.create(
            state, usage, state.pools[pool], blocks, kind=LunKind.THIN, number=number
        )
        state = groups.add_hlu(state, "everybody", number, number)
    return state


@contextmanager
def furnished(directory: Path, blocks: int = LUN_BLOCKS) -> Iterator[Storage]:
    with Storage(directory, blocks=blocks) as running:
        running.array.run("security", "-certificate", "-setLevel", "low")
        running.change(_more_luns)
        yield running


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with furnished(tmp_path / "array") as running:
        yield running


@pytest.fixture
def large(tmp_path: Path) -> Iterator[Storage]:
    """``LONG`` fits into its LUNs."""
    with furnished(tmp_path / "array", 4 * LUN_BLOCKS) as running:
        yield running


def run(storage: Storage, *words: str, sp: str = "A") -> str:
    done = storage.array.run("clone", *words, sp=sp)
    assert done.returncode == 0, done.stdout
    return done.stdout


def refused(storage: Storage, *words: str) -> tuple[int, str]:
    done = storage.array.run(*words)
    assert done.returncode, done.stdout
    return done.returncode, done.stdout


def clone(storage: Storage, source: int, lun: int, rate: str = "high") -> None:
    run(storage, "-createclonegroup", "-name", f"of{source}", "-luns", f"{source}", "-o")
    run(storage, "-addclone", "-name", f"of{source}", "-luns", f"{lun}", "-syncrate", rate)


def act(storage: Storage, action: str, source: int = 0, number: int = 1, sp: str = "A") -> None:
    words = ("-name", f"of{source}", "-cloneid", f"{number:02x}" + 14 * "0", "-o")
    run(storage, action, *words, sp=sp)


def states(storage: Storage, source: int = 0) -> list[str]:
    return [each.state for each in storage.store.state().clone_groups[f"of{source}"].clones]


def wait(storage: Storage, state: str, source: int = 0) -> None:
    until(lambda: states(storage, source)[0] == state, PATIENCE)


def hurry(storage: Storage) -> None:
    """The first clone of LUN 0 is copied at another rate, whichever SPs run."""
    storage.change(lambda state, _: clones.change_rate(state, "of0", ONE, Rate.HIGH))


def image(storage: Storage, lun: int, sp: SpName = "A", blocks: int = LUN_BLOCKS) -> bytes:
    """As another host reads it than those that write."""
    with storage.login(sp, "two" if sp == "A" else "one") as one:
        assert ready(one, lun)
        return b"".join(one.read(lun, at, 256).data for at in range(0, blocks, 256))


def ready(one: Initiator, lun: int) -> bool:
    """Whether the LUN can be used; what there was to tell of it has been told then."""
    while (result := one.read(lun, 0, 1)).sense and result.sense[0] == 6:
        pass
    assert result.status == 0 or result.sense == (2, 0x04, 0x03), result
    return result.status == 0


def write(storage: Storage, lun: int, at: int, data: bytes) -> None:
    """``at``: bytes."""
    with storage.login("A") as one:
        assert ready(one, lun)
        for offset in range(0, len(data), MIB):
            piece = data[offset : offset + MIB]
            assert one.write(lun, (at + offset) // 512, piece).status == 0


def test_a_clone_is_its_source_at_the_moment_of_the_fracture(storage: Storage) -> None:
    write(storage, 0, 0, b"a" * FILL)
    write(storage, 5, FILL, b"old" + bytes(509))
    clone(storage, 0, 5)
    wait(storage, "Synchronized")
    with storage.login("B") as two:
        assert not ready(two, 5)
        write(storage, 0, MIB, b"b" * MIB)
        act(storage, "-fractureclone", sp="B")
        write(storage, 0, MIB, b"c" * MIB)
        assert two.read(5, 0, 2048).data == b"a" * MIB
        assert two.read(5, 2048, 2048).data == b"b" * MIB
        assert two.read(5, FILL // 512, 1).data == bytes(512), "what the LUN held is gone"
    listed = run(storage, "-listclone", "-name", "of0", "-cloneid", ONE)
    for line in (
        "CloneState:  Consistent\nCloneCondition:  Administratively Fractured\nAvailableForIO:  Yes",
        "IsDirty:  Yes\nPercentSynced:  98\n",
        "CloneLUNs:  5\nUseProtectedRestore:  No\nIsFractured:  Yes\n",
    ):
        assert line in listed
    alone = run(storage, "-listclone", "-name", "of0", "-CloneLUNs")
    assert alone.endswith("\n\nCloneID:  0100000000000000\nCloneLUNs:  5\n\n")


def test_only_what_differs_is_copied(storage: Storage) -> None:
    write(storage, 0, 0, b"a" * FILL)
    clone(storage, 0, 5)
    wait(storage, "Synchronized")
    act(storage, "-fractureclone")
    write(storage, 0, MIB, b"source" + bytes(506))
    write(storage, 5, 2 * MIB, b"clone " + bytes(506))
    with storage.file(5).open("r+b") as behind:  # nobody has marked this
        behind.seek(3 * MIB)
        behind.write(b"unseen")
    act(storage, "-syncclone")
    wait(storage, "Synchronized")
    act(storage, "-fractureclone")
    found = image(storage, 5, blocks=8192)
    assert found[MIB : MIB + 6] == b"source"
    assert found[2 * MIB : 2 * MIB + 6] == b"a" * 6
    assert found[3 * MIB : 3 * MIB + 6] == b"unseen"


@pytest.mark.slow
def test_the_source_has_the_clones_data_at_once(large: Storage) -> None:
    storage = large
    write(storage, 0, 0, b"a" * FILL)
    clone(storage, 0, 5, "low")
    wait(storage, "Synchronized")
    act(storage, "-fractureclone")
    run(storage, "-addclone", "-name", "of0", "-luns", "7", "-syncrate", "high")
    until(lambda: states(storage)[1] == "Synchronized", PATIENCE)
    refusal = refused(
        storage,
        *("clone", "-reversesyncclone", "-name", "of0", "-cloneid", ONE, "-o"),
    )
    assert refusal[0] == 70
    assert "have to be fractured" in refusal[1]
    act(storage, "-fractureclone", number=2)
    place = storage.file(0)
    write(storage, 0, 0, b"x" * LONG)
    with storage.login("B") as two:
        act(storage, "-reversesyncclone")
        assert states(storage)[0] == "Reverse-Synchronizing"
        assert two.read(0, 0, 2048).data == b"a" * MIB
        assert two.write(0, 100, b"n" * 512).status == 0
        assert not ready(two, 5)
    hurry(storage)
    wait(storage, "Synchronized")
    assert storage.file(0) == place
    with storage.login("B") as two:  # the former would have ended if nothing was said for long
        assert two.read(0, 100, 1).data == b"n" * 512
    expected = bytearray(b"a" * FILL)
    expected[100 * 512 : 101 * 512] = b"n" * 512
    act(storage, "-fractureclone")
    act(storage, "-syncclone", number=2)
    until(lambda: states(storage)[1] == "Synchronized", PATIENCE)
    act(storage, "-fractureclone", number=2)
    for lun in (0, 5, 7):
        assert image(storage, lun, blocks=FILL // 512) == expected


@pytest.mark.skipif(shutil.which("mkfs.xfs") is None, reason="needs xfsprogs")
def test_a_clone_in_the_sources_pool_is_there_at_once(tmp_path: Path) -> None:
    """On a file system that shares blocks: whatever the rate, and with next to no space."""
    with xfs(tmp_path / "mnt", tmp_path / "image") as place, Storage(place / "array") as storage:
        storage.array.run("security", "-certificate", "-setLevel", "low")
        storage.change(_more_luns)
        write(storage, 0, 0, b"a" * FILL)
        write(storage, 7, FILL, b"old" + bytes(509))
        before = _free(place)
        clone(storage, 0, 7, "low")
        assert states(storage) == ["Synchronized"]
        assert before - _free(place) < 4 * MIB
        act(storage, "-fractureclone")
        write(storage, 0, 0, b"b" * MIB)
        assert image(storage, 7, blocks=FILL // 512 + 256) == b"a" * FILL + bytes(256 * 512)
        act(storage, "-removeclone")
        write(storage, 7, MIB, b"c" * MIB)
        assert image(storage, 0, blocks=6144) == b"b" * MIB + b"a" * (2 * MIB)


def _free(place: Path) -> int:
    os.sync()
    found = os.statvfs(place)
    return found.f_bfree * found.f_frsize


@pytest.mark.slow
def test_clones_are_parted_at_one_instant(storage: Storage) -> None:
    """LUN 0 is written before LUN 1, through another SP: no clone of it is behind, nor more than one ahead."""
    clone(storage, 0, 5)
    clone(storage, 1, 6)
    writer = PairWriter(storage)
    writer.start()
    try:
        for turn in range(4):
            for source in (0, 1):
                wait(storage, "Synchronized", source)
            writer.wait_for(100)
            before = writer.acknowledged
            run(
                storage,
                *("-consistentfractureclones", "-CloneGroupNameCloneId"),
                *("of0", ONE, "of1", ONE, "-o"),
                sp="AB"[turn % 2],
            )
            after = writer.acknowledged
            first, second = image(storage, 5, blocks=256), image(storage, 6, blocks=256)
            assert highest(first) - highest(second) in (0, 1)
            assert before <= highest(second) <= after + 1
            assert whole(first)
            assert whole(second)
            for source in (0, 1):
                act(storage, "-syncclone", source)
    finally:
        writer.end()


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize("killed", ["A", "B", "AB"])
@pytest.mark.parametrize("back", [False, True])
def test_sps_killed_amid_a_copy_lose_nothing(large: Storage, killed: str, back: bool) -> None:
    """SP A copies at the lowest rate; whichever is killed, the copy goes on to its end and hosts lose no
    write."""
    storage = large
    write(storage, 0, 0, b"a" * LONG)
    clone(storage, 0, 5, "high" if back else "low")
    if back:
        wait(storage, "Synchronized")
        act(storage, "-fractureclone")
        words = ("-name", "of0", "-cloneid", ONE, "-syncrate", "low", "-o")
        run(storage, "-changeclone", *words)
        write(storage, 0, 0, b"x" * LONG)
        act(storage, "-reversesyncclone")
    writer = Stamper(storage, 0, LUN_BLOCKS)
    writer.start()
    try:
        writer.wait_for(300)
        time.sleep(0.5)
        for sp in SPS:
            if sp in killed:
                storage.kill(sp)
        assert states(storage) == ["Reverse-Synchronizing" if back else "Synchronizing"]
        for sp in SPS if killed == "AB" else ():
            storage.start(sp)
        hurry(storage)
        wait(storage, "Synchronized")
        writer.wait_for(100)
    finally:
        writer.end()
    for sp in SPS:
        if sp not in storage.array.sps or storage.array.sps[sp].poll() is not None:
            storage.start(sp)
    act(storage, "-fractureclone")
    source, copied = image(storage, 0, "B"), image(storage, 5, "A")
    assert writer.wrong(source) == []
    assert source == copied
    for block in range(0, LUN_BLOCKS, 7):
        if block not in writer.last:
            assert source[block * 512 : block * 512 + 512] == b"a" * 512
    assert storage.file(0).parent.name == "sas"


@pytest.mark.slow
def test_a_full_disk_fractures_the_clone_and_stops_no_host(storage: Storage) -> None:
    write(storage, 0, 0, b"a" * FILL)
    with tmpfs(storage.file(5).parent, "8m"):
        for lun in (5, 6):
            storage.file(lun).touch()
        clone(storage, 0, 5)
        wait(storage, "Out-of-Sync")
        listed = run(storage, "-listclone", "-name", "of0", "-CloneCondition")
        assert "CloneCondition:  System Fractured - Destination full" in listed
        with storage.login("B") as two:
            two.attentions(0)
            assert not ready(two, 5)
            assert two.write(0, 0, b"b" * 512).status == 0
        act(storage, "-removeclone")
        with storage.login("B") as two:
            assert ready(two, 5)
            assert two.read(5, FILL // 512, 1).data == bytes(512)


def test_what_clones_keep_from_happening(storage: Storage) -> None:
    write(storage, 0, 0, b"a" * MIB)
    clone(storage, 0, 5)
    wait(storage, "Synchronized")
    for number in ("0", "5"):
        for line in (f"lun -destroy -l {number} -o", f"lun -expand -l {number} -capacity 1 -o"):
            assert "is being cloned" in refused(storage, *line.split())[1]
    moving = "migrate -start -source 1 -dest 5 -rate asap -o"
    assert "not available for migration" in refused(storage, *moving.split())[1]
    one = ("-name", "of0", "-cloneid", ONE, "-o")
    for action in ("-removeclone", "-syncclone", "-reversesyncclone"):
        assert refused(storage, "clone", action, *one)[0] == 70
    assert refused(storage, "snapview", "-destroyclonegroup", "-name", "of0", "-o")[0] == 69
    assert refused(storage, "clone", "-listclone", "-name", "none")[0] == 69
    storage.change(lambda state, usage: pool_luns.create(state, usage, state.pools[0], 8, number=9))
    assert refused(storage, *["clone", "-addclone", "-name", "of0", "-luns", "9"])[0] == 70
    act(storage, "-fractureclone")
    act(storage, "-removeclone")
    run(storage, "-destroyclonegroup", "-name", "of0", "-o")
    there = {path.name for number in (0, 1, 7) for path in [storage.file(number)]}
    assert {path.name for path in storage.file(0).parent.iterdir()} - {
        storage.file(9).name
    } == there
    assert image(storage, 5, blocks=2048) == b"a" * MIB
