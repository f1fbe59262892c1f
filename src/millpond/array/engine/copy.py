"""Bringing one LUN's file to where another's is, while hosts write to the first."""

import time

from millpond.array.engine.change_map import ChangeMap
from millpond.array.engine.file import LunFile

PIECE = 1 << 20
"""Bytes copied at once."""


class Copy:
    """All of it by ``changes``, in which writes to ``source`` are marked. Methods raise OSError."""

    def __init__(self, source: LunFile, into: LunFile, changes: ChangeMap, length: int) -> None:
        self.source, self.into, self.changes, self._length = source, into, changes, length

    def piece(self, offset: int) -> tuple[int, int] | None:
        """Copy the next changed piece from ``offset`` on; where it ends, and its length. None: there is no
        more."""
        taken = self.changes.take(offset, PIECE)
        if taken is None:
            return None
        begun = time.monotonic()
        at, length = taken
        try:
            self._carry(at, min(at + length, self._length))
        except BaseException:
            self.changes.mark(at, length)
            raise
        self.changes.copied(length, time.monotonic() - begun)
        return at + length, length

    def rest(self) -> None:
        """All that is left, and wait for the disk."""
        offset = 0
        while done := self.piece(offset):
            offset = done[0]
        self.into.flush()

    def _carry(self, offset: int, end: int) -> None:
        for at, length, filled in self.source.runs(offset, end):
            if filled:
                data = bytearray(length)
                self.source.read(memoryview(data), at)
                self.into.write(data, at)
            else:
                self.into.punch(at, length)
