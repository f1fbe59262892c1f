"""The other SP: whether it lives, what it is asked, and what happens if it does not answer."""

import asyncio
import fcntl
import itertools
import json
import os
import signal
import time
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from millpond.array.exports import SpName

PATIENCE = 3.0
"""Seconds that an SP has to answer its peer, or to let go of the array's lock, before it is reset: see
``Patience``."""
SLICE = PATIENCE / 10
LONGEST = 16 << 20
"""Bytes of an answer."""


Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]
T = TypeVar("T")


class Patience:
    """Counts to ``PATIENCE`` seconds, of which a time in which we did not look takes a ``SLICE`` at most:
    what stopped us, such as a pause of the whole machine, stopped the peer too."""

    def __init__(self) -> None:
        self._left = PATIENCE
        self._looked = time.monotonic()

    def over(self) -> bool:
        """To be called several times in a ``SLICE``."""
        now = time.monotonic()
        self._left -= min(now - self._looked, SLICE)
        self._looked = now
        return self._left <= 0


async def _in_time(work: Coroutine[Any, Any, T]) -> T:
    """Raises TimeoutError where ``Patience`` ends first."""
    task, patience = asyncio.ensure_future(work), Patience()
    try:
        while not task.done():
            if patience.over():
                raise TimeoutError
            await asyncio.wait([task], timeout=SLICE / 3)
        return task.result()
    finally:
        task.cancel()


def other(sp: SpName) -> SpName:
    return "B" if sp == "A" else "A"


def _lock_path(directory: Path, sp: SpName) -> Path:
    return directory / f"sp-{sp.lower()}.lock"


def _socket_path(directory: Path, sp: SpName) -> Path:
    return directory / f"sp-{sp.lower()}.sock"


def hold_life(directory: Path, sp: SpName) -> int:
    """Show for as long as this process lives that SP ``sp`` runs in it: a lock on a file with the process's
    id. Raises BlockingIOError if it runs already."""
    handle = os.open(_lock_path(directory, sp), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    deadline = time.monotonic() + 1
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:  # it may be the peer that has just looked
            if time.monotonic() > deadline:
                os.close(handle)
                raise
            time.sleep(0.01)
    os.ftruncate(handle, 0)
    os.pwrite(handle, str(os.getpid()).encode(), 0)
    return handle


class Peer:
    """SP ``sp`` as its peer sees it."""

    def __init__(self, directory: Path, sp: SpName) -> None:
        self._lock = _lock_path(directory, sp)
        self._socket = _socket_path(directory, sp)

    def alive(self) -> bool:
        try:
            handle = os.open(self._lock, os.O_RDONLY | os.O_CLOEXEC)
        except FileNotFoundError:
            return False
        try:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(handle)
        return False

    def life(self) -> tuple[int, bool]:
        """Which of its lives this is, and whether it lasts: no other one has the same name."""
        try:
            began = self._lock.stat().st_mtime_ns
        except FileNotFoundError:
            return 0, False
        return began, self.alive()

    def reset(self) -> None:
        """Kill it, and return when it is gone: none of its system calls is under way any more. Raises
        TimeoutError if it cannot be killed."""
        deadline = time.monotonic() + PATIENCE
        self.signal(signal.SIGKILL)
        while self.alive():
            if time.monotonic() > deadline:
                raise TimeoutError("the other SP cannot be killed")
            time.sleep(0.01)

    def signal(self, number: int) -> None:
        """Nothing happens if it does not run."""
        with suppress(OSError, ValueError):
            handle = os.pidfd_open(int(self._lock.read_text()))
            try:
                if self.alive():  # so the id has not gone to another process
                    signal.pidfd_send_signal(handle, number)
            finally:
                os.close(handle)

    async def ask(self, request: dict[str, Any]) -> None:
        """Return when the peer has done it, or is dead. One that has just started may take a while to
        listen."""
        try:
            await _in_time(self._until_asked(request))
        except TimeoutError:
            await asyncio.to_thread(self.reset)

    async def keep(self, request: dict[str, Any]) -> Connection | None:
        """Ask for what lasts as long as the connection that is returned; None if the peer is dead. The peer
        has as long as the caller waits: it is not reset."""
        while self.alive():
            with suppress(OSError, EOFError):
                return (await self._open(request))[0]
            await asyncio.sleep(0.02)
        return None

    async def told(self, request: dict[str, Any]) -> Any:
        """What the peer says (JSON values); None if it does not answer. It may be slow: it is not reset."""
        try:
            return await _in_time(self._ask(request))
        except (OSError, EOFError):
            return None

    async def _until_asked(self, request: dict[str, Any]) -> None:
        for pause in itertools.repeat(0.02):
            if not self.alive() or await self._asked(request):
                return
            await asyncio.sleep(pause)

    async def _asked(self, request: dict[str, Any]) -> bool:
        try:
            await self._ask(request)
        except (OSError, EOFError):
            return False
        return True

    async def _ask(self, request: dict[str, Any]) -> Any:
        (_, writer), said = await self._open(request)
        writer.close()
        return said

    async def _open(self, request: dict[str, Any]) -> tuple[Connection, Any]:
        reader, writer = await asyncio.open_unix_connection(self._socket, limit=LONGEST)
        try:
            writer.write(json.dumps(request).encode() + b"\n")
            said = json.loads(await reader.readuntil())
        except BaseException:
            writer.close()
            raise
        return (reader, writer), said


async def answer(
    directory: Path,
    sp: SpName,
    carry_out: Callable[[dict[str, Any], object], Awaitable[Any]],
    gone: Callable[[object], None],
) -> asyncio.Server:
    """Serve what the peer of ``sp`` asks for. Each request has a connection of its own, which both are told,
    ``gone`` when it is closed."""

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, ValueError):
            request = json.loads(await reader.readline())
            try:
                said = await carry_out(request, writer)
                writer.write(json.dumps(said).encode() + b"\n")
                await writer.drain()
                await reader.read()
            finally:
                gone(writer)
        writer.close()

    path = _socket_path(directory, sp)
    path.unlink(missing_ok=True)
    return await asyncio.start_unix_server(connected, path, limit=1 << 20)
