"""However ``orion`` ends, its fio has ended as well, and what was measured is written."""

import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.system.orion import Orion

SECONDS = 60


def fios(volume: Path) -> list[str]:
    """The processes that fio runs in on this volume."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().split(b"\0")
        except OSError:
            continue
        if words[0] == b"fio" and f"--filename={volume}".encode() in words:
            found.append(process.name)
    return found


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.mark.slow
@pytest.mark.thorough
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, -15), (signal.SIGKILL, -9)]
)
def test_a_run_that_is_broken_off(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    sent: signal.Signals,
    code: int,
) -> None:
    orion = Orion(tmp_path, capsys, monkeypatch)
    volume = orion.file("a", 8)
    orion.names(volume)
    options = "-run advanced -matrix col -num_small 1 -num_disks 2 -duration 8"
    argv = [Path(sys.executable).with_name("orion"), "-testname", "mytest", *options.split()]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        assert "data point 1 of 5" in run.stderr.readline()
        wait_for(lambda: fios(volume))
        run.send_signal(sent)
        _, said = run.communicate(timeout=SECONDS)
    assert run.returncode == code
    wait_for(lambda: not fios(volume))
    assert ("1 of 5 data points are in mytest_" in said) == (sent is signal.SIGINT)
    files = orion.files()
    assert "Measured Data Points: 1\n" in files["summary.txt"]
    assert len(files["iops.csv"].splitlines()[1].split(",")) == 2
    assert len(files["trace.txt"].splitlines()) == 1
