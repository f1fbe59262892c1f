"""Latencies by powers of two, as text."""

from collections.abc import Iterator

from millpond.orion.results import BUCKETS, LAST_BOUND, Latency, Measured, bounds


def text(measured: Measured) -> str:
    """All histograms of a load point."""
    parts = []
    for kind, read, write in (
        ("Small", measured.small_read, measured.small_write),
        ("Large", measured.large_read, measured.large_write),
    ):
        if read or write:
            title = f"{kind} Read / Write Latency Histogram @ {where(measured)}"
            parts.append("\n".join([title, *_rows(read, write)]) + "\n")
    return "\n".join(parts) or f"No I/O was completed @ {where(measured)}\n"


def where(measured: Measured) -> str:
    return f"Small={measured.point.small} and Large={measured.point.large}"


def _rows(read: Latency | None, write: Latency | None) -> Iterator[str]:
    """The percentages add up from row to row. The last row takes all that lies beyond the longest latency."""
    yield f"{'Latency:':>16}{'# of IOs (read)':>40}{'# of IOs (write)':>26}"
    last = max(_last(read), _last(write)) + 1
    for index in range(min(last, BUCKETS - 1) + 1):
        start, end = bounds(index)
        if index == last:
            end = LAST_BOUND
        cells = "".join(f"{_count(part, index):>26}" for part in (read, write))
        yield f"{start:>9} - {end:<10} us:{cells}"


def _last(part: Latency | None) -> int:
    """The last bucket with an I/O in it."""
    return max((i for i, count in enumerate(part.buckets) if count), default=0) if part else 0


def _count(part: Latency | None, index: int) -> str:
    if part is None:
        return f"{0} ({0:6.2f}%)"
    share = 100 * sum(part.buckets[: index + 1]) / part.ios
    return f"{part.buckets[index]} ({share:6.2f}%)"
