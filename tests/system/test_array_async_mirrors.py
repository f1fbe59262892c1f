"""MirrorView/A between two arrays: the secondary image is what its primary was at a moment, which is told."""

import random
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from millpond.array.model import faults
from millpond.array.model.fault_types import FaultKind
from millpond.array.model.mirror_types import ImageState, Updates
from millpond.array.model.mirrors import time_of
from millpond.array.model.types import SPS
from tests.contract.mounts import tmpfs, xfs
from tests.support.arrays import until
from tests.support.linked import (
    ONE,
    PATIENCE,
    SERIAL_TWO,
    TWO,
    Pair,
    image,
    navi,
    pair,
    settle,
    shown,
    typed,
)
from tests.support.stamps import SPOTS, Sequencer, Stamper, highest, whole
from tests.support.storage import MIB, Storage

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(shutil.which("mkfs.xfs") is None, reason="needs xfsprogs"),
]

SIZE = 32 * MIB
"""Of the LUNs: at a low rate all of it takes four seconds."""
BLOCKS = SIZE // 512


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Path]:
    """With reflinks."""
    with xfs(tmp_path / "mnt", tmp_path / "image") as found:
        yield found


@contextmanager
def arrays_at(place: Path, sps: tuple[str, ...] = ("A",)) -> Iterator[Pair]:
    with pair(place, sps, BLOCKS, "async") as found:  # type: ignore[arg-type]
        yield found


