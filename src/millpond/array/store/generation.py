"""The number of the last change, in memory that all processes of the array share."""

import mmap
import os
import struct
from pathlib import Path

_WORD = struct.Struct("=Q")


class Generation:
    """``value`` costs no system call."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
        try:
            if os.fstat(handle).st_size < _WORD.size:
                os.ftruncate(handle, _WORD.size)
            self._map = mmap.mmap(handle, _WORD.size)
        finally:
            os.close(handle)

    @property
    def value(self) -> int:
        found: int = _WORD.unpack(self._map[:])[0]
        return found

    def set(self, value: int) -> None:
        self._map[:] = _WORD.pack(value)

    def close(self) -> None:
        self._map.close()
