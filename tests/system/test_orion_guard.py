"""``orion -write`` touches nothing that is in use or holds something, unless it is told to."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.orion import Orion

WRITE = "-run advanced -matrix point -num_small 1 -num_large 0 -write 100 -duration 1"

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: loop devices")


@pytest.fixture
def orion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Orion:
    return Orion(tmp_path, capsys, monkeypatch)


@pytest.fixture
def volume(orion: Orion) -> Path:
    return orion.file("a", 8)


def tool(*argv: str | Path) -> str:
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()


def refused(orion: Orion, volume: Path, why: str) -> None:
    """It says why, and neither the volume nor the folder has changed."""
    with volume.open("rb", buffering=0) as file:
        before = file.read(8 << 20)
    orion.names(volume)
    done = orion.run(WRITE)
    assert done.code == 3, done.err
    assert "volume.in_use" in done.err
    assert why in done.err
    assert "-overwrite" in done.err
    with volume.open("rb", buffering=0) as file:
        assert file.read(8 << 20) == before
    assert orion.files() == {}


def test_what_is_free_is_written_to(orion: Orion, volume: Path) -> None:
    before = volume.read_bytes()
    orion.names(volume)
    done = orion.run(WRITE)
    assert done.code == 0, done.err
    assert volume.read_bytes() != before
    assert "Small Write Latency" in done.out


def test_a_file_that_a_process_has_open(orion: Orion, volume: Path) -> None:
    with volume.open("rb"):
        refused(orion, volume, f"process {os.getpid()} (")


def test_a_file_system(orion: Orion, volume: Path) -> None:
    tool("mkfs.ext4", "-q", "-F", volume)
    refused(orion, volume, "signature of ext4")


def test_a_file_system_is_read_without_a_word(orion: Orion, volume: Path) -> None:
    tool("mkfs.ext4", "-q", "-F", volume)
    orion.names(volume)
    assert orion.run(WRITE.replace("-write 100", "")).code == 0


def test_it_is_overwritten_when_told_to(orion: Orion, volume: Path) -> None:
    tool("mkfs.ext4", "-q", "-F", volume)
    before = volume.read_bytes()
    orion.names(volume)
    done = orion.run(f"{WRITE} -overwrite")
    assert done.code == 0, done.err
    assert volume.read_bytes() != before


def test_a_disk_of_a_vm(orion: Orion, volume: Path) -> None:
    disk = volume.with_name("disk.qcow2")
    tool("qemu-img", "create", "-q", "-f", "qcow2", "-o", "preallocation=full", disk, "8M")
    refused(orion, disk, "contains qcow2")


def test_leases(orion: Orion, volume: Path) -> None:
    tool("sanlock", "direct", "init", "-s", f"pool:0:{volume}:0")
    refused(orion, volume, "sanlock's leases")


@pytest.fixture
def device(volume: Path) -> Iterator[Path]:
    found = Path(tool("losetup", "--find", "--show", volume))
    yield found
    tool("losetup", "--detach", found)


@as_root
def test_the_file_of_a_loop_device(orion: Orion, volume: Path, device: Path) -> None:
    refused(orion, volume, f"it is {device}")


@as_root
def test_a_device_that_is_mounted(orion: Orion, device: Path, tmp_path: Path) -> None:
    tool("mkfs.ext4", "-q", "-F", device)
    place = tmp_path / "mnt"
    place.mkdir()
    tool("mount", "--read-only", device, place)
    try:
        refused(orion, device, f"{device} is mounted on {place}")
        assert "the kernel says that it is in use" in orion.run(WRITE).err
    finally:
        tool("umount", place)


@as_root
def test_a_device_that_a_process_has_open(orion: Orion, device: Path) -> None:
    with device.open("rb"):
        refused(orion, device, f"process {os.getpid()} (")


@as_root
def test_a_device_that_is_free_is_written_to(orion: Orion, volume: Path, device: Path) -> None:
    before = volume.read_bytes()
    orion.names(device)
    done = orion.run(WRITE)
    assert done.code == 0, done.err
    assert volume.read_bytes() != before


def test_one_who_is_not_root_is_refused_as_well(
    orion: Orion, volume: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose PATH has no programs of the administrator."""
    tool("mkfs.ext4", "-q", "-F", volume)
    monkeypatch.setenv("PATH", "/usr/bin:/bin")
    refused(orion, volume, "signature of ext4")
