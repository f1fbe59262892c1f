"""Finds out which server is a pool's master now, when the known one is silent or none any more."""

import asyncio
from collections.abc import Callable, Iterable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.adapters.rpc.client import Agents, Route
from millpond.domain.errors import MillpondError, Refused, Unknown
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Membership
from millpond.manager.cache import Cache

log = structlog.get_logger(__name__)

SEARCH_SECONDS = 15.0
"""A search goes on for that long: a master that dies has a successor by then, if a device fences."""
AGAIN_SECONDS = 1.0
"""Between two looks of a search, and two searches for the same pool's master."""
PATIENCE = 2.0
"""Seconds a member may take to say whom it knows."""
NO_MASTER = frozenset({"server.role", "pool.deposed"})


class Masters:
    """``moved`` is called once a new master is known. Members know who theirs is and of which term;
    the highest counts, and the record that this server has is the pool's."""

    def __init__(self, agents: Agents, cache: Cache, moved: Callable[[], None]) -> None:
        self._agents = agents
        self._cache = cache
        self._moved = moved
        self._pools: dict[str, PoolDocument] = {}
        self._seeking: dict[str, asyncio.Task[None]] = {}

    def follow(self, pools: Iterable[PoolDocument]) -> None:
        """These are the pools."""
        self._pools = {p.id: p for p in pools}

    def stop(self) -> None:
        for task in self._seeking.values():
            task.cancel()

    def failed(self, route: Route, error: MillpondError) -> MillpondError:
        """A call to the server of ``route`` has failed: returns what is to be raised. If it was sent
        to a pool's master that is none, what it was about may still be done, through another."""
        pools = [p for p in self._pools.values() if self._newest(p).master.id == route.server]
        for pool in pools:
            if pool.id not in self._seeking:
                self._seeking[pool.id] = asyncio.create_task(self._seek(pool), name="seek master")
        if pools and isinstance(error, Refused) and error.code in NO_MASTER:
            return Unknown("ask the pool master", f"{error}; looking for the new one")
        return error

    async def sought(self, pool: PoolDocument) -> bool:
        """Wait until a search that is under way has ended; whether it found another master."""
        task = self._seeking.get(pool.id)
        if task is not None:
            await asyncio.wait([task])
        return self._cache.newest(pool).term > pool.term

    async def _seek(self, pool: PoolDocument) -> None:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + SEARCH_SECONDS
        while loop.time() < deadline:
            try:
                if await self._find(self._newest(pool)):
                    break
            except (MillpondError, SQLAlchemyError) as error:
                log.info("pool.master_sought", pool=pool.name, error=str(error))
            await asyncio.sleep(AGAIN_SECONDS)
        loop.call_later(AGAIN_SECONDS, self._seeking.pop, pool.id, None)

    async def _find(self, pool: PoolDocument) -> bool:
        """True once there is nothing more to look for: another master, or the old one after all."""
        known = await asyncio.gather(*(self._ask(m) for m in pool.members))
        newer = [k for k in known if k and k.pool == pool.id and k.term > pool.term]
        if not newer:
            by_itself = dict(zip([m.id for m in pool.members], known, strict=True))
            master = by_itself[pool.master.id]
            return master is not None and master.master == pool.master.id
        best = max(newer, key=lambda k: k.term)
        new = pool.member(best.master)
        route = Route(new.address, new.port, new.id)
        found = await self._agents.agent(route).records.pool(pool.cluster_root)
        if found is None or found.id != pool.id or found.term <= pool.term:
            return False
        log.info("pool.master_moved", pool=pool.name, master=found.master.name, term=found.term)
        await self._cache.put_pool(found)
        self._moved()
        return True

    async def _ask(self, member: Member) -> Membership | None:
        agent = self._agents.agent(Route(member.address, member.port, member.id))
        try:
            async with asyncio.timeout(PATIENCE):
                return await agent.server.membership()
        except (MillpondError, TimeoutError):
            return None

    def _newest(self, pool: PoolDocument) -> PoolDocument:
        return self._cache.newest(pool)
