"""A WebSocket for threads.

websockets has a client of that kind, which reads and writes a connection in two threads. Under TLS
neither OpenSSL nor CPython before 3.13.4 guards that: what is written while the server's session
tickets come in may never be sent. So everything happens in one thread, with its own event loop.
"""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from functools import cache
from typing import Any, TypeVar

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosedOK

T = TypeVar("T")


@cache
def _loop() -> asyncio.AbstractEventLoop:
    """The one loop of this process."""
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="websockets", daemon=True).start()
    return loop


def _run(work: Coroutine[Any, Any, T], timeout: float | None = None) -> T:
    running = asyncio.run_coroutine_threadsafe(work, _loop())
    try:
        return running.result(timeout)
    except BaseException:
        running.cancel()
        raise


async def _opened(opening: connect) -> ClientConnection:
    return await opening


class Wire:
    """Any thread may use it, several at once too. What ``connect`` raises is raised here."""

    def __init__(self, opening: connect) -> None:
        self._socket = _run(_opened(opening))

    def __enter__(self) -> "Wire":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __iter__(self) -> Iterator[bytes]:
        """Its messages, until it is closed. Raises ``ConnectionClosed`` if it broke."""
        while True:
            try:
                yield self.recv()
            except ConnectionClosedOK:
                return

    def recv(self, timeout: float | None = None) -> bytes:
        """Raises ``ConnectionClosed``, and TimeoutError after ``timeout`` seconds."""
        message = _run(self._socket.recv(), timeout)
        return message.encode() if isinstance(message, str) else message

    def send(self, data: bytes) -> None:
        """Raises ``ConnectionClosed``."""
        _run(self._socket.send(data))

    def close(self) -> None:
        _run(self._socket.close())

    @property
    def close_reason(self) -> str | None:
        """What the other side said when it closed it."""
        return self._socket.close_reason
