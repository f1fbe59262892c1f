"""Live migration through Millpond, against ``virsh migrate`` with the same flags and URIs.

``python -m bench.migration [--pairs N]``, as root. Two guests made alike, one Millpond's and one made
by hand, move to and fro between two servers, taking turns at going first. Total and downtime are what the target's
libvirt says for both (``virsh domjobinfo --completed``). Both guests count on their consoles, and
neither may skip or repeat a number.
"""

import argparse
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from statistics import median
from time import perf_counter

import libvirt

from bench.by_hand import HandMade, Model
from bench.common import SPREAD, Promise, Report, ratios, show, spread, table
from bench.pool import bench_pool
from millpond.adapters.libvirt.migration import control_uri, flags_and_parameters
from millpond.domain.migration import MigrationOptions
from millpond.lab.lab import Lab
from millpond.lab.layout import server_address
from tests.lab.pool import PoolLab, wait_until
from tests.support.truth import Counter, virsh

SERVERS = ("srv1", "srv2")
PAIRS = 60
"""Single downtimes vary fivefold: with 20 pairs the ratio of the medians is 0.15 off as often as not."""
DOWNTIME_LIMIT = 1.1
TOTAL_LIMIT = 1.25

_VIRSH_OPTIONS = {
    libvirt.VIR_MIGRATE_LIVE: "--live",
    libvirt.VIR_MIGRATE_PEER2PEER: "--p2p",
    libvirt.VIR_MIGRATE_TLS: "--tls",
    libvirt.VIR_MIGRATE_UNSAFE: "--unsafe",
    libvirt.VIR_MIGRATE_ABORT_ON_ERROR: "--abort-on-error",
}


@dataclass
class Figures:
    """``total`` and ``downtime`` in ms as libvirt has them, ``wall`` in ms as the asker sees it."""

    total: list[float] = field(default_factory=list)
    downtime: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)

    def measure(self, lab: Lab, vm: str, target: str, migrate: Callable[[], None]) -> None:
        started = perf_counter()
        migrate()
        self.wall.append((perf_counter() - started) * 1000)
        info = virsh(lab, target, "domjobinfo", "--completed", "--keep-completed", vm)
        self.total.append(_milliseconds(info, "Time elapsed"))
        self.downtime.append(_milliseconds(info, "Total downtime"))


def run(pool: PoolLab, pairs: int) -> Report:
    lab = pool.lab
    pool.create("mill", on=SERVERS[0])
    model = Model.of(lab, SERVERS[0], "mill")
    hand = HandMade.prepare(lab, SERVERS[0], "hand", model)
    hand.create()
    counters = [pool.counter("mill"), Counter(lab, hand.id)]
    ours, theirs = Figures(), Figures()
    for n in range(pairs):
        source, target = SERVERS[n % 2], SERVERS[(n + 1) % 2]
        for counter in counters:
            _counts_on(counter)
            counter.arriving(target)
        turns = [
            (ours, "mill", partial(_ask_millpond, pool, target)),
            (theirs, "hand", partial(_migrate, lab, source, target)),
        ]
        for figures, vm, migrate in turns if n % 4 < 2 else reversed(turns):
            figures.measure(lab, vm, target, migrate)
    for counter in counters:
        _counts_on(counter)
    hand.remove(SERVERS[pairs % 2])
    pool.remove("mill")
    return _report(ours, theirs, pairs)


def _counts_on(counter: Counter) -> None:
    """Wait until the guest has printed two more numbers; none may be missing or there twice."""
    before = len(counter.ticks())
    wait_until(lambda: len(counter.ticks()) > before + 1, 60, f"guest {counter.vm_id} counts on")
    assert counter.unbroken(), f"guest {counter.vm_id} counted {counter.ticks()}"


def _ask_millpond(pool: PoolLab, target: str) -> None:
    job = pool.api.do("POST", "/vms/mill/migrate", {"to": target})
    assert job["result"]["downtime_ms"] >= 0


def _migrate(lab: Lab, source: str, target: str) -> None:
    address = server_address(int(target.removeprefix("srv")))
    flags, parameters = flags_and_parameters(address, MigrationOptions())
    options = [o for flag, o in _VIRSH_OPTIONS.items() if flags & flag]
    uri = parameters.pop(libvirt.VIR_MIGRATE_PARAM_URI)
    assert sum(_VIRSH_OPTIONS) & flags == flags, "Millpond uses a flag that is not known here"
    assert not parameters, "Millpond uses a parameter that is not known here"
    virsh(lab, source, "migrate", *options, "hand", control_uri(address), uri)


def _milliseconds(info: str, what: str) -> float:
    found = re.search(rf"^{what}:\s+(\d+)\s+ms", info, re.M)
    assert found is not None, info
    return float(found[1])


def _report(ours: Figures, theirs: Figures, pairs: int) -> Report:
    report = Report(f"live migration, {pairs} pairs")
    rows = []
    for what in ("total", "downtime", "wall"):
        for who, figures in (("Millpond", ours), ("virsh", theirs)):
            rows.append(spread(f"{what}, {who}, ms", getattr(figures, what), "{:.0f}"))
    report.parts += [
        table(SPREAD, rows),
        "Wall: from the request until the asker knows it is done.",
    ]
    report.parts += [f"Total. {ratios(ours.total, theirs.total)}"]
    report.parts += [f"Downtime. {ratios(ours.downtime, theirs.downtime)}"]
    report.parts += ["Both guests counted without a gap or a repetition."]
    for what, limit in (("downtime", DOWNTIME_LIMIT), ("total", TOTAL_LIMIT)):
        ratio = median(getattr(ours, what)) / median(getattr(theirs, what))
        report.promises.append(Promise(f"{what}, ratio of the medians", ratio, limit))
    return report


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.migration")
    parser.add_argument("--pairs", type=int, default=PAIRS)
    pairs = parser.parse_args().pairs
    with bench_pool() as pool:
        return show(run(pool, pairs))


if __name__ == "__main__":
    sys.exit(main())
