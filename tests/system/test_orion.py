"""``orion``: real fio on real files, a second for each load point."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from lxml import etree

from tests.system.orion import BYTE, MIB, Orion

as_root = pytest.mark.skipif(os.geteuid() != 0, reason="needs root: mounts, loop devices")


@pytest.fixture
def orion(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Orion:
    """With two volumes, of 12 and 8 MiB."""
    found = Orion(tmp_path, capsys, monkeypatch)
    found.names(found.file("a", 12), "", f"{found.file('b', 8)}\r")
    return found


def test_a_matrix_of_two_files_is_measured(orion: Orion) -> None:
    done = orion.run(
        "-run advanced -matrix max -num_small 1 -num_large 1 -duration 1 -simulate RAID0"
    )
    assert done.code == 0, done.err
    assert "data point 3 of 3" in done.err
    found = orion.files()
    texts = {"summary.txt", "iops.csv", "lat.csv", "mbps.csv", "hist.txt", "trace.txt"}
    assert set(found) == texts | {"iops.svg", "lat.svg", "mbps.svg"}
    rows = [line.split(",") for line in found["iops.csv"].splitlines()]
    assert [row[0].strip() for row in rows] == ["Large/Small", "0", "1"]
    assert all(int(row[1]) > 0 for row in rows[1:])
    assert "2 FILEs found." in found["summary.txt"]
    for line in ("Maximum Large MBPS=", "Maximum Small IOPS=", "Minimum Small Latency="):
        assert line in done.out
        assert line in found["summary.txt"]
    for line in found["trace.txt"].splitlines():
        told = json.loads(line)["output"]["jobs"]
        assert all(job["write"]["total_ios"] == 0 for job in told)
    assert {(orion.folder / name).read_bytes() for name in "ab"} == {
        BYTE * (12 * MIB),
        BYTE * (8 * MIB),
    }


def test_each_load_of_the_other_kind_has_a_curve(orion: Orion) -> None:
    done = orion.run("-run advanced -matrix col -num_small 1 -num_disks 1 -duration 1")
    assert done.code == 0, done.err
    found = orion.files()
    curves = {"iops": ["Large=0", "Large=1", "Large=2"], "mbps": ["Small=1"]}
    for ending, names in curves.items():
        page = etree.fromstring(found[f"{ending}.svg"].encode())
        texts = [text for text in page.xpath("//*[local-name()='text']//text()") if "=" in text]
        assert texts == names
        assert len(page.xpath("//*[local-name()='use']")) >= len(names), "no point is drawn"
        (png,) = orion.folder.glob(f"mytest_*_{ending}.png")
        assert png.read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"


def test_without_gnuplot_the_figures_are_still_there(
    orion: Orion, monkeypatch: pytest.MonkeyPatch
) -> None:
    programs = orion.folder / "bin"
    programs.mkdir()
    for name in ("fio", "setpriv"):
        (programs / name).symlink_to(str(shutil.which(name)))
    monkeypatch.setenv("PATH", str(programs))
    done = orion.run("-run advanced -matrix point -num_small 1 -num_large 0 -duration 1")
    assert done.code == 0, done.err
    assert "no plots" in done.err
    assert "gnuplot-nox" in done.err
    assert "Maximum Small IOPS=" in orion.files()["summary.txt"]


def test_streams_of_a_raid0_write_what_they_were_told_to(orion: Orion) -> None:
    """Each member as far as the smallest one goes, and no file changes its size."""
    done = orion.run(
        "-run advanced -matrix point -num_small 0 -num_large 2 -type seq -simulate raid0"
        " -stripe 2048 -write 100 -cache_size 0 -duration 1"
    )
    assert done.code == 0, done.err
    a, b = ((orion.folder / name).read_bytes() for name in "ab")
    assert (len(a), len(b)) == (12 * MIB, 8 * MIB)
    old = BYTE * MIB
    assert [a[n : n + MIB] == old for n in range(0, len(a), MIB)] == [False] * 8 + [True] * 4
    assert not any(b[n : n + MIB] == old for n in range(0, len(b), MIB))


@pytest.mark.parametrize(
    ("names", "arguments", "code", "words"),
    [
        (["a"], "-run simple -testname nosuch", 4, ["nosuch.lun", "one a line"]),
        (["a"], "-run simple -size_large 16384", 3, ["volume.unfit", "12582912 bytes"]),
        (["a", "./a"], "-run simple", 3, ["volume.unfit", "is the same as a"]),
        ([], "-run simple", 3, ["volume.unfit", "names no volume"]),
        (["nosuch"], "-run simple", 3, ["volume.unfit", "No such file"]),
        (["/dev/null"], "-run simple", 3, ["volume.unfit", "neither a file nor a block device"]),
        (["a"], "-run simple -type seq", 3, ["request.invalid", "-run advanced"]),
        (["a"], "-run quick", 2, ["simple"]),
        (["a"], "-run simple -write 101", 2, ["-write"]),
    ],
)
def test_what_cannot_be_measured_is_refused_with_its_fix(
    orion: Orion, names: list[str], arguments: str, code: int, words: list[str]
) -> None:
    orion.names(*names)
    done = orion.run(arguments)
    assert done.code == code
    for word in words:
        assert word in done.err
    assert orion.files() == {}


@as_root
def test_what_fio_says_of_its_failure_is_told(orion: Orion) -> None:
    """A file system that knows no direct I/O."""
    place = orion.folder / "ramfs"
    place.mkdir()
    subprocess.run(["mount", "-t", "ramfs", "none", place], check=True)
    try:
        orion.names(orion.file("ramfs/a", 8))
        done = orion.run("-run simple -duration 1")
    finally:
        subprocess.run(["umount", place], check=True)
    assert done.code == 6
    assert "measure with fio" in done.err
    assert "does not support O_DIRECT" in done.err


@as_root
def test_ios_are_multiples_of_a_devices_blocks(orion: Orion) -> None:
    argv = ["losetup", "--find", "--show", "--sector-size", "4096", orion.folder / "a"]
    device = subprocess.run(argv, check=True, capture_output=True, text=True).stdout.strip()
    try:
        orion.names(device)
        done = orion.run("-run simple -size_small 6")
    finally:
        subprocess.run(["losetup", "--detach", device], check=True)
    assert done.code == 3
    assert "blocks of 4096 bytes" in done.err
    assert "-size_small 4" in done.err


def test_without_fio_it_says_how_to_get_it(orion: Orion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(orion.folder))
    done = orion.run("-run simple")
    assert done.code == 6
    assert "apt-get install fio" in done.err
    assert orion.files() == {}
