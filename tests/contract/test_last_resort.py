"""Guests end without libvirt's help, and nobody else does."""

import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from millpond.adapters.libvirt.last_resort import kill_guests
from millpond.adapters.libvirt.metadata import NAMESPACE

OURS = f"<domstatus><metadata><millpond:vm xmlns:millpond='{NAMESPACE}'/></metadata></domstatus>"
SOMEBODY_ELSES = "<domstatus/>"


class Running:
    """Processes that look like QEMU's, and what libvirt keeps of each in its state directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, xml: str, program: str = "qemu-system-x86_64") -> None:
        argv = ["bash", "-c", f"trap '' TERM; exec -a {program} sleep 100"]
        process = self.processes[name] = subprocess.Popen(argv)
        cmdline = Path(f"/proc/{process.pid}/cmdline")
        while not cmdline.read_bytes().startswith(program.encode()):
            time.sleep(0.01)
        (self.directory / f"{name}.pid").write_text(f"{process.pid}\n")
        (self.directory / f"{name}.xml").write_text(xml)

    def alive(self) -> set[str]:
        return {name for name, process in self.processes.items() if process.poll() is None}


@pytest.fixture
def running(tmp_path: Path) -> Iterator[Running]:
    made = Running(tmp_path)
    yield made
    for process in made.processes.values():
        process.kill()
        process.wait()


def test_all_of_ours_are_gone_when_it_returns(running: Running, tmp_path: Path) -> None:
    for name in ("one", "two"):
        running.start(name, OURS)
    assert kill_guests(tmp_path) == 2
    assert running.alive() == set()
    assert kill_guests(tmp_path) == 0


def test_others_and_whoever_got_the_number_of_one_live_on(running: Running, tmp_path: Path) -> None:
    running.start("theirs", SOMEBODY_ELSES)
    running.start("reused", OURS, "postgres")
    running.start("ours", OURS)
    assert kill_guests(tmp_path) == 1
    assert running.alive() == {"theirs", "reused"}


def test_files_of_guests_that_are_gone_are_no_guests(running: Running, tmp_path: Path) -> None:
    running.start("gone", OURS)
    running.processes["gone"].kill()
    running.processes["gone"].wait()
    (tmp_path / "torn.pid").write_text("")
    (tmp_path / "torn.xml").write_text(OURS)
    assert kill_guests(tmp_path) == 0
