"""The manager's memory with no VM, 1,000 and 10,000.

``python -m bench.memory [--vms N ...]``. A manager that was just started on ten fake servers, each with
its share of running guests, once it knows them all; and again after a client has listed them all.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from bench.common import KIB, Report, show, table
from bench.fleet import Fleet, fleet

SERVERS = 10
SETTLE = 5.0
"""Seconds, a beat of every agent: what start-up needed once is free again, or will never be."""


def run(made: Fleet, counts: list[int]) -> Report:
    rows = []
    for count in counts:
        seconds = made.hold(count)
        time.sleep(SETTLE)
        quiet = _pss(made.manager_pid)
        assert len(made.walk()) == count
        listed = _pss(made.manager_pid)
        rows.append(
            [
                f"{count:,}",
                f"{quiet:.1f}",
                f"{listed:.1f}",
                f"{_peak(made.manager_pid):.1f}",
                f"{seconds:.1f}",
            ]
        )
    report = Report("The manager's memory")
    head = ("VMs", "Pss, MiB", "after listing all, MiB", "peak RSS, MiB", "s until all are known")
    report.parts.append(table(head, rows))
    return report


def _pss(pid: int) -> float:
    """Resident memory in MiB, what is shared with other processes counted in part (proc(5))."""
    return _kib(Path(f"/proc/{pid}/smaps_rollup"), "Pss") / KIB


def _peak(pid: int) -> float:
    return _kib(Path(f"/proc/{pid}/status"), "VmHWM") / KIB


def _kib(path: Path, key: str) -> int:
    for line in path.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == key:
            return int(value.split()[0])
    raise KeyError(key)


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.memory")
    parser.add_argument("--vms", type=int, nargs="+", default=[0, 1000, 10_000])
    counts = sorted(parser.parse_args().vms)
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as directory,
        fleet(Path(directory), SERVERS) as made,
    ):
        return show(run(made, counts))


if __name__ == "__main__":
    sys.exit(main())
