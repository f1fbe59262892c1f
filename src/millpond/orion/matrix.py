"""The load points of a run: how many small and how many large I/Os are outstanding at once.

A column of the matrix has one load of small I/Os, a row one of large ones. The point without any I/O is in no
run, for there is nothing to measure.
"""

from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

from millpond.orion.request import Matrix, Request, Run

SMALL_PER_DISK = 5
LARGE_PER_DISK = 2
OLTP_LOADS = 20
DSS_LOADS = 15
MOST_LOADS = 30
"""With more disks than this allows for, not every load is measured: published runs of the original take each
of 30 loads and every second of 40."""


class Point(NamedTuple):
    """Outstanding I/Os; ``large`` are streams if these are sequential."""

    small: int
    large: int


@dataclass(frozen=True)
class Loads:
    """``small`` and ``large`` head the columns and rows of the files of results; ``points`` are measured, in
    this order: small I/Os alone first, then with rising loads of large ones."""

    small: tuple[int, ...]
    large: tuple[int, ...]
    points: tuple[Point, ...]


def rising(most: int) -> tuple[int, ...]:
    """From 1 to ``most`` in even steps, both included; empty for 0."""
    step = -(-most // MOST_LOADS) or 1
    return tuple(sorted({*range(step, most + 1, step), 1, most})) if most else ()


def loads(request: Request) -> Loads:
    """The matrix of a request that has been checked."""
    disks = request.num_disks
    small, large = (0, *rising(SMALL_PER_DISK * disks)), (0, *rising(LARGE_PER_DISK * disks))
    match request.run:
        case Run.SIMPLE:
            return _cross(small, large)
        case Run.NORMAL:
            return _whole(small, large)
        case Run.OLTP:
            return _whole(tuple(disks * n for n in range(1, OLTP_LOADS + 1)), (0,))
        case Run.DSS:
            return _whole((0,), tuple(disks * n for n in range(1, DSS_LOADS + 1)))
    num_small, num_large = request.num_small or 0, request.num_large or 0
    match request.matrix:
        case Matrix.DETAILED:
            return _whole(small, large)
        case Matrix.POINT:
            return _whole((num_small,), (num_large,))
        case Matrix.COL:
            return _whole((num_small,), large)
        case Matrix.ROW:
            return _whole(small, (num_large,))
        case Matrix.MAX:
            return _whole((0, *rising(num_small)), (0, *rising(num_large)))
    return _cross(small, large)


def _cross(small: tuple[int, ...], large: tuple[int, ...]) -> Loads:
    """The first row and the first column: small I/Os alone and large I/Os alone."""
    row, column = [Point(s, 0) for s in small if s], [Point(0, n) for n in large if n]
    return Loads(small, large, (*row, *column))


def _whole(small: tuple[int, ...], large: tuple[int, ...]) -> Loads:
    points = tuple(Point(s, n) for n, s in product(large, small) if s or n)
    return Loads(small, large, points)
