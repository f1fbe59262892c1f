"""TLS connections to agents, kept and lent out one at a time.

httpx has a pool of its own, but looks at every connection of it whenever a request begins or ends;
with dozens of them that costs more than the request. So each client here has one connection, and
the one used last is lent first.
"""

import asyncio
import socket
import ssl
import time
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

_SHORT = 64  # connections to one agent for short calls; further ones queue
_LASTING = 1024  # for streams and calls that wait: they keep no short call waiting
_IDLE_SECONDS = 60.0  # shorter than the agent keeps it, so that it is we who hang up

# A server whose power was cut says nothing more: with these the kernel notices within 10 s, so
# that a call's patience only covers an agent that is alive and slow (tcp(7)).
_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000),
)


class Connections:
    """To one agent at ``url`` (``https://host:port``)."""

    def __init__(self, url: str, context: ssl.SSLContext) -> None:
        self._url = url
        self._context = context
        self._idle: deque[tuple[float, httpx.AsyncClient]] = deque()  # the one used last at the end
        self._turns = {False: asyncio.Semaphore(_SHORT), True: asyncio.Semaphore(_LASTING)}

    @asynccontextmanager
    async def lend(self, lasting: bool) -> AsyncIterator[httpx.AsyncClient]:
        """A client for one request at a time, connected or about to be."""
        async with self._turns[lasting]:
            client = self._idle.pop()[1] if self._idle else self._new()
            try:
                yield client
            except BaseException:
                await client.aclose()  # who knows in the middle of what it was
                raise
            self._idle.append((time.monotonic(), client))
            await self._drop_old()

    async def close(self) -> None:
        """Those that are lent out are left to their users."""
        while self._idle:
            await self._idle.popleft()[1].aclose()

    async def _drop_old(self) -> None:
        while self._idle and self._idle[0][0] < time.monotonic() - _IDLE_SECONDS:
            await self._idle.popleft()[1].aclose()

    def _new(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            base_url=self._url,
            trust_env=False,
            transport=httpx.AsyncHTTPTransport(
                verify=self._context,
                trust_env=False,
                limits=httpx.Limits(max_connections=1, keepalive_expiry=_IDLE_SECONDS),
                socket_options=_SOCKET_OPTIONS,
            ),
        )
