"""Which regions of a LUN have changed: one byte for each, in a file that both SPs have mapped.

A byte for each, not a bit: setting one is a single store, so two processes never undo each other's marks.
What is marked is in the page cache and outlives the process; not a power cut, after which nobody knows which
marks are missing. So the file says in which boot of the machine it was written; in another one, every region
counts as changed.
"""

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Iterable
from pathlib import Path
from uuid import UUID

from millpond.adapters.host.kernel import boot_id

REGION = 16 << 10
"""Bytes of a region."""
_BOOT = struct.Struct("<16s")
_PROGRESS = struct.Struct("<QQd")
"""Regions that were marked when it was made, bytes copied since, and the seconds that took."""
_PIECE = struct.Struct("<QQ")
_PROGRESS_AT, _PIECE_AT, _MARKS_AT = 16, 64, 4096


class ChangeMap:
    """Offsets and lengths are bytes. It is never closed, only forgotten: a thread may still be writing."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            self._map = mmap.mmap(handle, os.fstat(handle).st_size)
        finally:
            os.close(handle)

    def mark(self, offset: int, length: int) -> None:
        if length:
            first, end = self._at(offset), self._at(offset + length - 1) + 1
            self._map[first:end] = b"\1" * (end - first)

    def clear(self, offset: int) -> None:
        """The region there is marked no more. Only for whoever alone writes to it."""
        self._map[self._at(offset)] = 0

    def is_marked(self, offset: int) -> bool:
        return bool(self._map[self._at(offset)])

    @property
    def current(self) -> bool:
        """Whether it was written in this boot: in another one nobody knows which marks are missing."""
        return self._map[: _BOOT.size] == _boot()

    def marked(self) -> int:
        """Bytes of all marked regions."""
        step = 1 << 20
        size = len(self._map)
        return REGION * sum(
            self._map[at : at + step].count(1) for at in range(_MARKS_AT, size, step)
        )

    def differs(self) -> bool:
        return self._map.find(b"\1", _MARKS_AT) >= 0

    def add(self, other: "ChangeMap") -> None:
        """Mark what is marked in a map of the same size."""
        offset, step = 0, 1 << 30
        while found := other.next(offset, step):
            self.mark(*found)
            offset = sum(found)

    def next(self, offset: int, most: int) -> tuple[int, int] | None:
        """The next marked piece from ``offset`` on, of at most ``most`` bytes."""
        first = self._map.find(b"\1", self._at(offset))
        if first < 0:
            return None
        limit = min(len(self._map), first + most // REGION)
        end = self._map.find(b"\0", first, limit)
        end = limit if end < 0 else end
        return (first - _MARKS_AT) * REGION, (end - first) * REGION

    def count(self) -> None:
        """What is marked now is what there is to copy: progress begins."""
        _PROGRESS.pack_into(self._map, _PROGRESS_AT, self.marked() // REGION, 0, 0.0)

    # -- for the one that copies

    def begin(self) -> None:
        """Marks of another boot count for nothing; what a copier that died had in hand is to be copied
        again."""
        if not self.current:
            self._map[_MARKS_AT:] = b"\1" * (len(self._map) - _MARKS_AT)
            self._map[: _BOOT.size] = _boot()
        offset, length = _PIECE.unpack_from(self._map, _PIECE_AT)
        most = (len(self._map) - _MARKS_AT) * REGION
        self.mark(min(offset, most), min(length, most - min(offset, most)))

    def take(self, offset: int, most: int) -> tuple[int, int] | None:
        """The next changed piece from ``offset`` on, of at most ``most`` bytes. Its marks are gone, so that
        what is written to it from now on is marked again; it is kept as the piece in hand."""
        found = self.next(offset, most)
        if found:
            _PIECE.pack_into(self._map, _PIECE_AT, *found)
            first = self._at(found[0])
            self._map[first : first + found[1] // REGION] = bytes(found[1] // REGION)
        return found

    def copied(self, length: int, seconds: float) -> None:
        """The piece in hand is where it belongs."""
        _PIECE.pack_into(self._map, _PIECE_AT, 0, 0)
        initial, done, busy = _PROGRESS.unpack_from(self._map, _PROGRESS_AT)
        _PROGRESS.pack_into(self._map, _PROGRESS_AT, initial, done + length, busy + seconds)

    def progress(self) -> tuple[int, float]:
        """Percent of what was marked at first, and bytes copied in a second so far."""
        initial, done, busy = _PROGRESS.unpack_from(self._map, _PROGRESS_AT)
        left = self.marked() // REGION
        percent = 100 * max(0, initial - left) // initial if initial else 100 * (not left)
        return percent, done / busy if busy else 0.0

    def _at(self, offset: int) -> int:
        return _MARKS_AT + offset // REGION


def create(path: Path, length: int, runs: Iterable[tuple[int, int]]) -> None:
    """A map of ``length`` bytes, with those runs (offset, length) marked; it is there for good when this
    returns. What a crash left under the name is replaced. All its room is taken now: a mark in a page that
    the file system has no block for would end the process (SIGBUS). Raises OSError."""
    path.unlink(missing_ok=True)
    with path.open("xb") as stream:
        try:
            os.posix_fallocate(stream.fileno(), 0, _MARKS_AT + -(-length // REGION))
        except OSError:
            path.unlink()
            raise
        stream.write(_boot())
    made = ChangeMap(path)
    for offset, size in runs:
        made.mark(offset, size)
    made.count()
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


class CopyLock:
    """Whoever holds it is the only one that copies by a map, for as long as his process lives. Opened before
    the map is removed, it still tells when that one has let go."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        self._handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def take(self, patience: float = 0.0) -> None:
        """Raises BlockingIOError if another has it after ``patience`` seconds."""
        deadline = time.monotonic() + patience
        while True:
            try:
                fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                return
            except BlockingIOError:
                if time.monotonic() >= deadline:
                    raise
                time.sleep(0.01)

    def release(self) -> None:
        fcntl.flock(self._handle, fcntl.LOCK_UN)

    def close(self) -> None:
        os.close(self._handle)


def _boot() -> bytes:
    return UUID(boot_id()).bytes
