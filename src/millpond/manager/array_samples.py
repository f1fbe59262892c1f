"""What hosts have done to arrays lately. Arrays tell nothing by themselves: each is asked once a minute."""

import asyncio
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import nan

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.domain.array import ArrayKind
from millpond.domain.array_load import LunCounters
from millpond.domain.errors import MillpondError
from millpond.manager.arrays import Arrays
from millpond.manager.store.arrays import ArrayRow
from millpond.manager.tracks import Row, Series, Span, Tracks

log = structlog.get_logger(__name__)

FIGURES = ("reads", "writes", "bytes_read", "bytes_written", "response")
"""Commands and bytes a second, and milliseconds that a command took."""
_COUNTED = ("reads", "writes", "bytes_read", "bytes_written")
EVERY = 60.0
"""Seconds between two questions: each starts a program here, and costs an SP of a real array some of its time."""
FRESH = 3 * EVERY


@dataclass(frozen=True)
class LunLoad:
    """``rates`` as ``FIGURES`` has them; the last is NaN if the array does not tell."""

    number: int
    name: str
    rates: Row


@dataclass(frozen=True)
class _Done:
    """What hosts did between two looks. ``busy`` in milliseconds, NaN if it is not told."""

    counts: tuple[int, ...] = (0, 0, 0, 0)
    busy: float = 0.0

    @property
    def commands(self) -> int:
        return self.counts[0] + self.counts[1]

    def __add__(self, other: "_Done") -> "_Done":
        counts = tuple(a + b for a, b in zip(self.counts, other.counts, strict=True))
        return _Done(counts, self.busy + other.busy)

    def row(self, seconds: float) -> Row:
        response = self.busy / max(self.commands, 1)
        return (*(count / seconds for count in self.counts), response)


class ArraySamples:
    """``clock`` gives seconds and only goes forward, ``wall`` seconds since 1970 UTC."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._clock = clock
        self._tracks = Tracks(FIGURES, clock, wall)
        self._before: dict[str, tuple[float, dict[int, LunCounters]]] = {}

    def heard(self, array: str, counters: Iterable[LunCounters]) -> None:
        """What has changed since the array (by id) last told is the sample. A LUN whose counters went back is left
        out: an SP was started anew."""
        self._tracks.tidy()
        now, seen = self._clock(), {one.number: one for one in counters}
        before = self._before.get(array)
        self._before[array] = (now, seen)
        if before is None or now <= before[0]:
            return
        since, known = before
        by_sp: dict[str, _Done] = {}
        whole = _Done()
        for number in seen.keys() & known.keys():
            done = _since(known[number], seen[number])
            if any(min(each.counts) < 0 for each in done.values()):
                continue
            lun = sum(done.values(), _Done())
            whole += lun
            self._tracks.put(f"{array} {number}", since, now, lun.row(now - since))
            for sp, each in done.items():
                by_sp[sp] = by_sp.get(sp, _Done()) + each
        if by_sp:
            self._tracks.put(array, since, now, whole.row(now - since))
        for sp, each in by_sp.items():
            self._tracks.put(f"{array} {sp}", since, now, each.row(now - since))

    def series(self, array: str, of: str, span: Span) -> Series:
        """Of all of the array (by id), or of one of its SPs or LUNs; without values if nothing is known."""
        return self._tracks.series(f"{array} {of}".rstrip(), span)

    def loads(self, array: str) -> list[LunLoad]:
        """Of each LUN that something is known of now, by number."""
        _, luns = self._before.get(array, (0.0, {}))
        found = {number: self._tracks.last(f"{array} {number}", FRESH) for number in sorted(luns)}
        return [LunLoad(n, luns[n].name, rates) for n, rates in found.items() if rates is not None]


def _since(before: LunCounters, after: LunCounters) -> Mapping[str, _Done]:
    """By SP. How long commands took is told of all together: each SP is given its share."""
    told = after.busy is not None and before.busy is not None
    busy = max(0.0, (after.busy or 0.0) - (before.busy or 0.0)) if told else nan
    counted = {
        sp: _Done(tuple(getattr(after, n)[sp] - getattr(before, n).get(sp, 0) for n in _COUNTED))
        for sp in after.reads
    }
    commands = max(sum(each.commands for each in counted.values()), 1)
    return {sp: _Done(each.counts, busy * each.commands / commands) for sp, each in counted.items()}


async def sample_forever(arrays: Arrays, samples: ArraySamples) -> None:
    silent: set[str] = set()
    while True:
        try:
            rows = await arrays.everyone()
        except SQLAlchemyError as error:
            log.error("array_samples.database", error=str(error))
        else:
            asked = [row for row in rows if row.kind != ArrayKind.PLAIN]
            await asyncio.gather(*(_sample(arrays, samples, row, silent) for row in asked))
        await asyncio.sleep(EVERY)


async def _sample(arrays: Arrays, samples: ArraySamples, row: ArrayRow, silent: set[str]) -> None:
    """One that does not answer, or whose answer makes no sense, is asked again the next time; the log says it
    once."""
    try:
        samples.heard(row.id, await arrays.driver(row).counters())
        silent.discard(row.id)
    except Exception as error:
        if row.id not in silent:
            unforeseen = not isinstance(error, MillpondError)
            log.warning("array.not_sampled", array=row.name, error=str(error), exc_info=unforeseen)
        silent.add(row.id)
