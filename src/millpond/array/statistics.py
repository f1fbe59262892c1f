"""How much hosts read and write, counted where commands end: for each LUN at each port of an SP, since it
started. What a port, an SP or a LUN has done are sums of these."""

from collections.abc import Iterable, Mapping
from time import monotonic_ns
from typing import NamedTuple

from millpond.array.exports import SpName
from millpond.array.scsi.blocks import WRITING, Access, Kind


class Count:
    """It is on the way of every command: a few additions. ``busy`` are nanoseconds from a command's arrival to
    its answer, those of all commands together."""

    __slots__ = ("blocks_read", "blocks_written", "busy", "reads", "writes")

    def __init__(self) -> None:
        self.reads = self.writes = self.blocks_read = self.blocks_written = self.busy = 0

    def ended(self, access: Access, begun: int) -> None:
        """A command that was carried out. ``begun``: when it came (monotonic_ns)."""
        if access.kind is Kind.READ:
            self.reads += 1
            self.blocks_read += access.blocks
        elif access.kind in WRITING:
            self.writes += 1
            self.blocks_written += access.blocks
        else:
            return
        self.busy += monotonic_ns() - begun


class Counted(NamedTuple):
    """What a LUN did at a port, as it goes from one SP to the other. ``wwn`` in hex."""

    wwn: str
    port: int
    reads: int
    writes: int
    blocks_read: int
    blocks_written: int
    busy: int


class Sum(NamedTuple):
    reads: int
    writes: int
    blocks_read: int
    blocks_written: int
    busy: int

    @property
    def response(self) -> float:
        """Milliseconds that a command took on average."""
        commands = self.reads + self.writes
        return self.busy / commands / 1e6 if commands else 0.0


Statistics = Mapping[SpName, list[Counted]]
"""Of each SP that runs and answers."""


def rows(counts: Mapping[tuple[bytes, int], Count]) -> list[Counted]:
    """It may be asked for from any thread."""
    return [
        Counted(wwn.hex(), port, c.reads, c.writes, c.blocks_read, c.blocks_written, c.busy)
        for (wwn, port), c in list(counts.items())
    ]


def total(counted: Iterable[Counted]) -> Sum:
    return summed(Sum(*row[2:]) for row in counted)


def summed(sums: Iterable[Sum]) -> Sum:
    return Sum(*map(sum, zip(Sum(0, 0, 0, 0, 0), *sums, strict=True)))
