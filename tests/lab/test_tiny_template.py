"""The tiny template, booted by a plain QEMU."""

import hashlib
import json
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from millpond.adapters.templates import sources
from millpond.adapters.templates.tiny import MEMORY_MIB, build_tiny
from millpond.domain.errors import Failed
from millpond.domain.template import TemplateDocument

pytestmark = pytest.mark.lab


@dataclass
class Guest:
    """A QEMU process with its serial console, its monitor and the guest agent's channel."""

    process: subprocess.Popen[bytes]
    serial: socket.socket
    monitor: Path
    agent: Path
    seen: str = field(default="")

    def wait_for(self, pattern: str, seconds: float = 120) -> re.Match[str]:
        """Read the console until ``pattern`` appears in what was not matched yet."""
        deadline = time.monotonic() + seconds
        while not (found := re.search(pattern, self.seen)):
            self.serial.settimeout(max(deadline - time.monotonic(), 0.01))
            try:
                self.seen += self.serial.recv(4096).decode(errors="replace").replace("\r", "")
            except TimeoutError:
                pytest.fail(f"no {pattern!r} within {seconds} s in {self.seen!r}")
        self.seen = self.seen[found.end() :]
        return found

    def type(self, text: str) -> None:
        self.serial.sendall(text.encode())

    def tell_monitor(self, *commands: dict[str, Any]) -> None:
        """Send QMP commands (QEMU's qmp-spec); each must succeed."""
        with _connect(self.monitor) as connection, connection.makefile("rw") as stream:
            stream.readline()  # the greeting
            for command in ({"execute": "qmp_capabilities"}, *commands):
                stream.write(json.dumps(command))
                stream.flush()
                while not {"return", "error"} & (answer := json.loads(stream.readline())).keys():
                    pass  # an event
                assert "return" in answer, answer


def _connect(path: Path, seconds: float = 60) -> socket.socket:
    deadline = time.monotonic() + seconds
    while True:
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(60)
        try:
            connection.connect(str(path))
        except OSError:
            connection.close()
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
        else:
            return connection


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    output = tmp_path_factory.mktemp("tiny")
    build_tiny(output)
    return output


@pytest.fixture
def guest(template: Path, tmp_path: Path) -> Iterator[Guest]:
    """A freshly started guest of two processors, of which one is not plugged in."""
    serial, monitor, agent = (tmp_path / name for name in ("serial", "monitor", "agent"))
    argv = ["qemu-system-x86_64", "-nodefaults", "-display", "none", "-vga", "std", "-snapshot"]
    argv += ["-accel", "tcg", "-machine", "q35", "-cpu", "max", "-smp", "1,maxcpus=2"]
    argv += ["-m", f"{MEMORY_MIB}M,slots=1,maxmem=1G"]
    argv += ["-drive", f"file={template / 'system.img'},format=raw,if=virtio"]
    argv += ["-chardev", f"socket,id=serial,path={serial},server=on,wait=on"]
    argv += ["-serial", "chardev:serial", "-qmp", f"unix:{monitor},server=on,wait=off"]
    argv += ["-device", "virtio-serial-pci", "-nic", "none"]
    argv += ["-chardev", f"socket,id=agent,path={agent},server=on,wait=off"]
    argv += ["-device", "virtserialport,chardev=agent,name=org.qemu.guest_agent.0"]
    with subprocess.Popen(argv) as process:
        try:
            with _connect(serial) as connection:
                yield Guest(process, connection, monitor, agent)
        finally:
            process.kill()


def _ticks(guest: Guest, count: int) -> list[int]:
    return [int(guest.wait_for(r"millpond tick (\d+)\n")[1]) for _ in range(count)]


def _log_in(guest: Guest) -> None:
    guest.wait_for("login: ")
    guest.type("root\n")
    guest.wait_for("Password: ")
    guest.type("millpond\n")
    guest.wait_for("# ")


def test_document_describes_the_image(template: Path) -> None:
    document = TemplateDocument.model_validate_json((template / "template.json").read_text())
    (disk,) = document.disks
    image = template / disk.file
    assert image.stat().st_size == disk.size <= 64 << 20
    assert hashlib.sha256(image.read_bytes()).hexdigest() == disk.sha256
    assert sorted(p.name for p in template.iterdir()) == ["system.img", "template.json"]