def written(storage: Storage, at: int, data: bytes) -> None:
    with storage.login("A") as host:
        assert settle(host) is None
        assert host.write(0, at // 512, data).status == 0


def data(place: Path) -> list[Path]:
    """The files of LUNs, and copies of them."""
    return [path for path in place.rglob("60060160*") if path.stat().st_size == SIZE]


def filled(storage: Storage, byte: bytes) -> None:
    for at in range(0, SIZE, 4 * MIB):
        written(storage, at, byte * 4 * MIB)


def first(storage: Storage) -> bytes:
    """Of LUN 0's file: what is sent first."""
    with storage.file(0).open("rb") as stream:
        return stream.read(512)


def updates(storage: Storage) -> Updates:
    found = storage.store.state().mirrors["m0"].updates
    assert found is not None
    return found


def show(storage: Storage, label: str = "Image State") -> str:
    return shown(storage, label, "async")


def state(arrays: Pair) -> tuple[str, str]:
    return show(arrays.one), show(arrays.two)


@pytest.mark.thorough
def test_an_image_is_what_its_primary_was_when_it_was_updated(place: Path) -> None:
    with arrays_at(place) as arrays:
        written(arrays.one, 0, b"a" * MIB)
        written(arrays.two, 4 * MIB, b"old" + bytes(509))
        arrays.mirror()
        assert arrays.alike(), "what the image held is gone"
        written(arrays.one, 2 * MIB, b"b" * MIB)
        assert not arrays.alike()
        with arrays.two.file(0).open("r+b") as behind:  # nobody has marked this
            behind.seek(5 * MIB)
            behind.write(b"unseen")
        arrays.update()
        one, two = arrays.one.file(0).read_bytes(), arrays.two.file(0).read_bytes()
        assert two[: 5 * MIB] == one[: 5 * MIB]
        assert two[5 * MIB : 5 * MIB + 6] == b"unseen", "only what is marked is sent"
        for storage in (arrays.one, arrays.two):
            assert updates(storage).image == updates(arrays.one).begun
        until(lambda: len(data(place)) == 4, PATIENCE)  # LUNs 0 and 1 of each, and no copy
        listed = navi(arrays.two, "mirror", "-async", "-list", "-name", "m0")
        assert "Remote Mirror Status:  Secondary Copy\n" in listed
        assert "Image Condition:  Normal\nRecovery Policy:  Automatic\n" in listed
        assert (
            "Synchronizing Progress(%):  100\nUpdate Type:  Manual\nUpdate Period, in minutes:  N/A\n"
            "Time in minutes since previous update:  0\nTime in minutes until next update:  Not Available\n"
            f"Last Image Error:  Not Available\nImage Time:  {time_of(updates(arrays.one).image)}\n"
        ) in listed


@pytest.mark.thorough
def test_updates_come_by_themselves_at_the_time_that_was_said(place: Path) -> None:
    with arrays_at(place) as arrays:
        arrays.mirror(0, "high", "auto", "-enddelay", "1")
        written(arrays.one, 0, b"a" * MIB)
        assert show(arrays.one, "Time in minutes until next update") == "1"
        until(arrays.alike, PATIENCE)
        arrays.updated()
        arrays.act("-changeimage", "-startdelay", "600", "-syncrate", "low")
        assert show(arrays.one, "Update Type") == "Start Of Last Update"
        assert show(arrays.one, "Update Period, in minutes") == "600"
        assert show(arrays.one, "Synchronization Rate") == "Low"
        arrays.update()
        assert show(arrays.two, "Update Period, in minutes") == "600"


@pytest.mark.thorough
def test_a_promotion_amid_an_update_goes_back_to_the_last_whole_image(place: Path) -> None:
    with arrays_at(place) as arrays:
        filled(arrays.one, b"a")
        arrays.mirror(0, "low")
        before = arrays.two.file(0).read_bytes()
        moment = updates(arrays.two).image
        filled(arrays.one, b"b")
        arrays.act("-syncimage")
        until(lambda: first(arrays.two) == b"b" * 512, PATIENCE)
        arrays.one.kill("A")
        assert show(arrays.two, "Image Condition") == "Updating"
        arrays.act("-promoteimage", at=arrays.two)
        assert image(arrays.two, BLOCKS) == before
        assert f"of {time_of(moment)}: what was written" in navi(arrays.two, "getlog", "-n", "5")
        arrays.one.start("A")
        arrays.wait_linked()
        until(lambda: show(arrays.one, "Image Condition") == "System Fractured", PATIENCE)
        assert image(arrays.two, BLOCKS) == before, "the old primary does not write to it"


@pytest.mark.thorough
def test_a_link_that_is_cut_amid_an_update_ends_it_later(place: Path) -> None:
    with arrays_at(place) as arrays:
        arrays.mirror(0, "low")
        filled(arrays.one, b"b")
        arrays.act("-syncimage")
        until(lambda: first(arrays.two) == b"b" * 512, PATIENCE)
        arrays.one.change(lambda s, u: faults.inject(s, u, FaultKind.LINK, SERIAL_TWO))
        until(lambda: show(arrays.one, "Image Condition") == "System Fractured", PATIENCE)
        written(arrays.one, 0, b"c" * MIB)
        assert state(arrays) == ("Consistent", "Consistent")
        arrays.one.change(lambda s, u: faults.repair(s, u, FaultKind.LINK, SERIAL_TWO))
        arrays.updated()
        assert arrays.two.file(0).read_bytes() == b"b" * SIZE
        arrays.update()
        assert arrays.alike()


@pytest.mark.thorough
def test_images_change_places_when_nothing_is_missing(place: Path) -> None:
    with arrays_at(place) as arrays:
        arrays.mirror()
        written(arrays.one, 0, b"a" * MIB)
        words = ("mirror", "-async", "-promoteimage", "-name", "m0", "-imageuid", TWO, "-o")
        status, said = typed(arrays.two, *words)
        assert (status, "update it with -syncimage" in said) == (255, True), said
        arrays.update()
        arrays.act("-promoteimage", at=arrays.two)
        assert show(arrays.one, "Remote Mirror Status") == "Secondary Copy"
        written(arrays.two, MIB, b"b" * MIB)
        arrays.act("-syncimage", uid=ONE, at=arrays.two)
        until(arrays.alike, PATIENCE)


@pytest.mark.thorough
def test_what_is_refused(place: Path) -> None:
    with arrays_at(place) as arrays:
        arrays.mirror()
        image = ("-name", "m0", "-imageuid", TWO, "-o")
        for words, status, text in (
            (
                ("-sync", "-fractureimage", *image),
                145,
                "sync mirror image failed. Mirror not found",
            ),
            (("-sync", "-list", "-name", "m0"), 145, "Requested mirror does not exist"),
            (("-sync", "-create", "-name", "m0", "-lun", "1", "-o"), 67, "already in use"),
            (("-async", "-changeimage", *image, "-enddelay", "0"), 255, "1 to 40320 minutes"),
            (
                ("-async", "-changeimage", *image, "-enddelay", "5", "-manualupdate"),
                255,
                "-manualupdate and -enddelay do not go together",
            ),
            (("-async", "-promoteimage", *image), 78, "(0x7105824e)"),
        ):
            found = typed(arrays.one, "mirror", *words)
            assert (found[0], text in found[1]) == (status, True), (words, found)
        arrays.act("-removeimage")
        assert arrays.two.store.state().mirrors == {}
        navi(arrays.one, "mirror", "-async", "-destroy", "-name", "m0", "-o")


@pytest.mark.parametrize("turns", [2, pytest.param(10, marks=pytest.mark.thorough)])
def test_a_primary_that_dies_amid_updates_leaves_one_point_in_time(place: Path, turns: int) -> None:
    """And no more is lost than is told."""
    dice = random.Random(turns)
    with arrays_at(place) as arrays:
        number = 0
        for _ in range(turns):
            arrays.mirror(0, "low")
            writer = Sequencer(arrays.one, number)
            writer.start()
            try:
                writer.wait_for(SPOTS)
                arrays.update()
                writer.wait_for(50)
                arrays.act("-syncimage")
                time.sleep(dice.random())
                arrays.one.kill("A")
            finally:
                writer.end()
            number = writer.number + 1
            check_promoted(arrays, writer)
            arrays.one.start("A")
            arrays.wait_linked()
            arrays.act("-removeimage")
            for storage in (arrays.one, arrays.two):
                navi(storage, "mirror", "-async", "-destroy", "-name", "m0", "-o")


def check_promoted(arrays: Pair, writer: Sequencer) -> None:
    moment = updates(arrays.two).image
    arrays.act("-promoteimage", at=arrays.two)
    found = Sequencer.spots(image(arrays.two, BLOCKS))
    assert whole(found)
    last = highest(found)
    due = max(n for n, when in writer.acknowledged.items() if when <= moment)
    assert due <= last, "all that was acknowledged before the time that is told is there"
    assert writer.sent[last] <= moment + 15, "it is of that time"
    assert last <= writer.number + 1
    assert f"of {time_of(moment)}: what was written" in navi(arrays.two, "getlog", "-n", "5")


@pytest.mark.thorough
def test_updates_go_on_when_sps_die(place: Path) -> None:
    """One of each array in turn."""
    with arrays_at(place, SPS) as arrays:
        arrays.mirror(0, "low")
        writer = Stamper(arrays.one, 0, BLOCKS)
        writer.start()
        try:
            for storage, sp in (
                (arrays.two, SPS[0]),
                (arrays.one, SPS[0]),
                (arrays.two, SPS[1]),
                (arrays.one, SPS[1]),
            ):
                writer.wait_for(200)
                arrays.act("-syncimage")
                storage.kill(sp)
                writer.wait_for(200)
                storage.start(sp)
                arrays.wait_linked()
                arrays.updated()
                assert arrays.one.store.state().mirrors["m0"].state is ImageState.CONSISTENT
        finally:
            writer.end()
        arrays.update()
        assert writer.wrong(image(arrays.one, BLOCKS)) == []
        assert arrays.alike()


@pytest.mark.thorough
@pytest.mark.parametrize("without", ["one", "two"])
def test_an_array_without_reflinks_gets_no_image(place: Path, tmp_path: Path, without: str) -> None:
    """Whichever it is: no point in time can be kept there."""
    with tmpfs(tmp_path / "bare", "256m") as bare:
        (place / without).symlink_to(bare)
        with arrays_at(place) as arrays:
            navi(arrays.one, "mirror", "-async", "-create", "-name", "m0", "-lun", "0", "-o")
            where = ("-arrayhost", arrays.two.addresses["B"], "-lun", "0")
            status, said = typed(arrays.one, "mirror", "-async", "-addimage", "-name", "m0", *where)
            assert (status != 0, "XFS or Btrfs" in said) == (True, True), said
            assert TWO not in navi(arrays.one, "mirror", "-async", "-list", "-name", "m0")
            assert not arrays.two.store.state().mirrors
            assert len(data(place) + data(bare)) == 4  # LUNs, and no copy
