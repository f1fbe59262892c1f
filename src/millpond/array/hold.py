"""No host writes to any LUN for a moment, through whichever SP: what is copied meanwhile is of one instant.

The peer holds for as long as the connection that asked it is open, so neither SP's death leaves the other
held for good.
"""

import asyncio
from types import TracebackType
from typing import Self

from millpond.array.processor import Processor

PATIENCE = 30.0
"""Seconds for both SPs to come to rest."""


class Hold:
    """A context manager for the threads that carry out commands. Only one is entered at a time in an array:
    whoever does has the store's lock. Raises OSError."""

    def __init__(self, processor: Processor, loop: asyncio.AbstractEventLoop) -> None:
        self._processor, self._loop = processor, loop
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.StreamReader | None = None

    def __enter__(self) -> Self:
        asyncio.run_coroutine_threadsafe(self._begin(), self._loop).result(PATIENCE)
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(PATIENCE)

    def verify(self) -> None:
        """Raises OSError if the peer has died since, for another may have come up in its place."""
        if self._reader is not None and self._reader.at_eof():
            raise OSError("the other SP went down meanwhile; try again")

    async def _begin(self) -> None:
        await self._processor.hold()
        connection = await self._processor.state.peer.keep({"hold": True})
        if connection is not None:
            self._reader, self._writer = connection

    async def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._processor.release()
