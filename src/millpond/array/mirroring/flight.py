"""Which regions of a primary image are being written to: they are marked as long as the images may differ there.

A region is locked against the other SP for as long as any write of this SP is under way in it (an open file
description lock, fcntl(2), which goes with the process). So a mark is taken away by whoever alone knows that the
region is in both images; what a dead SP had under way stays marked, and is not locked.
"""

import asyncio
import fcntl
import os
import struct
import time
import weakref
from dataclasses import dataclass, field
from pathlib import Path

from millpond.array.engine.change_map import REGION, ChangeMap

_LOCK = struct.Struct("hhqqi4x")
"""``struct flock``."""
AGAIN = 0.001
"""Seconds until a region that the peer writes to is tried again."""
LONG = 0.25
"""Seconds after which this SP lets no more writes into a region before it has left it: the peer may want it."""
PAUSE = 5 * AGAIN
"""Seconds for which it has left it then."""


class Flown:
    """A write under way, from ``offset`` to ``end``. ``inherited``: somebody's write there did not get into both
    images before, and may have been a dead SP's that is still under way to the other one."""

    def __init__(self, offset: int, end: int) -> None:
        self.offset, self.end = offset, end
        self.inherited = False
        self.left = asyncio.get_running_loop().create_future()

    @property
    def regions(self) -> range:
        return range(self.offset // REGION, -(-self.end // REGION))


@dataclass
class _Region:
    """``clean``: the images were alike here, and all that was written since is in both."""

    clean: bool
    inherited: bool
    writes: int = 0
    since: float = field(default_factory=time.monotonic)


class Flight:
    """By the map at ``path``. Of one SP, on its event loop. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self.changes = ChangeMap(path)
        self._handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
        self.close = weakref.finalize(self, os.close, self._handle)
        """At the latest when nobody has a write under way by it any more."""
        self._flown: set[Flown] = set()
        self._regions: dict[int, _Region] = {}
        self._left: dict[int, float] = {}

    async def enter(self, offset: int, length: int, first: bool = True) -> Flown:
        """Return when nobody else writes there; it is marked then. ``first``: who enters has entered nowhere yet, so
        it may wait until this SP has left the regions to its peer."""
        flown = Flown(offset, offset + length)
        while True:
            before = next((f for f in self._flown if _meet(f, flown)), None)
            if before is not None:
                await asyncio.wait([before.left])
            elif first and self._kept_long(flown.regions):
                await asyncio.sleep(AGAIN)
            elif self._lock(flown.regions, fcntl.F_WRLCK):
                break
            else:
                await asyncio.sleep(AGAIN)
        self._flown.add(flown)
        for number in flown.regions:
            region = self._regions.get(number)
            if region is None:
                marked = self.changes.is_marked(number * REGION)
                region = self._regions[number] = _Region(not marked, marked)
            region.writes += 1
            flown.inherited = flown.inherited or region.inherited
        self.changes.mark(offset, length)
        return flown

    def leave(self, flown: Flown, carried: bool, whole: bool = False) -> None:
        """``carried``: it is in both images; ``whole``: so is all of its regions."""
        for number in flown.regions:
            region = self._regions[number]
            region.clean = carried and (region.clean or whole)
            region.writes -= 1
            if not region.writes:
                if region.clean:
                    self.changes.clear(number * REGION)
                del self._regions[number]
                self._leave(number, region)
                self._lock(range(number, number + 1), fcntl.F_UNLCK)
        self._flown.discard(flown)
        flown.left.set_result(None)

    def _leave(self, number: int, region: _Region) -> None:
        now = time.monotonic()
        if now > region.since + LONG:
            self._left = {n: until for n, until in self._left.items() if until > now}
            self._left[number] = now + PAUSE

    def _kept_long(self, regions: range) -> bool:
        """Or has just been left, after long."""
        if not self._left and not self._regions:
            return False
        now = time.monotonic()
        return any(
            self._left.get(n, 0.0) > now
            or (n in self._regions and now > self._regions[n].since + LONG)
            for n in regions
        )

    def _lock(self, regions: range, kind: int) -> bool:
        """All of them, or none."""
        wanted = _LOCK.pack(kind, os.SEEK_SET, regions.start, len(regions), 0)
        try:
            fcntl.fcntl(self._handle, fcntl.F_OFD_SETLK, wanted)
        except BlockingIOError:
            return False
        return True


def _meet(one: Flown, two: Flown) -> bool:
    return one.offset < two.end and two.offset < one.end
