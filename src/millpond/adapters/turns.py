"""One at a time, for each of many things."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary


class Turns:
    """Nothing is kept of a key that nobody holds or waits for."""

    def __init__(self) -> None:
        # Whoever holds a lock or waits for it refers to it, and nobody else needs it.
        self._locks: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def alone(self, key: str) -> AsyncIterator[None]:
        """Wait until nobody else is in here for ``key``."""
        lock = self._locks.setdefault(key, asyncio.Lock())
        async with lock:
            yield
