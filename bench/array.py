"""The array's iSCSI target against tgtd, and against the bare file.

``python -m bench.array [--rounds N]``, as root; tgtd is Debian's package ``tgt``. All three serve the same
file through ``qemu-img bench`` (QEMU's own initiator, libiscsi), in turns. 4 KiB are asked for in strides
that jump about in the file, larger pieces one after the other. Before what is called cold the file is put
out of the page cache. Debian's fio has no engine for iSCSI.
"""

import argparse
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.common import KIB, Promise, Report, show, table
from tests.support.arrays import takes, until
from tests.support.storage import Storage

SIZE = 1 << 30
STRIDE = 1025 * 4 * KIB
PORT = 13260
CONTROL = "13"
"""tgtd's number among the tgtds of this machine."""
NAME = "iqn.2026-01.example:tgt"
ROUNDS = 5
_TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Cell:
    """``size`` bytes per request, ``depth`` of them under way; ``initiators`` at once."""

    size: int
    depth: int
    count: int
    write: bool = False
    cold: bool = False
    initiators: int = 1

    def __str__(self) -> str:
        size = f"{self.size // KIB} KiB" if self.size < KIB * KIB else "1 MiB"
        words = [size, "write" if self.write else "read", f"QD{self.depth}"]
        words += ["cold" if self.cold else "warm"]
        words += [f"{self.initiators} initiators"] if self.initiators > 1 else []
        return ", ".join(words)


SMALL, MIDDLE, LARGE = 4 * KIB, 64 * KIB, KIB * KIB
CELLS = (
    *(Cell(SMALL, depth, count) for depth, count in ((1, 6000), (16, 20000), (32, 20000))),
    *(
        Cell(SMALL, depth, count, write=True)
        for depth, count in ((1, 6000), (16, 20000), (32, 20000))
    ),
    Cell(SMALL, 16, 10000, initiators=2),
    Cell(SMALL, 16, 10000, write=True, initiators=2),
    Cell(SMALL, 16, 2000, cold=True),
    Cell(MIDDLE, 16, 8000),
    Cell(MIDDLE, 16, 8000, write=True),
    Cell(MIDDLE, 16, 4000, cold=True),
    Cell(LARGE, 4, 1000),
    Cell(LARGE, 4, 1000, write=True),
    Cell(LARGE, 4, 1000, cold=True),
)


@dataclass
class Served:
    """``pids`` of what serves ``url``, none for the bare file. ``rates`` are requests a second."""

    url: str
    pids: tuple[int, ...] = ()
    rates: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def measure(self, cell: Cell, file: Path) -> None:
        if cell.cold:
            _forget(file)
        before = sum(map(_cpu_seconds, self.pids))
        seconds = _bench(self.url, cell)
        requests = cell.count * cell.initiators
        self.rates.append(requests / seconds)
        self.cpu.append((sum(map(_cpu_seconds, self.pids)) - before) / requests * 1e6)


def _forget(file: Path) -> None:
    """Out of the page cache (posix_fadvise(2)), which only what is on disk leaves."""
    with file.open("rb") as opened:
        os.fsync(opened.fileno())
        os.posix_fadvise(opened.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def _cpu_seconds(pid: int) -> float:
    """Of a process and its threads (proc(5))."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICK


def _bench(url: str, cell: Cell) -> float:
    """Seconds, of the initiator that takes the longest."""
    step = STRIDE if cell.size == SMALL else cell.size
    shape = ["-c", str(cell.count), "-d", str(cell.depth), "-s", str(cell.size), "-S", str(step)]
    command = ["qemu-img", "bench", "-f", "raw", *shape, *(["-w"] if cell.write else []), url]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(cell.initiators)
    ]
    said = [process.communicate()[0] for process in running]
    found = [re.search(r"Run completed in ([0-9.]+) seconds", text) for text in said]
    return max(float(match[1]) for match in found if match is not None)


@contextmanager
def tgtd(file: Path) -> Iterator[Served]:
    portal = f"127.0.0.1:{PORT}"
    command = ["tgtd", "--foreground", "-C", CONTROL, "--iscsi", f"portal={portal}"]
    daemon = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until(lambda: takes("127.0.0.1", PORT), 20)
        _tgtadm("--op", "new", "--mode", "target", "--tid", "1", "-T", NAME)
        unit = ("--mode", "logicalunit", "--tid", "1", "--lun", "1")
        _tgtadm("--op", "new", *unit, "--backing-store", str(file))
        _tgtadm("--op", "bind", "--mode", "target", "--tid", "1", "-I", "ALL")
        yield Served(f"iscsi://{portal}/{NAME}/1", (daemon.pid,))
    finally:
        daemon.kill()
        daemon.wait()


def _tgtadm(*words: str) -> None:
    subprocess.run(["tgtadm", "-C", CONTROL, "--lld", "iscsi", *words], check=True)


def run(rounds: int) -> Report:
    report = Report(f"the array's target against tgtd, {rounds} rounds")
    rows = []
    with (
        tempfile.TemporaryDirectory(prefix="bench-array-") as directory,
        Storage(Path(directory) / "array", blocks=SIZE // 512) as storage,
        tgtd(_filled(storage.file(0))) as theirs,
    ):
        sps = tuple(process.pid for process in storage.array.sps.values())
        for cell in CELLS:
            ours = Served(storage.url("A"), sps)
            other, bare = Served(theirs.url, theirs.pids), Served(str(storage.file(0)))
            for n in range(rounds):
                turns = [ours, other, bare]
                for served in turns if n % 2 else reversed(turns):
                    served.measure(cell, storage.file(0))
            rows.append(_row(cell, ours, other, bare))
            ratio = median(ours.rates) / median(other.rates)
            report.promises.append(Promise(f"{cell}, to tgtd", ratio, 1.0, least=True))
    head = ("", "ours, 1/s", "tgtd, 1/s", "to tgtd", "to the file", "CPU, us", "tgtd's CPU, us")
    report.parts.append(table(head, rows))
    return report


def _filled(file: Path) -> Path:
    """Every block there, as in a LUN that has been used."""
    piece = os.urandom(LARGE)
    with file.open("r+b") as opened:
        for _ in range(SIZE // LARGE):
            opened.write(piece)
    return file


def _row(cell: Cell, ours: Served, other: Served, bare: Served) -> list[str]:
    rate = median(ours.rates)
    return [
        str(cell),
        f"{rate:.0f}",
        f"{median(other.rates):.0f}",
        f"{rate / median(other.rates):.2f}",
        f"{rate / median(bare.rates):.2f}",
        f"{median(ours.cpu):.0f}",
        f"{median(other.cpu):.0f}",
    ]


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.array", description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--save", metavar="NAME", help="a short name of this machine")
    asked = parser.parse_args()
    return show(run(asked.rounds), save=asked.save)


if __name__ == "__main__":
    sys.exit(main())
