"""A LUN as a sparse file."""

import ctypes
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

from millpond.array.engine.change_map import ChangeMap

PUNCH_HOLE = 0x02 | 0x01
"""FALLOC_FL_PUNCH_HOLE with FALLOC_FL_KEEP_SIZE (fallocate(2))."""

_libc = ctypes.CDLL(None, use_errno=True)
_libc.fallocate.argtypes = (ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64)

Buffer = bytes | bytearray | memoryview


class LunFile:
    """Offsets and lengths are bytes. All raise OSError. Both SPs have the file open: what one has written
    (it is in the page cache then, and survives the process) the other reads."""

    def __init__(self, path: str, changes: Iterable[str] = ()) -> None:
        self.handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self._changes: tuple[ChangeMap, ...] = ()
        self.track(changes)

    def track(self, changes: Iterable[str]) -> None:
        """Mark what is written from the next call on in these maps. One that is not there any more was of a
        copy that has ended since."""
        found = []
        for path in changes:
            with suppress(FileNotFoundError):
                found.append(ChangeMap(Path(path)))
        self._changes = tuple(found)

    def reopen(self, path: str) -> None:
        """Be that file from the next call on; a call that is under way ends on the old one."""
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        try:
            os.dup2(handle, self.handle, inheritable=False)
        finally:
            os.close(handle)

    def close(self) -> None:
        os.close(self.handle)

    def read_cached(self, into: memoryview, offset: int) -> bool:
        """Fill ``into`` if all of it is in memory, without waiting for a disk (RWF_NOWAIT, preadv2(2));
        False if it is not, or the file system cannot tell."""
        try:
            return os.preadv(self.handle, [into], offset, os.RWF_NOWAIT) == len(into)
        except OSError:
            return False

    def read(self, into: memoryview, offset: int) -> None:
        done = 0
        while done < len(into):
            count = os.preadv(self.handle, [into[done:]], offset + done)
            if not count:
                raise OSError(f"the LUN's file ends before {offset + len(into)}")
            done += count

    def write(self, data: Buffer, offset: int) -> None:
        self._mark(offset, len(data))
        try:
            done = os.pwrite(self.handle, data, offset)
            while done < len(data):
                done += os.pwrite(self.handle, memoryview(data)[done:], offset + done)
        finally:
            self._mark(offset, len(data))

    def punch(self, offset: int, length: int) -> None:
        """Read as zeros from now on; whole file system blocks of it are free again."""
        self._mark(offset, length)
        try:
            if _libc.fallocate(self.handle, PUNCH_HOLE, offset, length):
                number = ctypes.get_errno()
                raise OSError(number, os.strerror(number))
        finally:
            self._mark(offset, length)

    def _mark(self, offset: int, length: int) -> None:
        """Before a change, for this process may be killed amid it; and after it, for it may have been copied
        half made."""
        for changes in self._changes:
            changes.mark(offset, length)

    def flush(self) -> None:
        os.fdatasync(self.handle)

    def read_ahead(self, offset: int, length: int) -> None:
        os.posix_fadvise(self.handle, offset, length, os.POSIX_FADV_WILLNEED)

    def runs(self, offset: int, end: int) -> Iterator[tuple[int, int, bool]]:
        """(offset, length, whether there are data) from ``offset`` to ``end``."""
        while offset < end:
            data = self._seek(offset, os.SEEK_DATA, end)
            if data > offset:
                yield offset, data - offset, False
            stop = self._seek(data, os.SEEK_HOLE, end) if data < end else end
            if stop > data:
                yield data, stop - data, True
            offset = stop

    def _seek(self, offset: int, what: int, end: int) -> int:
        try:
            return min(os.lseek(self.handle, offset, what), end)
        except OSError:  # ENXIO: nothing but a hole up to the end
            return end
