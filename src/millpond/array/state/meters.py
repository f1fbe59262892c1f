"""Meters that both SPs share: when the next command of an I/O class is due, and what has become of them."""

import mmap
import os
import time
from pathlib import Path
from typing import NamedTuple

from millpond.array.exports import SpName

BACKGROUND, RATE = 62, 63
"""The slot of what is in no class while a policy has goals to keep, and where its rate is."""
SLOTS = 64
CREDIT = 0.05
"""Seconds of a limit that may be used at once by a class that has been idle."""
SIZE = 5 * SLOTS * 8
"""Bytes: when each slot is due, and what each SP has done of it."""
LONGEST = 3600.0
"""Seconds: no meter is further ahead than that, but for one that another boot of the machine left."""


class Done(NamedTuple):
    """Commands of a slot that have ended, and the seconds that they took together."""

    commands: float = 0.0
    seconds: float = 0.0


class SharedMeters:
    """A virtual schedule for each slot (the generic cell rate algorithm): a command takes its time of it, and
    begins when that comes. A command of each SP at the very same instant may count as one: neither waits for a
    lock."""

    def __init__(self, path: Path, sp: SpName) -> None:
        """``sp``: whose commands are counted here. Raises OSError."""
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            if os.fstat(handle).st_size < SIZE:
                os.ftruncate(handle, SIZE)
            self._map = mmap.mmap(handle, SIZE)
        finally:
            os.close(handle)
        self._words = memoryview(self._map).cast("d")
        self._mine = _counts_of(sp)

    def set_rate(self, rate: float) -> None:
        """Commands of the background in a second; 0 for any number."""
        self._words[RATE] = rate

    @property
    def rate(self) -> float:
        return self._words[RATE]

    def background(self) -> float:
        """How long until the next of them begins."""
        rate = self.rate
        return self.take(BACKGROUND, 1 / rate) if rate > 0 else 0.0

    def take(self, slot: int, seconds: float) -> float:
        """``seconds`` of the class's time; how long until they begin."""
        now, due = time.monotonic(), self._words[slot]
        if not now - CREDIT <= due <= now + LONGEST:
            due = now - CREDIT
        self._words[slot] = due + seconds
        return max(0.0, due - now)

    def ended(self, slot: int, seconds: float) -> None:
        """A command of it has, ``seconds`` after it came."""
        at = self._mine + 2 * slot
        self._words[at] += 1
        self._words[at + 1] += seconds

    def done(self) -> list[Done]:
        """Of each slot, through both SPs, since the array was made."""
        words, first = self._words, [_counts_of(sp) for sp in ("A", "B")]
        return [
            Done(sum(words[at] for at in where), sum(words[at + 1] for at in where))
            for where in ([at + 2 * slot for at in first] for slot in range(SLOTS))
        ]


def _counts_of(sp: str) -> int:
    """Where they begin. Each SP has its own: of two that add to the same number at once, one would be lost."""
    return SLOTS * (3 if sp == "B" else 1)
