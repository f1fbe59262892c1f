"""Hostile images are refused with their codes before any tool opens them, and honest ones are not."""

import os
import subprocess
from io import FileIO
from pathlib import Path

import pytest

from millpond.adapters.images.inspection import inspect
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from tests.data.hostile.images import HOSTILE, Hostile, iso, qcow2, vhdx, vmdk

MIB = 1 << 20


@pytest.mark.parametrize("hostile", HOSTILE, ids=lambda h: f"{h.row}-{h.name}")
def test_hostile(tmp_path: Path, hostile: Hostile) -> None:
    image = tmp_path / hostile.name
    image.write_bytes(hostile.make())
    with FileIO(str(image)) as file, pytest.raises(Refused) as refused:
        inspect(file, hostile.declared, str(image))
    assert refused.value.code == hostile.code, refused.value.message
    assert refused.value.fix


@pytest.mark.parametrize("length", [0, 1, 511, 512, 1024, 2000])
@pytest.mark.parametrize("declared", [f for f in ImageFormat if f is not ImageFormat.RAW])
def test_whatever_is_cut_short_is_refused(
    tmp_path: Path, declared: ImageFormat, length: int
) -> None:
    whole = {"qcow2": qcow2(), "vmdk": vmdk(), "vhdx": vhdx(), "iso": iso()}
    image = tmp_path / "image"
    image.write_bytes(whole.get(declared.value, b"conectix".ljust(2048))[:length])
    with FileIO(str(image)) as file, pytest.raises(Refused) as refused:
        inspect(file, declared, str(image))
    assert refused.value.code.startswith("image.")


@pytest.mark.parametrize(
    ("declared", "options"),
    [
        ("qcow2", ""),
        ("qcow2", "compat=0.10"),
        ("qcow2", "compression_type=zstd"),
        ("vmdk", "subformat=monolithicSparse"),
        ("vmdk", "subformat=streamOptimized"),
        ("vhd", "subformat=dynamic"),
        ("vhd", "subformat=fixed"),
        ("vhdx", ""),
    ],
)
def test_what_qemu_makes_is_accepted(tmp_path: Path, declared: str, options: str) -> None:
    raw, image = tmp_path / "raw", tmp_path / "image"
    raw.write_bytes(os.urandom(9 * MIB))
    os.truncate(raw, 17 * MIB)
    driver = ImageFormat(declared).driver
    more = ["-o", options] if options else []
    argv = ["qemu-img", "convert", "-f", "raw", "-O", driver, *more, str(raw), str(image)]
    subprocess.run(argv, check=True)
    with FileIO(str(image)) as file:
        found = inspect(file, ImageFormat(declared), str(image))
    assert 17 * MIB <= found < 18 * MIB, "a VHD rounds up to whole cylinders"


@pytest.mark.parametrize("boot", [b"", b"\0" * 510 + b"\x55\xaa"])
def test_a_cd_that_boots_from_a_disk_too_is_a_cd(tmp_path: Path, boot: bytes) -> None:
    image = tmp_path / "image"
    image.write_bytes(iso(before=boot))
    with FileIO(str(image)) as file:
        assert inspect(file, ImageFormat.ISO, str(image)) == 64 << 10
