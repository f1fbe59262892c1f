"""The Debian template's disk and sources. Building and booting all of it takes minutes:
``python -m bench.debian``."""

import json
import os
import subprocess
from pathlib import Path
from uuid import uuid4

import pytest

from millpond.adapters.templates import debian, debian_files
from millpond.domain.errors import Failed

IDENTITY = str(uuid4())
SECTOR = 512


def run(*argv: str | Path) -> str:
    done = subprocess.run([*map(str, argv)], capture_output=True, text=True, check=True)
    return done.stdout


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What of an installed system the disk is made of."""
    made = tmp_path / "root"
    for path, text in debian_files.files(IDENTITY).items():
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_text(text)
    for path, data in (
        ("usr/lib/grub/i386-pc/boot.img", os.urandom(SECTOR)),
        ("boot/grub/core.img", os.urandom(30_000)),
    ):
        (made / path).parent.mkdir(parents=True, exist_ok=True)
        (made / path).write_bytes(data)
    (made / "home").mkdir()
    (made / "vmlinuz").symlink_to("boot/vmlinuz-1")
    return made


def test_a_disk_that_a_bios_boots(root: Path, tmp_path: Path) -> None:
    """GRUB's first sector and its core lie where the one looks for the other, and the partition has
    the file system that GRUB's configuration and fstab name."""
    image = tmp_path / "system.img"
    debian.write_disk(image, root, IDENTITY)
    with image.open("rb") as file:
        first, core = file.read(SECTOR), file.read(30_000)
    boot = (root / "usr/lib/grub/i386-pc/boot.img").read_bytes()
    assert first[:440] == boot[:440]
    assert core == (root / "boot/grub/core.img").read_bytes()
    [partition] = json.loads(run("sfdisk", "-J", image))["partitiontable"]["partitions"]
    assert (partition["start"], partition["type"], partition["bootable"]) == (2048, "83", True)
    size = image.stat().st_size
    assert (partition["start"] + partition["size"]) * SECTOR == size
    assert image.stat().st_blocks * 512 < size // 8
    place = f"{image}?offset={2048 * SECTOR}"
    assert (
        run("blkid", "-p", "-O", str(2048 * SECTOR), "-s", "UUID", "-o", "value", image).strip()
        == IDENTITY
    )
    run("e2fsck", "-fn", place)
    grub = run("debugfs", "-R", "cat /boot/grub/grub.cfg", place)
    assert f"root=UUID={IDENTITY} " in grub
    assert "console=ttyS0,115200" in grub
    assert run("debugfs", "-R", "cat /etc/fstab", place).startswith(f"UUID={IDENTITY} / ext4")
    assert 'dest: "boot/vmlinuz-1"' in run("debugfs", "-R", "stat /vmlinuz", place)


def test_a_core_that_does_not_fit_is_not_cut(root: Path, tmp_path: Path) -> None:
    (root / "boot/grub/core.img").write_bytes(bytes(2 << 20))
    with pytest.raises(Failed):
        debian.write_disk(tmp_path / "system.img", root, IDENTITY)


def test_sources_are_those_of_this_machine_and_of_that_release() -> None:
    found = debian.apt_sources()
    assert all(line.startswith("deb ") for line in found)
    assert {line.split()[2].partition("-")[0] for line in found} == {"bookworm"}
    assert len(found) == len(set(found))
