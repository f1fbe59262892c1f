"""MirrorView/S between two arrays: what is acknowledged is in both, or it is on record that it is not."""

import asyncio
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from millpond.array.mirroring.flight import Flight
from millpond.array.model import faults
from millpond.array.model.fault_types import FaultKind
from millpond.array.model.mirror_types import ImageState
from millpond.array.store import files
from tests.support.arrays import until
from tests.support.initiator import Initiator
from tests.support.linked import (
    ONE,
    PATIENCE,
    SERIAL_TWO,
    TWO,
    Pair,
    navi,
    pair,
    settle,
    shown,
    typed,
)
from tests.support.storage import EXAMPLE, MIB, Storage

pytestmark = [pytest.mark.slow, pytest.mark.thorough]

NOT_READY = (2, 0x04, 0x03)
BLOCKS = 8 * MIB // 512


@pytest.fixture
def arrays(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path, blocks=BLOCKS) as found:
        yield found


@contextmanager
def host(storage: Storage) -> Iterator[Initiator]:
    """For a moment: an array ends a session in which nothing is said for half a minute."""
    with Initiator(storage.portal("A"), storage.target("A"), f"{EXAMPLE}:one") as found:
        yield found


def written(storage: Storage, at: int, data: bytes) -> None:
    with host(storage) as one:
        settle(one)
        assert one.write(0, at // 512, data).status == 0


def sense(storage: Storage) -> tuple[int, int, int] | None:
    """Why a host cannot use LUN 0; None if it can."""
    with host(storage) as one:
        return settle(one)


def first(storage: Storage) -> bytes:
    with host(storage) as one:
        settle(one)
        return one.read(0, 0, 1).data


def cut(arrays: Pair) -> None:
    arrays.one.change(lambda s, u: faults.inject(s, u, FaultKind.LINK, SERIAL_TWO))


def mend(arrays: Pair) -> None:
    arrays.one.change(lambda s, u: faults.repair(s, u, FaultKind.LINK, SERIAL_TWO))


def test_every_change_is_in_both_images_when_it_is_acknowledged(arrays: Pair) -> None:
    written(arrays.one, 0, b"a" * MIB)
    written(arrays.two, 4 * MIB, b"old" + bytes(509))
    arrays.mirror()
    assert arrays.alike(), "what the image held is gone"
    with host(arrays.one) as one:
        settle(one)
        assert one.write(0, 2 * MIB // 512, b"b" * MIB).status == 0
        assert arrays.alike()
        same = struct.pack(">BBQIBB", 0x93, 0, 8, 64, 0, 0)
        assert one.command(0, same, data=b"s" * 512).status == 0
        assert arrays.alike()
        compared = struct.pack(">BBQxxxBBB", 0x89, 0, 8, 1, 0, 0)
        assert one.command(0, compared, data=b"s" * 512 + b"t" * 512).status == 0
        assert one.command(0, compared, data=b"s" * 512 + b"u" * 512).sense is not None
        assert arrays.alike()
        unmap = struct.pack(">HHxxxx", 38, 32) + struct.pack(">QIxxxxQIxxxx", 0, 16, 4096, 256)
        cdb = struct.pack(">BBxxxxBHB", 0x42, 0, 0, 40, 0)
        assert one.command(0, cdb, data=unmap).status == 0
        assert arrays.alike()
        assert one.read(0, 0, 1).data == bytes(512)
        assert one.command(0, struct.pack(">BBIBHB", 0x35, 0, 0, 0, 0, 0)).status == 0
    assert sense(arrays.two) == NOT_READY, "a secondary image is no host's"
    until(lambda: shown(arrays.two) == "Synchronized", PATIENCE)
    listed = navi(arrays.one, "mirror", "-sync", "-list", "-name", "m0")
    assert listed.startswith(
        "MirrorView Name:  m0\nMirrorView Description:\nMirrorView UID:  50:06"
    )
    for line in (
        "Remote Mirror Status:  Mirrored\nMirrorView State:  Active\nMirrorView Faulted:  NO\n",
        f"Image Size:  {BLOCKS}\nImage Count:  2\nWrite Intent Log Used:  YES\nImages:\nImage UID:  {ONE}\n",
        f"\n\nImage UID:  {TWO}\nIs Image Primary:  NO\nLogical Unit UID:  60:06:01:60:22:60:3D:00:",
        "Image State:  Synchronized\nImage Condition:  Normal\nRecovery Policy:  Automatic\n",
        "Synchronization Rate:  High\nImage Faulted:  NO\nImage Transitioning:  NO\n"
        "Synchronizing Progress(%):  100\n",
    ):
        assert line in listed


def test_a_fractured_image_stays_what_it_was_and_gets_what_has_changed(arrays: Pair) -> None:
    written(arrays.one, 0, b"a" * MIB)
    arrays.mirror(policy="manual")
    arrays.act("-fractureimage")
    assert (shown(arrays.one), shown(arrays.two)) == ("Consistent", "Consistent")
    assert shown(arrays.one, "Image Condition") == "Administratively Fractured"
    before = arrays.two.file(0).read_bytes()
    written(arrays.one, 2 * MIB, b"b" * MIB)
    assert arrays.two.file(0).read_bytes() == before
    with arrays.two.file(0).open("r+b") as behind:  # nobody has marked this
        behind.seek(5 * MIB)
        behind.write(b"unseen")
    arrays.act("-syncimage")
    arrays.wait(ImageState.SYNCHRONIZED)
    found = arrays.two.file(0).read_bytes()
    assert found[: 5 * MIB] == arrays.one.file(0).read_bytes()[: 5 * MIB]
    assert found[5 * MIB : 5 * MIB + 6] == b"unseen"


def test_hosts_go_on_without_the_other_array_and_it_is_brought_up_by_itself(arrays: Pair) -> None:
    arrays.mirror()
    cut(arrays)
    written(arrays.one, 0, b"alone" + bytes(507))
    assert shown(arrays.one) == "Consistent"
    assert shown(arrays.one, "Image Condition") == "System Fractured"
    assert shown(arrays.two) == "Consistent", "it may lack what was acknowledged, and says so"
    assert not arrays.alike()
    mend(arrays)
    arrays.wait(ImageState.SYNCHRONIZED)
    assert arrays.alike()
    until(lambda: shown(arrays.two) == "Synchronized", PATIENCE)


def test_what_is_half_copied_is_promoted_only_if_that_is_said(arrays: Pair) -> None:
    arrays.mirror(policy="manual")
    arrays.act("-fractureimage")
    written(arrays.one, 0, b"a" * MIB)
    mirror = arrays.one.store.state().mirrors["m0"]
    busy = Flight(files.mirror_map(arrays.one.array.root, mirror))
    asyncio.run(busy.enter(0, MIB))  # as if the other SP wrote there and did not end
    arrays.act("-syncimage")
    words = ("mirror", "-sync", "-promoteimage", "-name", "m0", "-imageuid", TWO, "-o")
    status, said = typed(arrays.two, *words)
    assert (status, "use -type oos" in said) == (255, True), said
    assert shown(arrays.two) == "Synchronizing"
    arrays.act("-promoteimage", "-type", "oos", at=arrays.two)
    busy.close()
    assert sense(arrays.two) is None


def test_images_change_places_when_both_arrays_live(arrays: Pair) -> None:
    written(arrays.one, 0, b"a" * MIB)
    arrays.mirror()
    arrays.act("-promoteimage", at=arrays.two)
    assert sense(arrays.one) == NOT_READY
    written(arrays.two, 0, b"b" * MIB)
    assert arrays.alike()
    assert shown(arrays.one, "Remote Mirror Status") == "Secondary Copy"
    assert shown(arrays.two, "Remote Mirror Status") == "Mirrored"
    until(lambda: shown(arrays.one) == "Synchronized", PATIENCE)
    arrays.act("-promoteimage", uid=ONE, at=arrays.one)
    written(arrays.one, MIB, b"c" * MIB)
    assert arrays.alike()


def test_an_array_that_was_replaced_meanwhile_does_not_write_to_the_new_primary(
    arrays: Pair,
) -> None:
    arrays.mirror()
    cut(arrays)
    arrays.act("-promoteimage", "-type", "local", at=arrays.two)
    written(arrays.two, 0, b"new" + bytes(509))
    mend(arrays)
    arrays.wait_linked()
    written(arrays.one, 0, b"old" + bytes(509))
    assert first(arrays.two)[:3] == b"new"
    until(lambda: shown(arrays.one, "Image Condition") == "System Fractured", PATIENCE)
    words = ("mirror", "-sync", "-syncimage", "-name", "m0", "-imageuid", TWO, "-o")
    status, said = typed(arrays.one, *words)
    assert (status, "no image here" in said) == (255, True), said
    arrays.act("-removeimage")
    navi(arrays.one, "mirror", "-sync", "-destroy", "-name", "m0", "-o")
    assert first(arrays.two)[:3] == b"new"


REFUSED = (
    ("-create -o -name m0 -lun 1", 67, "Mirror name already in use"),
    ("-create -o -name m1 -lun 0", 169, "Specified LU not available for mirroring."),
    ("-create -o -name m1 -lun 77", 169, "Specified LU not available for mirroring."),
    ("-destroy -o -name m0", 255, "at least one secondary image (0x71058243)"),
    ("-destroy -o -name m9", 145, "Destroying mirror failed. Mirror not found"),
    ("-list -name m9", 145, "Getting mirror list failed. Requested mirror does not exist"),
    (f"-promoteimage -o -name m0 -imageuid {TWO}", 78, "(0x7105824e)"),
    (
        f"-promoteimage -o -name m0 -imageuid {ONE}",
        255,
        "Cannot remove or promote a primary image.",
    ),
    (f"-removeimage -o -name m0 -imageuid {ONE}", 255, "Cannot remove or promote a primary image."),
    (
        "-fractureimage -o -name m0 -imageuid 50:06",
        255,
        "Fracturing sync mirror image failed. Image",
    ),
    (f"-fractureimage -o -name m0 -imageuid {ONE}", 255, "Cannot fracture the image because of"),
    (f"-syncimage -o -name m0 -imageuid {TWO}", 255, "Cannot synchronize the image because of"),
)


def test_what_is_refused(arrays: Pair) -> None:
    arrays.mirror()
    for line, status, text in REFUSED:
        found = typed(arrays.one, "mirror", "-sync", *line.split())
        assert (found[0], text in found[1]) == (status, True), (line, found)
    again = ("-name", "m0", "-arrayhost", arrays.two.addresses["A"], "-lun", "1")
    assert "already exists" in typed(arrays.one, "mirror", "-sync", "-addimage", *again)[1]
    navi(arrays.one, "mirror", "-sync", "-create", "-name", "m1", "-lun", "1", "-o")
    for lun, where, text in (("0", "A", "not available"), ("1", "", "not linked")):
        words = ("-name", "m1", "-arrayhost", arrays.two.addresses.get(where, "127.0.0.9"))
        found = typed(arrays.one, "mirror", "-sync", "-addimage", *words, "-lun", lun)
        assert (found[0] != 0, text in found[1]) == (True, True), found
    assert typed(arrays.two, "lun", "-destroy", "-l", "0", "-o")[0] != 0
    assert "-force" in typed(arrays.two, "mirror", "-sync", "-destroy", "-name", "m0", "-o")[1]
    arrays.act("-removeimage")
    assert arrays.two.store.state().mirrors == {}
    navi(arrays.one, "mirror", "-sync", "-destroy", "-name", "m0", "-o")
