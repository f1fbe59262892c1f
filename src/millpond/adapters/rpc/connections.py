"""Connections to agents, kept and lent out one at a time, the one used last first."""

import asyncio
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from millpond.adapters.rpc.http import Connection

_SHORT = 64  # connections to one agent for short calls; further ones queue
_LASTING = 1024  # for streams and calls that wait: they keep no short call waiting
_IDLE_SECONDS = 60.0  # shorter than the agent keeps it, so that it is we who hang up


class Connections:
    """To the agent of ``server`` at an address."""

    def __init__(self, address: str, port: int, context: ssl.SSLContext, server: str) -> None:
        self._address = address
        self._port = port
        self._context = context
        self._server = server
        self._idle: deque[tuple[float, Connection]] = deque()  # the one used last at the end
        self._turns = {False: asyncio.Semaphore(_SHORT), True: asyncio.Semaphore(_LASTING)}

    @asynccontextmanager
    async def lend(self, lasting: bool) -> AsyncIterator[Connection]:
        """One for a single request. Raises OSError if there is none."""
        async with self._turns[lasting]:
            connection = self._take() or await Connection.open(
                self._address, self._port, self._context, self._server
            )
            try:
                yield connection
            except BaseException:
                connection.close()  # who knows in the middle of what it was
                raise
            if connection.usable:
                self._idle.append((time.monotonic(), connection))
            else:
                connection.close()
            self._drop_old()

    def close(self) -> None:
        """Those that are lent out are left to their users."""
        while self._idle:
            self._idle.popleft()[1].close()

    def _take(self) -> Connection | None:
        self._drop_old()
        while self._idle:
            connection = self._idle.pop()[1]
            if connection.usable:
                return connection
            connection.close()
        return None

    def _drop_old(self) -> None:
        while self._idle and self._idle[0][0] < time.monotonic() - _IDLE_SECONDS:
            self._idle.popleft()[1].close()
