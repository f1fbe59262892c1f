"""Power cuts timed from the outside, whoever brings the guests back."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.common import percentile
from millpond.lab.chaos import census, stamps
from millpond.lab.lab import Lab

PATIENCE = 240.0
LOOK = 0.02
SPREAD = ("seconds from the power cut", "n", "min", "p50", "p95", "max")


@dataclass
class Crash:
    """Seconds from the power cut, one figure for each guest lost: ``elsewhere`` until this machine's
    process table has a QEMU of it in another server, ``answered`` until the first stamp of its new
    boot stands on its own disk."""

    server: str
    elsewhere: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)


def guests_on(lab: Lab, disks: dict[str, Path]) -> dict[str, list[str]]:
    """Server -> the guests (ids, as in ``disks``) whose only QEMU is there."""
    found: dict[str, list[str]] = {}
    for vm, servers in census.sight(lab).qemus.items():
        if vm in disks and len(servers) == 1:
            found.setdefault(servers[0], []).append(vm)
    return found


def next_victim(lab: Lab, disks: dict[str, Path], turn: int) -> str:
    """Servers with guests, in turn."""
    servers = sorted(guests_on(lab, disks))
    return servers[turn % len(servers)]


def cut_power(lab: Lab, disks: dict[str, Path], server: str, crash: Callable[[], None]) -> Crash:
    """``crash`` the server and wait for its guests; ``disks``: guest id -> its stamp disk."""
    lost = guests_on(lab, disks).get(server, [])
    boots = {vm: _boot(disks[vm]) for vm in lost}
    found = Crash(server)
    began = time.monotonic()
    crash()
    starting, silent = set(lost), set(lost)
    while silent:
        now = time.monotonic() - began
        assert now < PATIENCE, f"not back within {PATIENCE:.0f} s: {silent}"
        up = census.sight(lab).qemus if starting else {}
        for vm in [v for v in starting if set(up.get(v, ())) - {server}]:
            starting.discard(vm)
            found.elsewhere.append(now)
        for vm in [v for v in silent - starting if _boot(disks[v]) not in ("", boots[v])]:
            silent.discard(vm)
            found.answered.append(now)
        time.sleep(LOOK)
    return found


def _boot(disk: Path) -> str:
    stamp = stamps.read(disk)
    return stamp.boot if stamp else ""


def rows(what: str, crashes: Sequence[Crash]) -> list[list[str]]:
    """For a table headed ``SPREAD``."""
    found = []
    for kind in ("elsewhere", "answered"):
        values = [v for c in crashes for v in getattr(c, kind)]
        if values:
            figures = (min(values), *(percentile(values, p) for p in (50, 95)), max(values))
            found.append([f"{what}: {kind}", str(len(values)), *(f"{v:.1f}" for v in figures)])
    return found
