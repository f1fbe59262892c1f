"""A program and its service manager: systemd's protocol, and the lab's stand-in for systemd."""

import asyncio
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from millpond.adapters.service_manager import pet_watchdog, ready
from millpond.domain.timing import AGENT_WATCHDOG
from millpond.lab import init, supervisor
from millpond.lab.petting import Petting
from millpond.lab.supervisor import Service, Supervisor

PACKAGING = Path(__file__).parents[2] / "packaging"


@contextmanager
def listening(address: str) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        listener.settimeout(5)
        yield listener


@pytest.mark.parametrize("abstract", [False, True])
def test_ready_is_said_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, abstract: bool
) -> None:
    name = f"@millpond-test-{os.getpid()}" if abstract else str(tmp_path / "notify")
    with listening(f"\0{name[1:]}" if abstract else name) as listener:
        monkeypatch.setenv("NOTIFY_SOCKET", name)
        ready()
        assert listener.recv(100) == b"READY=1"


async def test_the_watchdog_is_petted_by_the_event_loop(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with listening(str(tmp_path / "notify")) as listener:
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        monkeypatch.setenv("WATCHDOG_USEC", "400000")
        petting = asyncio.create_task(pet_watchdog())
        for _ in range(3):
            assert await asyncio.to_thread(listener.recv, 100) == b"WATCHDOG=1"
        listener.setblocking(False)
        with suppress(BlockingIOError):  # on a busy machine there may be more by now
            while True:
                listener.recv(100)
        time.sleep(0.5)  # the loop stands still
        with pytest.raises(BlockingIOError):
            listener.recv(100)
        petting.cancel()


async def test_nobody_asks_and_nothing_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    ready()
    await asyncio.wait_for(pet_watchdog(), 5)
    monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "nobody"))
    ready()


def test_the_units_say_what_the_programs_do() -> None:
    for name in ("agent", "manager"):
        unit = (PACKAGING / f"millpond-{name}.service").read_text()
        assert {"Type=notify", "NotifyAccess=main", "Restart=always"} <= set(unit.splitlines())
    unit = (PACKAGING / "millpond-agent.service").read_text()
    seconds = re.search(r"^WatchdogSec=(\d+)$", unit, re.M)
    assert seconds is not None
    assert float(seconds[1]) == AGENT_WATCHDOG == init.AGENT_WATCHDOG


PETS = """
import os, socket, time
sender = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
sender.connect(os.environ["NOTIFY_SOCKET"])
time.sleep({start})
sender.send(b"READY=1")
while True:
    sender.send(b"WATCHDOG=1")
    time.sleep(0.1)
"""


@contextmanager
def supervised(directory: Path, start: float = 0, watchdog: float = 1.0) -> Iterator[Path]:
    """The supervisor in a process of its own, over one program that takes ``start`` seconds until
    it is ready and that the watchdog lets be silent for ``watchdog`` seconds; the program's PID file."""
    pid = os.fork()
    if pid == 0:
        try:
            supervisor.PID_DIR = supervisor.LOG_DIR = str(directory)  # type: ignore[misc]
            supervisor.WATCHDOG_SECONDS = 0.1
            argv = [sys.executable, "-c", PETS.format(start=start)]
            service = Service("pets", lambda: argv, dict(os.environ), watchdog=watchdog)
            Supervisor([service], lambda action: None).run()
        finally:
            os._exit(1)
    try:
        yield directory / "pets.pid"
    finally:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        subprocess.run(["kill", "-9", (directory / "pets.pid").read_text().strip()], check=False)


def pid_in(file: Path, *, other_than: int = 0, seconds: float = 20) -> int:
    deadline = time.monotonic() + seconds
    while True:
        text = file.read_text().strip() if file.exists() else ""
        if text and int(text) != other_than:
            return int(text)
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_the_lab_replaces_a_service_that_hangs(tmp_path: Path) -> None:
    with supervised(tmp_path, watchdog=5.0) as file:  # a busy machine may pet late
        first = pid_in(file)
        time.sleep(6)
        assert pid_in(file) == first, "it pets its watchdog"
        os.kill(first, signal.SIGSTOP)
        assert pid_in(file, other_than=first) > 0
        assert not Path(f"/proc/{first}").exists()


def test_a_service_may_take_its_time_to_start(tmp_path: Path) -> None:
    with supervised(tmp_path, start=3) as file:
        first = pid_in(file)
        time.sleep(2.5)
        assert pid_in(file) == first


def test_nobody_is_blamed_for_having_slept_with_the_whole_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = 100.0
    monkeypatch.setattr(time, "monotonic", lambda: clock)
    petting = Petting(tmp_path / "notify", 10)
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.sendto(b"READY=1", petting.environment["NOTIFY_SOCKET"])
    assert not petting.missed()
    clock += 60
    assert not petting.missed()
    missed = []
    for _ in range(12):
        clock += 1
        missed.append(petting.missed())
    assert missed == [False] * 10 + [True] * 2
