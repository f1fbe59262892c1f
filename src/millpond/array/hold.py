"""No host writes to any LUN for a moment, through whichever SP: what is copied meanwhile is of one instant.

The peer holds for as long as the connection that asked it is open, so neither SP's death leaves the other
held for good.
"""

import asyncio
from types import TracebackType
from typing import Self

from millpond.array.processor import REST, Processor
from millpond.array.store.store import NotHeld

PATIENCE = 30.0
"""Seconds that the thread waits for the event loop: more than ``REST``."""


class Hold:
    """A context manager for the threads that carry out commands. Only one is entered at a time in an array:
    whoever does has the store's lock. Raises ``NotHeld``, OSError."""

    def __init__(self, processor: Processor, loop: asyncio.AbstractEventLoop) -> None:
        self._processor, self._loop = processor, loop
        self._writer: asyncio.StreamWriter | None = None
        self._reader: asyncio.StreamReader | None = None

    def __enter__(self) -> Self:
        begun = asyncio.run_coroutine_threadsafe(self._begin(), self._loop)
        try:
            begun.result(PATIENCE)
        except BaseException:
            begun.cancel()
            self._leave()
            raise
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _: TracebackType | None,
    ) -> None:
        self._leave()

    def verify(self) -> None:
        """Raises ``NotHeld`` if the peer has died since, for another may have come up in its place, or if
        it was dead and has come up."""
        if self._reader is None:
            if self._processor.state.peer.alive():
                raise NotHeld("the other SP came up meanwhile")
        elif self._reader.at_eof():
            raise NotHeld("the other SP went down meanwhile")

    async def _begin(self) -> None:
        """A peer that takes longer is refused, not reset: it may only have a slow disk."""
        try:
            async with asyncio.timeout(REST):
                await self._processor.hold(self)
                connection = await self._processor.state.peer.keep({"hold": True})
        except TimeoutError as error:
            raise NotHeld(
                f"commands of hosts that were under way did not end within {REST:.0f} s"
            ) from error
        if connection is not None:
            self._reader, self._writer = connection

    def _leave(self) -> None:
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result(PATIENCE)

    async def _end(self) -> None:
        if self._writer is not None:
            self._writer.close()
        self._processor.release(self)
