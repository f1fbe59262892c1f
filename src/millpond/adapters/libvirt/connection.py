"""One connection to libvirtd, kept alive: calls from asyncio, events into asyncio.

libvirt's calls block, so each runs in a thread; its events arrive in a thread of their own, which
runs libvirt's default event loop, and are handed over to asyncio there.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

import libvirt

from millpond.adapters.daemon_thread import in_daemon_thread
from millpond.adapters.libvirt.errors import words
from millpond.adapters.libvirt.traffic import Traffic
from millpond.domain.errors import Unknown

T = TypeVar("T")

PATIENCE = 10.0
"""Seconds a call waits for libvirtd to come back (systemd and the lab restart it within one)."""
_KEEPALIVE = (5, 3)  # ask after 5 idle seconds; 3 unanswered questions mean it hangs
_LINGER = 60.0
_LOOK_SECONDS = 5.0
_THREADS = 16


@dataclass(frozen=True)
class RawEvent:
    """``vm`` is a domain's UUID, "" when the connection is new and anything may have changed."""

    vm: str
    kind: int
    event: int = 0
    detail: int = 0
    data: Any = None

    def tells_of(self, event: int, detail: int) -> bool:
        """A lifecycle event (VIR_DOMAIN_EVENT_*) of that kind."""
        told = (self.kind, self.event, self.detail)
        return told == (libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, event, detail)


CONNECTED = -1
"""``RawEvent.kind`` of a new connection; the others are libvirt's VIR_DOMAIN_EVENT_ID_*."""

_event_thread: threading.Thread | None = None
_event_lock = threading.Lock()


def _run_events() -> None:
    while True:
        try:
            libvirt.virEventRunDefaultImpl()
        except libvirt.libvirtError:
            time.sleep(0.1)


def _start_event_thread() -> None:
    """Once a process, and before its first connection."""
    global _event_thread  # noqa: PLW0603 - libvirt's event loop is a process-wide thing
    with _event_lock:
        if _event_thread is None:
            libvirt.virEventRegisterDefaultImpl()
            # Without this libvirt prints every error to standard error as well.
            libvirt.registerErrorHandler(lambda *_: None, None)
            _event_thread = threading.Thread(target=_run_events, name="libvirt", daemon=True)
            _event_thread.start()


class Connection:
    """``uri`` is libvirt's (https://libvirt.org/uri.html). Belongs to one asyncio loop."""

    def __init__(self, uri: str = "qemu:///system") -> None:
        self.uri = uri
        self.closed = False
        self._current: libvirt.virConnect | None = None
        self._listeners: list[Callable[[RawEvent], None]] = []
        self._opening = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None
        self._lost = asyncio.Event()
        self._traffic = Traffic(PATIENCE)
        self._calls = ThreadPoolExecutor(_THREADS, thread_name_prefix="libvirt-call")

    def listen(self, listener: Callable[[RawEvent], None]) -> None:
        """Have every event and every new connection reported, in the asyncio loop."""
        self._listeners.append(listener)

    async def call(self, step: str, work: Callable[[libvirt.virConnect], T]) -> T:
        """Run ``work`` in a thread. ``libvirtError`` passes through, unless the connection broke
        meanwhile: then what came of it is ``Unknown``."""
        connection = await self._free(step)
        with self._traffic.call():
            return await self._attempt(step, work, self._in_pool, connection)

    async def call_long(self, step: str, work: Callable[[libvirt.virConnect], T]) -> T:
        """As ``call``, for what takes minutes: it keeps no short call waiting, nor the agent's end
        (libvirtd goes on with it)."""
        connection = await self._free(step)
        return await self._attempt(step, work, _in_daemon_thread, connection)

    async def read(self, step: str, work: Callable[[libvirt.virConnect], T]) -> T:
        """As ``call``, for what only looks: repeated on a new connection if the old one broke."""
        try:
            return await self.call(step, work)
        except Unknown:
            return await self.call(step, work)

    def rest(
        self, at_work: Callable[[libvirt.virConnect], bool]
    ) -> AbstractAsyncContextManager[None]:
        """A time for a restart of libvirtd: no short call is under way, it is not ``at_work`` at
        anything that takes longer, and new calls wait. Raises ``Refused(server.busy)``."""

        async def look() -> bool:
            if (connection := self._current) is None:
                return False  # it is gone already
            try:
                async with asyncio.timeout(_LOOK_SECONDS):
                    return await self._in_pool(at_work, connection)
            except TimeoutError:
                return True
            except libvirt.libvirtError:
                return await self._in_pool(_is_alive, connection)

        return self._traffic.rest(look)

    def _in_pool(
        self, work: Callable[[libvirt.virConnect], T], connection: libvirt.virConnect
    ) -> Awaitable[T]:
        return asyncio.get_running_loop().run_in_executor(self._calls, work, connection)

    async def _attempt(
        self,
        step: str,
        work: Callable[[libvirt.virConnect], T],
        run: Callable[[Callable[[libvirt.virConnect], T], libvirt.virConnect], Awaitable[T]],
        connection: libvirt.virConnect,
    ) -> T:
        try:
            return await run(work, connection)
        except libvirt.libvirtError as error:
            if await self._in_pool(_is_alive, connection):
                raise
            self._forget(connection)
            raise Unknown(step, f"libvirtd went away: {words(error)}") from error

    async def _free(self, step: str) -> libvirt.virConnect:
        """The connection, for a call that begins at once: no rest keeps calls back."""
        while True:
            await self._traffic.wait(step)
            connection = await self._connected(step)
            if not self._traffic.resting:
                return connection

    async def _connected(self, step: str) -> libvirt.virConnect:
        """The connection, made anew if need be."""
        if self.closed:
            raise Unknown(step, "the agent is ending")
        if self._current is not None:
            return self._current
        loop = asyncio.get_running_loop()
        async with self._opening:
            deadline, pause = loop.time() + PATIENCE, 0.05
            while self._current is None:
                try:
                    self._current = await loop.run_in_executor(self._calls, self._open, loop)
                except libvirt.libvirtError as error:
                    if loop.time() > deadline:
                        raise Unknown(step, f"libvirtd does not answer: {words(error)}") from error
                    await asyncio.sleep(pause)
                    pause = min(pause * 2, 1.0)
                else:
                    self._deliver(RawEvent("", CONNECTED))
            if self._keeper is None:
                self._keeper = asyncio.create_task(self._keep(), name="libvirt connection")
            return self._current

    async def _keep(self) -> None:
        """Reconnect as soon as the connection is lost, so that events go on coming."""
        while True:
            await self._lost.wait()
            self._lost.clear()
            while self._current is None:
                with suppress(Unknown):
                    await self._connected("reconnect")

    def _open(self, loop: asyncio.AbstractEventLoop) -> libvirt.virConnect:
        """In a thread."""
        _start_event_thread()
        connection = libvirt.open(self.uri)

        def closed(broken: libvirt.virConnect, _reason: int, _opaque: object) -> None:
            with suppress(RuntimeError):  # the asyncio loop may be closed already
                loop.call_soon_threadsafe(self._forget, connection)

        def deliver(event: RawEvent) -> None:
            with suppress(RuntimeError):
                loop.call_soon_threadsafe(self._deliver, event)

        connection.registerCloseCallback(closed, None)
        connection.setKeepAlive(*_KEEPALIVE)
        _register_events(connection, deliver)
        return connection

    def _deliver(self, event: RawEvent) -> None:
        for listener in self._listeners:
            listener(event)

    def _forget(self, connection: libvirt.virConnect) -> None:
        if self._current is connection:
            self._current = None
            self._lost.set()
            # Not at once: other threads may be inside calls on it, which are failing right now.
            asyncio.get_running_loop().call_later(_LINGER, self._calls.submit, _close, connection)

    async def close(self) -> None:
        """Let go of libvirtd; guests and running migrations go on."""
        self.closed = True
        if self._keeper is not None:
            self._keeper.cancel()
        connection, self._current = self._current, None
        if connection is not None:
            loop = asyncio.get_running_loop()
            await loop.run_in_executor(self._calls, _close, connection)
        self._calls.shutdown(wait=False)


