"""The other truth: what the servers themselves say, whatever Millpond believes."""

import re
import time
from dataclasses import dataclass, field
from itertools import product

from millpond.domain.errors import Refused
from millpond.lab.lab import Lab
from millpond.lab.layout import server_name

TICK = re.compile(r"millpond tick (\d+)\r?\n")
LIBVIRT_PATIENCE = 90.0
"""Seconds that libvirtd may take to answer on a server that boots, or after its end, on two busy cores."""


def servers(lab: Lab) -> list[str]:
    """The lab's servers that are on."""
    return [s.name for s in lab.status().servers if s.state == "running"]


def virsh(lab: Lab, server: str, *args: str) -> str:
    """What virsh prints on a server; AssertionError if it fails."""
    done = lab.exec(server, ["virsh", "-c", "qemu:///system", *args])
    assert done.returncode == 0, done.stderr
    return done.stdout


def running(lab: Lab, server: str) -> list[str]:
    """The names of the VMs that its virsh knows as running. A libvirtd that is on its way, because its
    server boots or it has just ended, is waited for; a server that is off has none."""
    deadline = time.monotonic() + LIBVIRT_PATIENCE
    while True:
        try:
            done = lab.exec(server, ["virsh", "-c", "qemu:///system", "list", "--name"])
        except Refused:
            return []
        if done.returncode == 0:
            return done.stdout.split()
        assert time.monotonic() < deadline, done.stderr
        time.sleep(0.1)


def runs_on(lab: Lab, vm: str) -> list[str]:
    """The servers whose virsh knows the VM as running. They are asked in turn, and it may have ended on
    one and begun on the next meanwhile: so two of them are asked again."""
    found = [s for s in servers(lab) if vm in running(lab, s)]
    return found if len(found) < 2 else [s for s in found if vm in running(lab, s)]


def guest_xml(lab: Lab, server: str, vm: str) -> str:
    return virsh(lab, server, "dumpxml", vm)


@dataclass
class Counter:
    """Every tick a guest has printed, on whichever server.

    A server starts a guest's serial log anew when the guest comes (back) to it: call ``arriving``
    before, so that what the old log holds is kept. One that never came leaves the old log there.
    A guest may be moved in the middle of a line: then one log ends with its first half and another
    begins with the second.
    """

    lab: Lab
    vm_id: str
    _kept: list[str] = field(default_factory=list)

    def arriving(self, server: str) -> None:
        self._kept += (log for log in self._logs(server) if log not in self._kept)

    def ticks(self) -> list[int]:
        """In ascending order."""
        there = [t for i in self.lab.layout.indexes() for t in self._logs(server_name(i))]
        logs = [old for old in self._kept if not any(t.startswith(old) for t in there)] + there
        found = [int(n) for text in logs for n in TICK.findall(text)]
        firsts = [text.rpartition("\n")[2] for text in logs]
        seconds = [text.partition("\n")[0] + "\n" for text in logs]
        for first, second in product(firsts, seconds):
            line = TICK.fullmatch(first + second) if first and not TICK.match(second) else None
            if line is not None and int(line[1]) not in found:
                found.append(int(line[1]))
        return sorted(found)

    def unbroken(self) -> bool:
        """1, 2, 3 ... without a gap and without a repetition."""
        found = self.ticks()
        return found == list(range(1, len(found) + 1))

    def _logs(self, server: str) -> list[str]:
        logs = self.lab.layout.servers / server
        found = logs.glob(f"var/log/libvirt/qemu/*{self.vm_id}*.log")
        return [log.read_bytes().decode("latin-1") for log in found]
