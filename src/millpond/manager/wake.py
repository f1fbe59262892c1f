"""Tells the manager's loops, here and in other managers on the same database, to look again.

A wake carries no news: whoever is woken reads the database. So one that is lost costs time, never
correctness; the loops also look now and then by themselves.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import psycopg
import structlog

from millpond.manager.store import Store

log = structlog.get_logger(__name__)

CHANNEL = "millpond"
RECONNECT_SECONDS = 2.0

Listener = Callable[[str], None]


class Wakes:
    """``topic`` is ``jobs`` (something to run or to cancel), ``ended`` (a job came to rest) or
    ``events``. Listeners are called in the event loop and must not block."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: dict[str, list[Listener]] = {}
        self._to_send: asyncio.Queue[str] = asyncio.Queue()
        self._tasks: list[asyncio.Task[None]] = []

    def listen(self, topic: str, listener: Listener) -> None:
        self._listeners.setdefault(topic, []).append(listener)

    def unlisten(self, topic: str, listener: Listener) -> None:
        with suppress(ValueError):
            self._listeners.get(topic, []).remove(listener)

    def send(self, topic: str) -> None:
        """Call after the transaction that made the news is committed."""
        self._deliver(topic)
        if not self._store.is_sqlite:
            self._to_send.put_nowait(topic)

    async def start(self) -> None:
        """Begin to exchange wakes with other managers (PostgreSQL: LISTEN and NOTIFY)."""
        if not self._store.is_sqlite:
            self._tasks = [
                asyncio.create_task(self._forever(self._listen), name="wakes in"),
                asyncio.create_task(self._forever(self._notify), name="wakes out"),
            ]

    async def stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _deliver(self, topic: str) -> None:
        for listener in list(self._listeners.get(topic, [])):
            listener(topic)

    async def _connect(self) -> psycopg.AsyncConnection[tuple[object, ...]]:
        url = self._store.url.set(drivername="postgresql")
        return await psycopg.AsyncConnection.connect(
            url.render_as_string(hide_password=False), autocommit=True
        )

    async def _forever(self, work: Callable[[], "asyncio.Future[None] | object"]) -> None:
        while True:
            try:
                await work()  # type: ignore[misc]
            except psycopg.Error as error:
                log.warning("wakes.broken", error=str(error))
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _listen(self) -> None:
        async with await self._connect() as connection:
            await connection.execute(f"LISTEN {CHANNEL}")
            for topic in list(self._listeners):
                self._deliver(topic)  # what was sent while nobody listened
            async for notice in connection.notifies():
                if notice.pid != connection.info.backend_pid:
                    self._deliver(notice.payload)

    async def _notify(self) -> None:
        async with await self._connect() as connection:
            while True:
                topics = {await self._to_send.get()}
                while not self._to_send.empty():
                    topics.add(self._to_send.get_nowait())
                for topic in topics:
                    await connection.execute("SELECT pg_notify(%s, %s)", (CHANNEL, topic))


async def sleep_unless(woken: asyncio.Event, seconds: float) -> None:
    """Until ``woken`` is set, at most ``seconds``. (``asyncio.wait_for`` may lose a cancellation
    that comes at the same moment, before Python 3.12.)"""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await woken.wait()