def test_the_same_packages_give_the_same_bytes(template: Path, tmp_path: Path) -> None:
    time.sleep(2.1)  # FAT keeps times in steps of two seconds
    started = time.monotonic()
    build_tiny(tmp_path / "again")
    assert time.monotonic() - started < 60
    same = (template / "system.img", tmp_path / "again/system.img")
    assert same[0].read_bytes() == same[1].read_bytes()


def test_it_counts_and_powers_off_at_the_button(guest: Guest) -> None:
    assert _ticks(guest, 5) == [1, 2, 3, 4, 5]
    for _ in range(60):  # as vm stop does: the button's driver is loaded behind the first tick
        with suppress(OSError, json.JSONDecodeError):  # it is going off already
            guest.tell_monitor({"execute": "system_powerdown"})
        with suppress(subprocess.TimeoutExpired):
            assert guest.process.wait(timeout=2) == 0
            return
    pytest.fail("it does not power off")


@pytest.mark.thorough
def test_login_on_the_counting_console(guest: Guest) -> None:
    assert _ticks(guest, 3) == [1, 2, 3]
    guest.type("\n")
    last = 3
    while found := re.match(r"(?:millpond )?tick (\d+)", guest.wait_for(r"login: |tick \d+")[0]):
        last = int(found[1])
    guest.type("root\n")
    guest.wait_for("Password: ")
    guest.type("wrong\n")
    guest.wait_for("Login incorrect")
    _log_in(guest)
    guest.type("echo $((6 * 7)) on $(hostname)\n")
    guest.wait_for(r"\n42 on tiny\n")
    guest.type("sleep 100\n")
    time.sleep(0.5)
    guest.type("\x03echo interru''pted\n")
    guest.wait_for("interrupted\n")
    guest.type("exit\n")
    assert _ticks(guest, 5) == list(range(last + 1, last + 6))


@pytest.mark.thorough
def test_guest_agent_answers_and_shuts_down(guest: Guest) -> None:
    _ticks(guest, 5)
    with _connect(guest.agent) as channel, channel.makefile("rw") as stream:
        stream.write('{"execute": "guest-get-host-name"}\n')
        stream.flush()
        assert json.loads(stream.readline()) == {"return": {"host-name": "tiny"}}
        stream.write('{"execute": "guest-shutdown"}\n')
        stream.flush()
        assert guest.process.wait(timeout=60) == 0


@pytest.mark.thorough
def test_processor_and_memory_can_be_plugged_in(guest: Guest) -> None:
    _ticks(guest, 5)
    guest.type("\n")
    _log_in(guest)
    guest.type("grep -c ^processor /proc/cpuinfo\n")
    guest.wait_for(r"\n1\n")
    cpu = {"driver": "max-x86_64-cpu", "socket-id": 0, "core-id": 1, "thread-id": 0, "id": "cpu1"}
    memory = {"qom-type": "memory-backend-ram", "id": "mem1", "size": 128 << 20}
    guest.tell_monitor(
        {"execute": "device_add", "arguments": cpu},
        {"execute": "object-add", "arguments": memory},
        {"execute": "device_add", "arguments": {"driver": "pc-dimm", "memdev": "mem1"}},
    )
    # The guest takes its time to plug them in.
    guest.type("until [ $(grep -c ^processor /proc/cpuinfo) = 2 ]; do sleep 1; done; echo bo''th\n")
    guest.wait_for("both\n")
    larger = "[ $(awk '/MemTotal/ {print $2}' /proc/meminfo) -gt 150000 ]"
    guest.type(f"until {larger}; do sleep 1; done; echo lar''ger\n")
    guest.wait_for("larger\n")


def test_a_missing_package_is_named() -> None:
    with pytest.raises(Failed, match="apt-get install syslinux-common"):
        sources.require("/usr/lib/syslinux/mbr/no-such.bin", "syslinux-common")
    with pytest.raises(Failed, match="apt-get install mtools"):
        sources.require_program("no-such-program", "mtools")
