"""The CSV files of results: a row for each load of large I/Os, a column for each of small ones."""

from collections.abc import Callable, Iterable, Sequence

from millpond.orion.matrix import Loads, Point
from millpond.orion.results import Measured

_CORNER = "Large/Small"


def iops(loads: Loads, found: Iterable[Measured]) -> str:
    """I/Os per second of the small I/Os."""
    return _small(loads, found, lambda m: f"{m.iops:.0f}")


def latency(loads: Loads, found: Iterable[Measured]) -> str:
    """Mean latency of the small I/Os, in microseconds."""
    return _small(loads, found, lambda m: f"{m.latency:.2f}" if m.latency is not None else "")


def mbps(loads: Loads, found: Iterable[Measured]) -> str:
    """MiB per second of the large I/Os."""
    cells = {m.point: f"{m.mbps:.2f}" for m in found}
    return _table(loads.small, [n for n in loads.large if n], cells)


def _small(loads: Loads, found: Iterable[Measured], show: Callable[[Measured], str]) -> str:
    cells = {m.point: show(m) for m in found}
    return _table([n for n in loads.small if n], loads.large, cells)


def _table(columns: Sequence[int], rows: Sequence[int], cells: dict[Point, str]) -> str:
    lines = [_line(_CORNER, [str(small) for small in columns])]
    for large in rows:
        lines.append(_line(str(large), [cells.get(Point(small, large), "") for small in columns]))
    return "".join(lines)


def _line(first: str, values: list[str]) -> str:
    """What was not measured is blank, and left out at the end of a line."""
    while values and not values[-1]:
        values.pop()
    return ",".join([f"{first:>{len(_CORNER)}}", *(f"{value:>7}" for value in values)]) + "\n"
