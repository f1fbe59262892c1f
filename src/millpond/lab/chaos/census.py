"""Which guests have a QEMU process, and in which server: read from /proc of this machine."""

import re
from contextlib import suppress
from pathlib import Path

from millpond.lab.lab import Lab

_UUID = re.compile(rb"\0-uuid\0([0-9a-f-]{36})\0")


def namespaces(lab: Lab) -> dict[str, str]:
    """PID namespace -> server, of the servers that are on."""
    found = {}
    for server in lab.status().servers:
        if server.pid is not None:
            with suppress(OSError):
                found[str(Path(f"/proc/{server.pid}/ns/pid").readlink())] = server.name
    return found


def qemus(servers: dict[str, str]) -> dict[str, list[str]]:
    """VM id -> the servers in which a QEMU of it lives; ``servers`` as ``namespaces`` has them.
    The target of a migration that has not begun to run counts too: only time tells it from a
    second copy."""
    found: dict[str, list[str]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes()
            vm = _UUID.search(command)
            if vm is None:
                continue
            server = servers.get(str((entry / "ns/pid").readlink()))
            if server is not None:
                found.setdefault(vm[1].decode(), []).append(server)
    return found
