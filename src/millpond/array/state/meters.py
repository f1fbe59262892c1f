"""Meters that both SPs share: when the next command of an I/O class is due."""

import mmap
import os
import time
from pathlib import Path

BACKGROUND, RATE = 62, 63
"""The slot of what is in no class while a policy has goals to keep, and where its rate is."""
SLOTS = 64
CREDIT = 0.05
"""Seconds of a limit that may be used at once by a class that has been idle."""
LONGEST = 3600.0
"""Seconds: no meter is further ahead than that, but for one that another boot of the machine left."""


class SharedMeters:
    """A virtual schedule for each slot (the generic cell rate algorithm): a command takes its time of it, and
    begins when that comes. A command of each SP at the very same instant may count as one: neither waits for a
    lock."""

    def __init__(self, path: Path) -> None:
        """Raises OSError."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(handle).st_size < SLOTS * 8:
                os.ftruncate(handle, SLOTS * 8)
            self._map = mmap.mmap(handle, SLOTS * 8)
        finally:
            os.close(handle)
        self._due = memoryview(self._map).cast("d")

    def set_rate(self, rate: float) -> None:
        """Commands of the background in a second; 0 for any number."""
        self._due[RATE] = rate

    def background(self) -> float:
        """How long until the next of them begins."""
        rate = self._due[RATE]
        return self.take(BACKGROUND, 1 / rate) if rate > 0 else 0.0

    def take(self, slot: int, seconds: float) -> float:
        """``seconds`` of the class's time; how long until they begin."""
        now, due = time.monotonic(), self._due[slot]
        if not now - CREDIT <= due <= now + LONGEST:
            due = now - CREDIT
        self._due[slot] = due + seconds
        return max(0.0, due - now)
