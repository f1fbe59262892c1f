"""Listens to every agent and keeps the cache right."""

import asyncio
import time
from contextlib import suppress

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.adapters.rpc.client import Agents, Route
from millpond.domain.errors import MillpondError
from millpond.domain.events import (
    AgentEvent,
    Beat,
    GuestChanged,
    HaChanged,
    RecordsChanged,
    Snapshot,
    Usage,
)
from millpond.domain.pool import PoolDocument
from millpond.manager.cache import Cache
from millpond.manager.ha import HaNews
from millpond.manager.masters import Masters
from millpond.manager.reread import Rereader
from millpond.manager.samples import Samples
from millpond.manager.store import Store
from millpond.manager.store import cache as cached
from millpond.manager.store import servers as known_servers
from millpond.manager.store.engine import now
from millpond.manager.wake import sleep_unless
from millpond.manager.world import route_to

log = structlog.get_logger(__name__)

LOOK_SECONDS = 10.0
BEAT_WRITE_SECONDS = 15.0
SILENCE_SECONDS = 15.0
"""Without a line for this long a server counts as unreachable, unless its master knew before."""
GIVEN_UP = frozenset({"fencing", "dead"})
"""States in which nobody asks a server any more: see HostStatus."""
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 5.0


class Watcher:
    """One stream per enrolled server: a pool's through its master. Should the master not answer,
    its members are listened to directly, so that one dead server does not hide the others."""

    def __init__(
        self, store: Store, agents: Agents, cache: Cache, ha: HaNews, samples: Samples
    ) -> None:
        self._store = store
        self._agents = agents
        self._cache = cache
        self._ha = ha
        self._samples = samples
        self.masters = Masters(agents, cache, self.look)
        agents.on_failure = self.masters.failed
        self._streams: dict[str, _Stream] = {}
        self._pools: dict[str, Rereader] = {}
        self._beats: dict[str, tuple[float, int]] = {}
        self._woken = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        self._tasks = [
            asyncio.create_task(self._look_forever(), name="watcher"),
            asyncio.create_task(self._write_beats(), name="beats"),
        ]

    async def stop(self) -> None:
        self.masters.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for stream in self._streams.values():
            stream.stop()
        for reader in self._pools.values():
            await reader.stop()

    def look(self) -> None:
        """Servers or pools changed: look which streams are needed, soon."""
        self._woken.set()

    async def _look_forever(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self._look()
            except SQLAlchemyError as error:
                log.error("watcher.database", error=str(error))
            await sleep_unless(self._woken, LOOK_SECONDS)

    async def _look(self) -> None:
        async with self._store.read() as connection:
            rows = [r for r in await known_servers.everyone(connection) if r.enrolled]
            pools = {
                row.id: PoolDocument.model_validate_json(row.document)
                for row in await cached.all_pools(connection)
            }
        self.masters.follow(pools.values())
        await self._follow_pools(pools)
        wanted: dict[str, tuple[Route, ...]] = {}
        for row in rows:
            direct = Route(row.address, row.port, row.id)
            pool = pools.get(row.pool_id or "")
            wanted[row.id] = (direct,)
            if pool is not None and any(m.id == row.id for m in pool.members):
                relayed = route_to(pool, row.id)
                wanted[row.id] = (relayed,) if relayed == direct else (relayed, direct)
        for server in [s for s, stream in self._streams.items() if stream.routes != wanted.get(s)]:
            self._streams.pop(server).stop()
        for server, routes in wanted.items():
            if server not in self._streams:
                self._streams[server] = _Stream(self, self._agents, self._cache, server, routes)

    async def _follow_pools(self, pools: dict[str, PoolDocument]) -> None:
        for id_ in self._pools.keys() - pools.keys():
            await self._pools.pop(id_).stop()
            self._ha.forget(id_)
        for id_, pool in pools.items():
            if id_ in self._pools:
                self._pools[id_].pool = pool
            else:
                self._pools[id_] = Rereader(self._agents, self._cache, pool, self.look)

    def unread(self) -> dict[str, str]:
        """The repositories (ids) that their pool's master cannot read, and why."""
        return self._ha.unread()

    async def heard(self, event: AgentEvent) -> None:
        """What a stream brought."""
        match event:
            case Snapshot():
                await self._cache.snapshot(event.server, event.guests)
                for reader in self._pools.values():
                    if reader.pool.master.id == event.server:
                        reader.all()
            case GuestChanged():
                self._cache.guest(event.server, event.vm, event.guest, reason=event.reason)
            case RecordsChanged():
                self._reread(event)
            case HaChanged():
                await self._heard_master(event)
            case Beat():
                self._beats[event.server] = (now(), event.memory_free)
            case Usage():
                self._samples.heard(event)

    async def _heard_master(self, event: HaChanged) -> None:
        reader = self._pools.get(event.status.pool)
        if reader is not None:
            reader.heard_master(event.server, event.status.term)
            if event.status.term >= reader.pool.term:  # not a master's that was replaced
                for host in event.status.hosts:
                    if host.server in self._streams:
                        await self._streams[host.server].judged(host.state)
            await self._ha.heard(event)

    def _reread(self, event: RecordsChanged) -> None:
        for reader in self._pools.values():
            if reader.pool.master.id == event.server:
                if event.vm is None:
                    reader.all()
                    self.look()
                else:
                    reader.vm(event.vm)

    async def _write_beats(self) -> None:
        while True:
            await asyncio.sleep(BEAT_WRITE_SECONDS)
            beats, self._beats = self._beats, {}
            try:
                await self._cache.beats(beats)
            except SQLAlchemyError as error:
                log.error("watcher.database", error=str(error))


class _Stream:
    """One server's events, for as long as its routes stay the same."""

    def __init__(
        self, watcher: Watcher, agents: Agents, cache: Cache, server: str, routes: tuple[Route, ...]
    ) -> None:
        self.routes = routes
        self._watcher = watcher
        self._agents = agents
        self._cache = cache
        self._server = server
        self._heard = time.monotonic()
        self._answers = True
        self._given_up = False
        self._listening = self._begin_to_listen()
        self._tasks = [asyncio.create_task(self._notice_silence(), name=f"silence of {server}")]

    def stop(self) -> None:
        for task in (self._listening, *self._tasks):
            task.cancel()

    def _begin_to_listen(self) -> asyncio.Task[None]:
        return asyncio.create_task(self._listen(), name=f"events of {self._server}")

    async def judged(self, state: str) -> None:
        """What its pool's master calls the server. It knows of a dead one long before the stream is
        missed; one that lives after all answers a new stream with its snapshot. Raises
        SQLAlchemyError."""
        before, self._given_up = self._given_up, state in GIVEN_UP
        if self._given_up and not before:
            self._listening.cancel()
            try:
                await self._lose()
            finally:
                self._listening = self._begin_to_listen()

    async def _listen(self) -> None:
        pause, turn = FIRST_PAUSE, 0
        while True:
            route = self.routes[turn % len(self.routes)]
            try:
                async for event in self._agents.events(route):
                    self._heard = time.monotonic()
                    if isinstance(event, Snapshot):
                        pause, self._answers = FIRST_PAUSE, True
                        self._take_inventory(route)
                    await self._watcher.heard(event)
            except MillpondError as error:
                if pause == FIRST_PAUSE:
                    log.info("stream.broken", server=self._server, error=str(error))
            except SQLAlchemyError as error:
                log.error("stream.database", server=self._server, error=str(error))
            turn += 1
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)

    async def _notice_silence(self) -> None:
        while True:
            await asyncio.sleep(1)
            if self._answers and time.monotonic() - self._heard > SILENCE_SECONDS:
                with suppress(SQLAlchemyError):
                    await self._lose()

    async def _lose(self) -> None:
        self._answers = False
        log.warning("server.unreachable", server=self._server)
        await self._cache.lost(self._server)

    def _take_inventory(self, route: Route) -> None:
        """In the background: facts may take a while, and events do not wait."""

        async def take() -> None:
            with suppress(MillpondError, SQLAlchemyError):
                inventory = await self._agents.agent(route).server.inventory()
                await self._cache.inventory(self._server, inventory)

        self._tasks = [t for t in self._tasks if not t.done()]
        self._tasks.append(asyncio.create_task(take(), name=f"inventory of {self._server}"))
