"""Figures of the last hour and day, in this process's memory only: for charts. They are no truth, and a
restart of the manager empties them."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from math import isnan, nan

FORGET_SECONDS = 86_400.0
_TIDY_SECONDS = 600.0

Row = tuple[float, ...]


class Span(StrEnum):
    """How far back: an hour by 20 s, or a day by 5 minutes."""

    HOUR = "hour"
    DAY = "day"


STEPS = {Span.HOUR: (20, 180), Span.DAY: (300, 288)}
"""Seconds of one sample, and how many are kept."""


class Ring:
    """The newest ``size`` samples of ``width`` figures, each the average of ``step`` seconds. Times
    are seconds of any clock that only goes forward."""

    def __init__(self, step: int, size: int, width: int) -> None:
        self.step = step
        self._size = size
        self._width = width
        self._cells = array("f", [nan]) * (size * width)
        self._newest = -1
        self._merged = 0

    def put(self, since: float, until: float, row: Row) -> None:
        """These were the averages from ``since`` to ``until``, which is later than before."""
        sample = int(until // self.step)
        if sample == self._newest:
            old = self._at(sample)
            self._merged += 1
            row = tuple(o + (new - o) / self._merged for o, new in zip(old, row, strict=True))
            self._set(sample, row)
            return
        covered = min(int(since // self.step) + 1, sample)
        first = covered if self._newest < 0 else self._newest + 1
        for number in range(max(first, sample - self._size + 1), sample + 1):
            self._set(number, row if number >= covered else (nan,) * self._width)
        self._newest, self._merged = sample, 1

    def rows(self) -> Iterator[tuple[float, "array[float]"]]:
        """The time at which each sample begins, and its figures (NaN: not known), oldest first."""
        for number in range(max(0, self._newest - self._size + 1), self._newest + 1):
            yield float(number * self.step), self._at(number)

    def _at(self, number: int) -> "array[float]":
        start = number % self._size * self._width
        return self._cells[start : start + self._width]

    def _set(self, number: int, row: Row) -> None:
        start = number % self._size * self._width
        self._cells[start : start + self._width] = array("f", row)


class _Track:
    """One object's samples, and the figures that were told last."""

    def __init__(self, width: int) -> None:
        self.rings = {span: Ring(*STEPS[span], width) for span in Span}
        self.told = 0.0
        self.last: Row = ()

    def put(self, since: float, until: float, row: Row) -> None:
        self.told, self.last = until, row
        for ring in self.rings.values():
            ring.put(since, until, row)


@dataclass(frozen=True)
class Series:
    """``columns``: by figure, one value a ``step`` (seconds), None where it is not known. ``start``
    (seconds since 1970 UTC) is when the first one begins."""

    start: float
    step: int
    columns: dict[str, list[float | None]]


class Tracks:
    """The ``figures`` of many objects. ``clock`` gives seconds and only goes forward, ``wall`` seconds since
    1970 UTC."""

    def __init__(
        self, figures: tuple[str, ...], clock: Callable[[], float], wall: Callable[[], float]
    ) -> None:
        self._figures = figures
        self._clock = clock
        self._wall = wall
        self._tracks: dict[str, _Track] = {}
        self._tidied = clock()

    def __contains__(self, key: str) -> bool:
        return key in self._tracks

    def put(self, key: str, since: float, until: float, row: Row) -> None:
        """As of ``Ring``, with NaN for what is not known."""
        track = self._tracks.get(key)
        if track is None:
            track = self._tracks[key] = _Track(len(self._figures))
        track.put(since, until, row)

    def last(self, key: str, within: float) -> Row | None:
        """What was told last, unless that is longer ago than ``within`` seconds."""
        track = self._tracks.get(key)
        return track.last if track and self._clock() - track.told <= within else None

    def series(self, key: str, span: Span) -> Series:
        """Without values if nothing is known."""
        track = self._tracks.get(key)
        found = list(track.rings[span].rows()) if track else []
        first = next((n for n, (_, row) in enumerate(found) if not isnan(row[0])), len(found))
        known = found[first:]
        start = known[0][0] + self._wall() - self._clock() if known else 0.0
        none: list[Row] = [()] * len(self._figures)
        columns = zip(*(row for _, row in known), strict=True) if known else none
        return Series(
            start=round(start),
            step=STEPS[span][0],
            columns={
                figure: [None if isnan(value) else value for value in column]
                for figure, column in zip(self._figures, columns, strict=True)
            },
        )

    def tidy(self) -> bool:
        """Forget, now and then, what has told nothing for a day: it is gone, or off. Says whether it did."""
        now = self._clock()
        if now - self._tidied < _TIDY_SECONDS:
            return False
        self._tidied = now
        for key in [k for k, track in self._tracks.items() if now - track.told > FORGET_SECONDS]:
            del self._tracks[key]
        return True
