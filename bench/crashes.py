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
    """Seconds from the power cut ``at`` (time.monotonic), one figure for each guest lost: ``elsewhere``
    until this machine's process table has a QEMU of it in another server, ``answered`` until the
    first stamp of its new boot stands on its own disk. ``succeeded``: until the cluster had another
    head, if the server was that."""

    server: str
    at: float
    succeeded: float | None = None
    elsewhere: list[float] = field(default_factory=list)
    answered: list[float] = field(default_factory=list)


def guests_on(lab: Lab, disks: dict[str, Path]) -> dict[str, list[str]]:
    """Server -> the guests (ids, as in ``disks``) whose only QEMU is there."""
    found: dict[str, list[str]] = {}
    for vm, servers in census.sight(lab).qemus.items():
        if vm in disks and len(servers) == 1:
            found.setdefault(servers[0], []).append(vm)
    return found


def next_victim(lab: Lab, disks: dict[str, Path], head: str, turn: int) -> str:
    """A server with guests: the cluster's head (its master, or whatever decides there) in every third
    turn, another one else, as far as they have guests."""
    servers = sorted(guests_on(lab, disks))
    wanted = [s for s in servers if (s == head) is (turn % 3 == 0)] or servers
    return wanted[turn % len(wanted)]


Look = Callable[[], bool]


def cut_power(
    lab: Lab, disks: dict[str, Path], server: str, succeeded: Look | None = None
) -> Crash:
    """Crash the server and wait for its guests; ``disks``: guest id -> its stamp disk. ``succeeded``
    is asked until it says so, if the server is the cluster's head."""
    lost = guests_on(lab, disks).get(server, [])
    boots = {vm: _boot(disks[vm]) for vm in lost}
    found = Crash(server, time.monotonic())
    lab.crash(server)
    starting, silent = set(lost), set(lost)
    while silent or (succeeded and found.succeeded is None):
        now = time.monotonic() - found.at
        assert now < PATIENCE, f"not back within {PATIENCE:.0f} s: {silent or 'a new head'}"
        if succeeded and found.succeeded is None and succeeded():
            found.succeeded = now
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


KINDS = ("succeeded", "elsewhere", "answered")


def values(crashes: Sequence[Crash], kind: str) -> list[float]:
    """Of ``KINDS``, sorted."""
    found = [getattr(c, kind) for c in crashes]
    flat = [v for f in found for v in (f if isinstance(f, list) else [f])]
    return sorted(v for v in flat if v is not None)


def rows(what: str, crashes: Sequence[Crash]) -> list[list[str]]:
    """For a table headed ``SPREAD``."""
    found = []
    for kind in KINDS:
        if all_ := values(crashes, kind):
            figures = (all_[0], *(percentile(all_, p) for p in (50, 95)), all_[-1])
            found.append([f"{what}: {kind}", str(len(all_)), *(f"{v:.1f}" for v in figures)])
    return found


def distribution(what: str, crashes: Sequence[Crash]) -> str:
    """Every figure of ``elsewhere``, in one line."""
    return f"{what}, elsewhere: {' '.join(f'{v:.1f}' for v in values(crashes, 'elsewhere'))}"
