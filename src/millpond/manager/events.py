"""Publishes what happens, and lets callers follow it from any point on."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from typing import Any

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.manager.store import Store
from millpond.manager.store import events as log_of_events
from millpond.manager.store.events import Event, News
from millpond.manager.wake import Wakes, sleep_unless

log = structlog.get_logger(__name__)

RECENT = 5000
"""Events kept in memory; whoever is further behind reads the database."""
LOOK_SECONDS = 5.0
GATHER_SECONDS = 0.05
"""A job writes an event every few milliseconds; reading each by itself would cost more than it."""


class Events:
    """One reader follows the log; all subscribers live off what it read."""

    def __init__(self, store: Store, wakes: Wakes) -> None:
        self._store = store
        self._wakes = wakes
        self._woken = asyncio.Event()
        self._recent: deque[Event] = deque()
        self._before = 0  # the number of the newest event that is not in _recent any more
        self._more = asyncio.Event()  # a new one after each time it is set
        self._task: asyncio.Task[None] | None = None
        self._stopped = False

    async def start(self) -> None:
        async with self._store.read() as connection:
            self._before = await log_of_events.last_seq(connection)
        self._wakes.listen("events", self._wake)
        self._task = asyncio.create_task(self._follow(), name="events")

    async def stop(self) -> None:
        """Ends all subscriptions."""
        self._stopped = True
        self._wakes.unlisten("events", self._wake)
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        self._more.set()

    async def publish(self, kind: str, subject: str, data: dict[str, Any]) -> None:
        """``kind``: one of ``store.events.KINDS``. ``subject``: such as ``vm:`` and its id. Durable
        on return."""
        async with self._store.write() as connection:
            await log_of_events.append(self._store, connection, [News(kind, subject, data)])
        self.announce()

    def announce(self) -> None:
        """Events were appended in a transaction that is now committed."""
        self._wakes.send("events")

    @property
    def last(self) -> int:
        """The number of the newest event this manager has seen."""
        return self._recent[-1].seq if self._recent else self._before

    async def subscribe(self, after: int | None = None) -> AsyncIterator[Event]:
        """Events after number ``after`` (None: from now on), then new ones as they happen, each
        once and in order. Ends when the manager stops."""
        seq = self.last if after is None else after
        while not self._stopped:
            more = self._more
            for event in await self._since(seq):
                seq = event.seq
                yield event
            if seq >= self.last:
                await more.wait()

    async def _since(self, seq: int) -> list[Event]:
        if seq >= self._before:
            return [event for event in self._recent if event.seq > seq]
        async with self._store.read() as connection:
            return await log_of_events.after(connection, seq)

    def _wake(self, _topic: str) -> None:
        self._woken.set()

    async def _follow(self) -> None:
        while True:
            self._woken.clear()
            try:
                async with self._store.read() as connection:
                    new = await log_of_events.after(connection, self.last)
            except SQLAlchemyError as error:
                log.error("events.unreadable", error=str(error))
                new = []
            if new:
                self._recent.extend(new)
                while len(self._recent) > RECENT:
                    self._before = self._recent.popleft().seq
                self._more.set()
                self._more = asyncio.Event()
            if len(new) < log_of_events.PAGE:
                await sleep_unless(self._woken, LOOK_SECONDS)
                await asyncio.sleep(GATHER_SECONDS)
