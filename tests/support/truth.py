"""The other truth: what the servers themselves say, whatever Millpond believes."""

import re
from pathlib import Path

from millpond.lab.lab import Lab

TICK = re.compile(r"millpond tick (\d+)\r?\n")


def servers(lab: Lab) -> list[str]:
    """The lab's servers that are on."""
    return [s.name for s in lab.status().servers if s.state == "running"]


def virsh(lab: Lab, server: str, *args: str) -> str:
    """What virsh prints on a server; AssertionError if it fails."""
    done = lab.exec(server, ["virsh", "-c", "qemu:///system", *args])
    assert done.returncode == 0, done.stderr
    return done.stdout


def runs_on(lab: Lab, vm: str) -> list[str]:
    """The servers whose virsh knows the VM as running."""
    return [s for s in servers(lab) if vm in virsh(lab, s, "list", "--name").split()]


def guest_xml(lab: Lab, server: str, vm: str) -> str:
    return virsh(lab, server, "dumpxml", vm)


def console_logs(lab: Lab, vm_id: str) -> list[Path]:
    """The serial logs of a VM on all servers it has been on, as files of this machine."""
    return sorted(lab.layout.servers.glob(f"*/**/*{vm_id}*.log"))


def ticks(lab: Lab, vm_id: str) -> list[int]:
    """Every tick the guest has printed, on whichever server, in ascending order."""
    return sorted(
        int(n) for log in console_logs(lab, vm_id) for n in TICK.findall(log.read_text("latin-1"))
    )


def unbroken(found: list[int]) -> bool:
    """1, 2, 3 ... without a gap and without a repetition."""
    return found == list(range(1, len(found) + 1))
