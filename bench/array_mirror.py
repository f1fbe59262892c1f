"""``python -m bench.array_mirror [--kills N] [--writes N]``: arrays killed under a writer, and their mirrors promoted.

Two arrays are linked, and a LUN of the first has a synchronous image in the second. A host stamps random blocks through
both SPs of the first, eight at a time; both are killed (SIGKILL) after a random number of writes. The image in the
second array is promoted and read as a host reads it: every write that was acknowledged must be there. Then all of it
once more, the other way round: what was promoted gets an image in the first array.
"""

import argparse
import random
import sys
import tempfile
import time
from pathlib import Path

from bench.common import Promise, Report, show
from millpond.array.model.mirror_types import ImageState
from millpond.array.model.types import SPS
from tests.support.linked import Doomed, Pair, image, navi, pair, uid_of
from tests.support.storage import MIB

KILLS, WRITES = 100, 1000
BLOCKS = 8 * MIB // 512
STALL = 30.0
"""Seconds: what hosts wait for a command."""


def run(directory: Path, kills: int, writes: int, seed: int) -> Report:
    chosen = random.Random(seed)
    lost = written = 0
    took: list[float] = []
    with pair(directory, SPS, BLOCKS) as arrays:
        arrays.mirror()
        for _ in range(kills):
            writer = Doomed(arrays.one, 0, BLOCKS)
            writer.start()
            try:
                writer.wait_for(chosen.randrange(1, 2 * writes))
                begun = time.monotonic()
                for sp in SPS:
                    arrays.one.kill(sp)
            finally:
                writer.end()
            arrays.act("-promoteimage", uid=uid_of(arrays.two), at=arrays.two)
            found = image(arrays.two, BLOCKS)
            took.append(time.monotonic() - begun)
            lost += len(writer.lost(found))
            written += len(writer.last)
            arrays = _turned(arrays)
    report = Report(f"a primary array killed {kills} times, seed {seed}")
    report.parts.append(f"{written} blocks had been written and were looked at.")
    report.promises += [
        Promise("acknowledged writes that are lost", lost, 0),
        Promise("from the kill to what a host has read", max(took), STALL, " s"),
    ]
    return report


def _turned(arrays: Pair) -> Pair:
    """The array that died is up, has forgotten the mirror, and gets the image of the other one's."""
    again = Pair(arrays.two, arrays.one, SPS)
    for sp in SPS:
        again.two.start(sp)
    again.wait_linked()
    again.act("-removeimage", uid=uid_of(again.one), at=again.two)
    navi(again.two, "mirror", "-sync", "-destroy", "-name", "m0", "-o")
    again.add()
    again.wait(ImageState.SYNCHRONIZED)
    return again


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench.array_mirror", description=__doc__)
    parser.add_argument("--kills", type=int, default=KILLS)
    parser.add_argument("--writes", type=int, default=WRITES, help="on average, before each kill")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--save", metavar="NAME", help="a short name of this machine")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-mirror-") as directory:
        report = run(Path(directory), asked.kills, asked.writes, asked.seed)
        return show(report, save=asked.save)


if __name__ == "__main__":
    sys.exit(main())
