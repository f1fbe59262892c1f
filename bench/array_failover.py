"""``python -m bench.array_failover [--writes N] [--kills N]``: storage processors killed under a writer.

QEMU's own initiator writes one stamped block after the other, over the portal of one SP and, when that does not
answer, the other's. SPs are killed in turns (SIGKILL), each as soon as its peer is up again. Every write that was
acknowledged must be there at the end.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.common import Promise, Report, show
from millpond.array.model.types import SPS
from millpond.array.state.peer import other
from tests.support import qemu_io
from tests.support.qemu_io import Writer
from tests.support.storage import LUN_BLOCKS, Storage

WRITES, KILLS = 100_000, 20
STALL = 10.0
"""Seconds: the writer's patience, a login, and what takeover.py promises."""


def run(directory: Path, writes: int, kills: int) -> Report:
    with Storage(directory / "array") as storage:
        writer = Writer([storage.url(sp) for sp in SPS], LUN_BLOCKS * 512 // qemu_io.BLOCK)
        try:
            for n in range(kills):
                _until(writer, (n + 1) * writes // (kills + 1))
                victim = SPS[n % 2]
                if other(victim) not in storage.array.sps:
                    storage.start(other(victim))
                storage.kill(victim)
            _until(writer, writes)
        finally:
            writer.close()
        last = next(sp for sp in SPS if sp in storage.array.sps)
        back = directory / "back"
        raw = ("-f", "raw", "-O", "raw")
        subprocess.run(["qemu-img", "convert", *raw, storage.url(last), back], check=True)
        lost = len(writer.lost(back.read_bytes()))
    report = Report(f"{writer.count} writes while SPs are killed {kills} times")
    report.parts.append(f"The writer changed its path {writer.switched} times.")
    report.promises += [
        Promise("acknowledged writes that are lost", lost, 0),
        Promise("longest stall", writer.longest, STALL, " s"),
    ]
    return report


def _until(writer: Writer, count: int) -> None:
    while writer.count < count:
        writer.step()


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.array_failover", description=__doc__)
    parser.add_argument("--writes", type=int, default=WRITES)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--save", metavar="NAME", help="a short name of this machine")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-sps-") as directory:
        return show(run(Path(directory), asked.writes, asked.kills), save=asked.save)


if __name__ == "__main__":
    sys.exit(main())
