"""Reads a pool's records from its master when told that they changed."""

import asyncio
from collections.abc import Callable

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.adapters.rpc.client import Agents, Route
from millpond.domain.errors import MillpondError
from millpond.domain.pool import Member, PoolDocument
from millpond.manager.cache import Cache
from millpond.operations.records import every_vm, find_vm
from millpond.ports.records import Records

log = structlog.get_logger(__name__)

RETRY_SECONDS = 2.0
GATHER_SECONDS = 0.1
"""A job writes a VM's record several times in a row, and tells of it itself."""
AT_ONCE = 8
ALL_TOGETHER = 200
"""With more records than this to read, reading all of them is quicker."""


class Rereader:
    """One per pool. ``pool`` is the newest document known; ``moved`` is called when another server
    has become its master."""

    def __init__(
        self, agents: Agents, cache: Cache, pool: PoolDocument, moved: Callable[[], None]
    ) -> None:
        self.pool = pool
        self._agents = agents
        self._cache = cache
        self._moved = moved
        self._claimant: Member | None = None
        self._vms: set[str] = set()
        self._everything = True
        self._woken = asyncio.Event()
        self._start()

    def _start(self) -> None:
        self._task = asyncio.create_task(self._run(), name=f"records of {self.pool.name}")

    async def stop(self) -> None:
        """Return once nothing of it uses the database any more."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    def all(self) -> None:
        """Anything may have changed."""
        self._everything = True
        self._woken.set()

    def vm(self, vm: str) -> None:
        self._vms.add(vm)
        self._woken.set()

    def heard_master(self, server: str, term: int) -> None:
        """A member says that it is master, of this term. If that is news it is asked for the record,
        without waiting for an answer that the old master may owe us."""
        claimant = next((m for m in self.pool.members if m.id == server), None)
        if claimant is None or claimant == self._claimant or term <= self.pool.term:
            return
        log.info("pool.master_moved", pool=self.pool.name, master=claimant.name, term=term)
        self._claimant = claimant
        self._everything = True
        self._task.cancel()
        self._start()

    async def _run(self) -> None:
        failing = False
        while True:
            self._woken.clear()
            vms, self._vms = self._vms, set()
            everything = self._everything or len(vms) > ALL_TOGETHER
            self._everything = False
            try:
                master = self._claimant or self.pool.master
                route = Route(master.address, master.port, master.id)
                records = self._agents.agent(route).records
                if everything:
                    await self._read_all(records)
                else:
                    await self._read(records, vms)
            except (MillpondError, SQLAlchemyError) as error:
                if not failing:
                    log.warning("records.unreadable", pool=self.pool.name, error=str(error))
                failing = True
                if isinstance(error, MillpondError):
                    self._claimant = None
                self._vms |= vms
                self._everything |= everything
                await asyncio.sleep(RETRY_SECONDS)
                continue
            failing = False
            await self._woken.wait()
            await asyncio.sleep(GATHER_SECONDS)

    async def _read_all(self, records: Records) -> None:
        ticket = self._cache.ticket()
        pool = await records.pool(self.pool.cluster_root)
        if pool is None or pool.id != self.pool.id:
            return  # being deleted, or not mounted: the cache keeps what was known
        await self._cache.put_pool(pool, ticket)
        moved, self.pool, self._claimant = pool.master.id != self.pool.master.id, pool, None
        if moved:
            self._moved()
        # The first ticket still: which repositories there are was read with the pool.
        found = await every_vm(records, pool)
        await self._cache.records(ticket, pool.id, found.vms, found.unread)

    async def _read(self, records: Records, vms: set[str]) -> None:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(vm: str) -> None:
            async with slots:
                ticket = self._cache.ticket()
                document = await find_vm(records, self._cache.latest(self.pool), vm)
                self._cache.record(ticket, self.pool.id, vm, document)

        await asyncio.gather(*(one(vm) for vm in vms))
