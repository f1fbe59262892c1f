"""``orion``: real fio on real files, a second for each load point."""

import json
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

MIB = 1 << 20


def orion(folder: Path, arguments: str) -> "subprocess.CompletedProcess[str]":
    program = Path(sys.executable).with_name("orion")
    return subprocess.run(
        [program, *shlex.split(arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With two volumes, of 12 and 8 MiB."""
    for name, size in (("a", 12), ("b", 8)):
        (tmp_path / name).write_bytes(bytes([1]) * (size * MIB))
    (tmp_path / "mytest.lun").write_text(f"{tmp_path}/a\n\n{tmp_path}/b\r\n")
    return tmp_path


def files(folder: Path) -> dict[str, str]:
    """The files of results by their endings."""
    found = folder.glob("mytest_*_*_*")
    return {path.name.rpartition("_")[2]: path.read_text() for path in found}


def test_a_matrix_of_two_files_is_measured(folder: Path) -> None:
    done = orion(
        folder,
        "-run advanced -testname mytest -matrix max -num_small 1 -num_large 1"
        " -duration 1 -simulate RAID0",
    )
    assert done.returncode == 0, done.stderr
    assert "data point 3 of 3" in done.stderr
    found = files(folder)
    assert set(found) == {
        "summary.txt", "iops.csv", "lat.csv", "mbps.csv", "hist.txt", "trace.txt",
    }  # fmt: skip
    rows = [line.split(",") for line in found["iops.csv"].splitlines()]
    assert [row[0].strip() for row in rows] == ["Large/Small", "0", "1"]
    assert all(int(row[1]) > 0 for row in rows[1:])
    assert "2 FILEs found." in found["summary.txt"]
    for line in ("Maximum Large MBPS=", "Maximum Small IOPS=", "Minimum Small Latency="):
        assert line in done.stdout
        assert line in found["summary.txt"]
    for line in found["trace.txt"].splitlines():
        told = json.loads(line)["output"]["jobs"]
        assert all(job["write"]["total_ios"] == 0 for job in told)
    assert {(folder / name).read_bytes() for name in "ab"} == {
        bytes([1]) * (12 * MIB), bytes([1]) * (8 * MIB),
    }  # fmt: skip


def test_streams_of_a_raid0_write_what_they_were_told_to(folder: Path) -> None:
    """Each member as far as the smallest one goes, and no file changes its size."""
    done = orion(
        folder,
        "-run advanced -testname mytest -matrix point -num_small 0 -num_large 2"
        " -type seq -simulate raid0 -stripe 2048 -write 100 -cache_size 0 -duration 1",
    )
    assert done.returncode == 0, done.stderr
    a, b = ((folder / name).read_bytes() for name in "ab")
    assert (len(a), len(b)) == (12 * MIB, 8 * MIB)
    old = bytes([1]) * MIB
    assert [a[n : n + MIB] == old for n in range(0, len(a), MIB)] == [False] * 8 + [True] * 4
    assert not any(b[n : n + MIB] == old for n in range(0, len(b), MIB))


def test_what_cannot_be_measured_is_refused_with_its_fix(folder: Path) -> None:
    done = orion(folder, "-run simple")
    assert done.returncode == 4
    assert "orion.lun" in done.stderr
    assert "one a line" in done.stderr
    done = orion(folder, "-run simple -testname mytest -size_large 16384")
    assert done.returncode == 3
    assert "volume.unfit" in done.stderr
    (folder / "mytest.lun").write_text(f"{folder}/a\n{folder}/./a\n")
    done = orion(folder, "-run simple -testname mytest")
    assert done.returncode == 3
    assert "is the same as" in done.stderr
    assert files(folder) == {}
