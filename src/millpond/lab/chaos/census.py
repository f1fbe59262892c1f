"""Which guests have a QEMU process, and in which server: read from /proc of this machine."""

import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from millpond.lab.lab import Lab

_UUID = re.compile(rb"\0-uuid\0([0-9a-f-]{36})\0")


@dataclass(frozen=True)
class Sight:
    """``qemus``: VM id -> the servers in which a QEMU of it lives, sorted. The target of a migration
    that has not begun to run counts too: only time tells it from a second copy. ``frozen``: servers
    whose processes all stand still."""

    qemus: dict[str, tuple[str, ...]]
    frozen: frozenset[str]


def sight(lab: Lab) -> Sight:
    """How the world is now."""
    servers, frozen = {}, set()
    for name, server in lab.powered().items():
        with suppress(OSError):
            servers[str(Path(f"/proc/{server.pid}/ns/pid").readlink())] = name
        if server.frozen:
            frozen.add(name)
    found: dict[str, list[str]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            vm = _UUID.search((entry / "cmdline").read_bytes())
            if vm is None:
                continue
            where = servers.get(str((entry / "ns/pid").readlink()))
            if where is not None:
                found.setdefault(vm[1].decode(), []).append(where)
    return Sight({vm: tuple(sorted(on)) for vm, on in found.items()}, frozenset(frozen))
