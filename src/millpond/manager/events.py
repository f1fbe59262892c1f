"""Publishes what happens, and lets callers follow it from any point on."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.manager.store import Store
from millpond.manager.store import events as log_of_events
from millpond.manager.store.events import Event, News
from millpond.manager.wake import Wakes

log = structlog.get_logger(__name__)

BACKLOG = 2000
"""Events a follower may be behind before it is sent to read the log itself."""
LOOK_SECONDS = 5.0


class Events:
    """One reader follows the log and hands each event to everybody who asked."""

    def __init__(self, store: Store, wakes: Wakes) -> None:
        self._store = store
        self._wakes = wakes
        self._woken = asyncio.Event()
        self._followers: set[asyncio.Queue[Event | None]] = set()
        self._seq = 0
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        async with self._store.read() as connection:
            self._seq = await log_of_events.last_seq(connection)
        self._wakes.listen("events", lambda _: self._woken.set())
        self._task = asyncio.create_task(self._follow(), name="events")

    async def stop(self) -> None:
        """Ends all subscriptions."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        for queue in self._followers:
            queue.put_nowait(None)

    async def publish(self, kind: str, subject: str, data: dict[str, Any]) -> None:
        """``kind``: job, vm, server, pool or user. ``subject``: ``kind:id``. Durable on return."""
        async with self._store.write() as connection:
            await log_of_events.append(self._store, connection, [News(kind, subject, data)])
        self._wakes.send("events")

    def announce(self) -> None:
        """Events were appended in a transaction that is now committed."""
        self._wakes.send("events")

    async def subscribe(self, after: int | None = None) -> AsyncIterator[Event]:
        """Events after number ``after`` (None: from now on), then new ones as they happen, each
        once and in order. Ends when the manager stops."""
        queue: asyncio.Queue[Event | None] = asyncio.Queue()
        self._followers.add(queue)
        seq = self._seq if after is None else after
        try:
            while True:
                async with self._store.read() as connection:
                    old = await log_of_events.after(connection, seq)
                for event in old:
                    seq = event.seq
                    yield event
                while not old or queue.qsize():
                    new = await queue.get()
                    if new is None:
                        return
                    if new.seq > seq:
                        seq = new.seq
                        yield new
                    if queue.qsize() > BACKLOG:
                        self._empty(queue)
                        break  # too slow for the queue: catch up from the log
        finally:
            self._followers.discard(queue)

    @staticmethod
    def _empty(queue: "asyncio.Queue[Event | None]") -> None:
        while not queue.empty():
            queue.get_nowait()

    async def _follow(self) -> None:
        while True:
            try:
                async with self._store.read() as connection:
                    new = await log_of_events.after(connection, self._seq)
            except SQLAlchemyError as error:
                log.error("events.unreadable", error=str(error))
                new = []
            for event in new:
                self._seq = event.seq
                for queue in self._followers:
                    queue.put_nowait(event)
            if not new:
                try:
                    await asyncio.wait_for(self._woken.wait(), LOOK_SECONDS)
                except TimeoutError:
                    pass
                self._woken.clear()
