"""What arrays count becomes rates: of all of an array, of each SP and of each LUN."""

import pytest

from millpond.domain.array_load import LunCounters
from millpond.manager.array_samples import FIGURES, FRESH, ArraySamples, LunLoad
from millpond.manager.tracks import Series, Span

ARRAY = "cx4"
KIB = 1024


class Told:
    """Samples, and a clock that tests move."""

    def __init__(self) -> None:
        self.now = 0.0
        self.samples = ArraySamples(clock=lambda: self.now, wall=lambda: 1e6 + self.now)

    def after(self, seconds: float, *luns: LunCounters) -> None:
        self.now += seconds
        self.samples.heard(ARRAY, luns)

    def last(self, of: str = "") -> list[float | None]:
        columns = self.samples.series(ARRAY, of, Span.HOUR).columns
        return [columns[figure][-1] for figure in FIGURES]


def lun(number: int, a: int, b: int, busy: float | None = 0.0) -> LunCounters:
    """``a`` commands came through SP A and ``b`` through SP B, as many reads as writes, of 4 and 8 KiB."""
    done = {"A": a, "B": b}
    return LunCounters(
        number=number,
        name=f"lun {number}",
        reads=done,
        writes=done,
        bytes_read={sp: n * 4 * KIB for sp, n in done.items()},
        bytes_written={sp: n * 8 * KIB for sp, n in done.items()},
        busy=busy,
    )


def test_counters_become_rates() -> None:
    told = Told()
    told.after(0, lun(0, 100, 0, 50.0), lun(1, 0, 0))
    assert told.samples.series(ARRAY, "", Span.HOUR) == Series(
        start=0, step=20, columns={figure: [] for figure in FIGURES}
    )
    assert told.samples.loads(ARRAY) == []
    told.after(60, lun(0, 220, 60, 50.0 + 720.0), lun(1, 0, 60, 60.0))
    assert told.last() == [4, 4, 16 * KIB, 32 * KIB, pytest.approx(780 / 480)]
    assert told.last("0") == [3, 3, 12 * KIB, 24 * KIB, 2]
    assert told.last("A") == [2, 2, 8 * KIB, 16 * KIB, 2]
    assert told.last("B") == [2, 2, 8 * KIB, 16 * KIB, pytest.approx((240 + 60) / 240)]
    assert told.samples.loads(ARRAY) == [
        LunLoad(0, "lun 0", (3, 3, 12 * KIB, 24 * KIB, 2)),
        LunLoad(1, "lun 1", (1, 1, 4 * KIB, 8 * KIB, 0.5)),
    ]
    assert told.samples.loads("another") == []


def test_an_idle_lun_takes_no_time() -> None:
    told = Told()
    for _ in range(2):
        told.after(60, lun(0, 100, 0, 50.0))
    assert told.last("0") == [0, 0, 0, 0, 0]


def test_how_long_commands_take_may_not_be_told() -> None:
    told = Told()
    told.after(60, lun(0, 0, 0, None))
    told.after(60, lun(0, 60, 0, None))
    assert told.last("0") == [1, 1, 4 * KIB, 8 * KIB, None]


def test_an_sp_that_was_started_anew_begins_at_nothing() -> None:
    told = Told()
    told.after(60, lun(0, 100, 100), lun(1, 0, 0))
    told.after(60, lun(0, 10, 160), lun(1, 0, 120))
    assert told.samples.series(ARRAY, "0", Span.HOUR).columns["reads"] == []
    assert told.last() == [2, 2, 8 * KIB, 16 * KIB, 0], "of what is known"
    told.after(60, lun(0, 70, 160), lun(1, 0, 120))
    assert told.last("0")[0] == 1


def test_what_was_long_ago_is_not_told_as_now() -> None:
    told = Told()
    for n in (0, 60):
        told.after(60, lun(0, n, 0))
    assert len(told.samples.loads(ARRAY)) == 1
    told.now += FRESH + 1
    assert told.samples.loads(ARRAY) == []


def test_an_array_that_tells_nothing_has_no_samples() -> None:
    told = Told()
    for _ in range(2):
        told.after(60)
    assert told.samples.series(ARRAY, "", Span.HOUR).columns["reads"] == []