def _in_daemon_thread(
    work: Callable[[libvirt.virConnect], T], connection: libvirt.virConnect
) -> Awaitable[T]:
    return in_daemon_thread("libvirt-long", lambda: work(connection))


def _is_alive(connection: libvirt.virConnect) -> bool:
    try:
        return bool(connection.isAlive())
    except libvirt.libvirtError:
        return False


def _close(connection: libvirt.virConnect) -> None:
    with suppress(libvirt.libvirtError):
        connection.unregisterCloseCallback()
        connection.close()


def _register_events(connection: libvirt.virConnect, deliver: Callable[[RawEvent], None]) -> None:
    """libvirt calls back in its event thread; a domain's UUID is known there without a call."""

    def lifecycle(_c: Any, dom: libvirt.virDomain, event: int, detail: int, _o: Any) -> None:
        deliver(RawEvent(dom.UUIDString(), libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, event, detail))

    def reboot(_c: Any, dom: libvirt.virDomain, _o: Any) -> None:
        deliver(RawEvent(dom.UUIDString(), libvirt.VIR_DOMAIN_EVENT_ID_REBOOT))

    def device(kind: int) -> Callable[..., None]:
        def callback(_c: Any, dom: libvirt.virDomain, _alias: str, _o: Any) -> None:
            deliver(RawEvent(dom.UUIDString(), kind))

        return callback

    def iteration(_c: Any, dom: libvirt.virDomain, number: int, _o: Any) -> None:
        kind = libvirt.VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION
        deliver(RawEvent(dom.UUIDString(), kind, number))

    def completed(_c: Any, dom: libvirt.virDomain, stats: dict[str, Any], _o: Any) -> None:
        kind = libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED
        deliver(RawEvent(dom.UUIDString(), kind, data=dict(stats)))

    removed = libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVED
    kept = libvirt.VIR_DOMAIN_EVENT_ID_DEVICE_REMOVAL_FAILED
    for kind, callback in (
        (libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE, lifecycle),
        (libvirt.VIR_DOMAIN_EVENT_ID_REBOOT, reboot),
        (removed, device(removed)),
        (kept, device(kept)),
        (libvirt.VIR_DOMAIN_EVENT_ID_MIGRATION_ITERATION, iteration),
        (libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED, completed),
    ):
        connection.domainEventRegisterAny(None, kind, callback, None)
