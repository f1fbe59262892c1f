"""Guests are seen and end without libvirt's help, and nobody else does."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from millpond.adapters.libvirt.metadata import NAMESPACE
from millpond.adapters.libvirt.processes import kill, living

SOMEBODY_ELSES = "<domstatus/>"


def ours(vm: str) -> str:
    """What libvirt keeps of one of Millpond's guests, in short."""
    metadata = f"<metadata><millpond:vm xmlns:millpond='{NAMESPACE}'/></metadata>"
    return f"<domstatus><domain><uuid>{vm}</uuid>{metadata}</domain></domstatus>"


OURS = ours("75c2dbd1-8a26-4b0c-a1f4-0d0b7c9f6f39")


class Running:
    """Processes that look like QEMU's, and what libvirt keeps of each in its state directory."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def start(self, name: str, xml: str, program: str = "qemu-system-x86_64") -> None:
        binary = self.directory / program
        if not binary.exists():
            shutil.copy("/bin/sleep", binary)
        process = self.processes[name] = subprocess.Popen([binary, "100"])
        comm = Path(f"/proc/{process.pid}/comm")
        while comm.read_text().strip() != program[:15]:
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
    assert kill(tmp_path) == 2
    assert running.alive() == set()
    assert kill(tmp_path) == 0


def test_others_and_whoever_got_the_number_of_one_live_on(running: Running, tmp_path: Path) -> None:
    running.start("theirs", SOMEBODY_ELSES)
    running.start("reused", OURS, "postgres")
    running.start("ours", OURS)
    assert kill(tmp_path) == 1
    assert running.alive() == {"theirs", "reused"}


def test_files_of_guests_that_are_gone_are_no_guests(running: Running, tmp_path: Path) -> None:
    running.start("gone", OURS)
    running.processes["gone"].kill()
    running.processes["gone"].wait()
    (tmp_path / "torn.pid").write_text("")
    (tmp_path / "torn.xml").write_text(OURS)
    assert kill(tmp_path) == 0


def test_those_that_live_are_told_by_their_vm(running: Running, tmp_path: Path) -> None:
    vms = {name: str(uuid4()) for name in ("one", "two", "gone")}
    for name, vm in vms.items():
        running.start(name, ours(vm))
    running.start("theirs", SOMEBODY_ELSES)
    running.start("reused", OURS, "postgres")
    running.processes["gone"].kill()
    running.processes["gone"].wait()
    assert living(tmp_path) == {vms["one"], vms["two"]}
    assert running.alive() >= {"one", "two", "theirs"}
