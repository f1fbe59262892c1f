"""Copying to a secondary image what it has not: all of it at first, later what has changed since a fracture, and what
an SP that died had under way."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import closing
from pathlib import Path

from millpond.array.engine.change_map import ChangeMap
from millpond.array.engine.copy import PIECE
from millpond.array.engine.file import LunFile
from millpond.array.exports import BLOCK
from millpond.array.mirroring.replica import Replica
from millpond.array.model.mirror_types import Mirror
from millpond.array.model.types import Lun

log = logging.getLogger(__name__)


class Resync:
    """Once through the map. ``wanted`` says what the mirror is, as long as this SP is to copy it."""

    def __init__(
        self, replica: Replica, path: Path, lun: Lun, wanted: Callable[[], Mirror | None]
    ) -> None:
        self._replica, self._path = replica, path
        self._size = lun.blocks * BLOCK
        self._wanted = wanted

    async def run(self) -> bool:
        """Whether both images are alike now, but for what is written to both anyway."""
        changes = self._replica.flight.changes
        with closing(LunFile(str(self._path))) as file:
            async for at, length in pieces(changes, self._size, self._wanted):
                if not await self._piece(file, at, length):
                    return False
        return self._wanted() is not None

    async def _piece(self, file: LunFile, at: int, length: int) -> bool:
        flown = await self._replica.flight.enter(at, length)
        carried = False
        try:
            carried = await self._replica.carry(file, [(at, length)], inherited=flown.inherited)
        except OSError as error:
            log.error("mirror %s cannot be synchronized: %s", self._replica.uid, error)
        finally:
            self._replica.flight.leave(flown, carried, whole=carried)
        return carried


async def pieces(
    changes: ChangeMap, size: int, wanted: Callable[[], Mirror | None]
) -> AsyncIterator[tuple[int, int]]:
    """Offsets and lengths of what is marked, once through the map of ``size`` bytes, as fast as the mirror's rate
    allows and for as long as ``wanted`` says what that is."""
    offset = 0
    while (mirror := wanted()) and (found := changes.next(offset, PIECE)):
        begun = time.monotonic()
        at, length = found[0], min(found[1], size - found[0])
        yield at, length
        offset = sum(found)
        if mirror.rate.most:
            took = time.monotonic() - begun
            await asyncio.sleep(max(0.0, length / mirror.rate.most - took))
