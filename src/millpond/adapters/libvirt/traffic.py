"""Calls to libvirtd that are under way, and times without any, in which it may be restarted."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager

from millpond.domain.errors import Refused, Unknown

REST_PATIENCE = 30.0
"""Seconds to wait for such a time. Whoever wants one comes again, and nobody else is kept waiting."""
_LOOK_AGAIN = 0.1
_SETTLED = 1.0
"""What has just ended here may yet have to be told to another server's libvirtd."""


class Traffic:
    """``call_patience``: seconds a call waits for the end of a rest. Belongs to one asyncio loop."""

    def __init__(self, call_patience: float) -> None:
        self._patience = call_patience
        self._under_way = 0
        self._over: asyncio.Event | None = None

    async def wait(self, step: str) -> None:
        """Until no rest keeps calls back. Raises ``Unknown`` if that takes too long."""
        try:
            async with asyncio.timeout(self._patience):
                while self._over is not None:
                    await self._over.wait()
        except TimeoutError:
            raise Unknown(step, "libvirtd is being restarted") from None

    @property
    def resting(self) -> bool:
        return self._over is not None

    @contextmanager
    def call(self) -> Iterator[None]:
        """One that begins while nobody rests."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    @asynccontextmanager
    async def rest(
        self, at_work: Callable[[], Awaitable[bool]], patience: float = REST_PATIENCE
    ) -> AsyncIterator[None]:
        """A time in which no call is under way, and libvirtd is not ``at_work`` by itself either: new
        calls wait until it is over. Raises ``Refused(server.busy)`` if there is none within
        ``patience`` seconds."""
        deadline = asyncio.get_running_loop().time() + patience
        idle = False
        while True:
            if not self._under_way and self._over is None:
                self._over = asyncio.Event()
                try:
                    before, idle = idle, not await at_work()
                    if before and idle:
                        yield
                        return
                finally:
                    self._over.set()
                    self._over = None
            if asyncio.get_running_loop().time() >= deadline:
                raise Refused(
                    "server.busy",
                    "libvirt",
                    "it starts, saves or moves guests, which a restart would break off",
                    "nothing: the certificate is renewed later",
                )
            await asyncio.sleep(_SETTLED if idle else _LOOK_AGAIN)
