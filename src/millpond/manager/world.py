"""What an operation sees of the world: the agents, found through what the manager knows."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from pydantic import BaseModel

from millpond.adapters.rpc.client import Agents, Caller, Route
from millpond.adapters.rpc.errors import from_json
from millpond.domain.errors import Failed, Refused, Unknown, not_found
from millpond.domain.job import JobState
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Guest, GuestSpec, VmDocument
from millpond.manager.arrays import Arrays, RegisteredArray
from millpond.manager.cache import Cache
from millpond.manager.store import Store
from millpond.manager.store import cache as cached
from millpond.manager.store import servers as known_servers
from millpond.manager.store.jobs import JobRow
from millpond.manager.store.servers import ServerRow
from millpond.operations.base import Cancelled
from millpond.operations.records import every_vm, find_vm
from millpond.ports.agent import Agent
from millpond.ports.array import Array
from millpond.ports.world import KnownServer

if TYPE_CHECKING:
    from millpond.manager.jobs import Jobs

LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Means:
    """What every world of this manager is made of. ``look`` makes the watcher see at once that
    pools or servers changed, ``sought`` waits for the search for a pool's new master."""

    store: Store
    cache: Cache
    agents: Agents
    arrays: Arrays
    look: Callable[[], None]
    sought: Callable[[PoolDocument], Awaitable[bool]]


class ManagerWorld:
    """``ports.world.World`` for one job, or for none: then nothing can be submitted."""

    def __init__(self, means: Means, jobs: "Jobs", job: JobRow | None) -> None:
        self._store = means.store
        self._cache = means.cache
        self._agents = means.agents
        self._arrays = means.arrays
        self._look = means.look
        self._sought = means.sought
        self._jobs = jobs
        self._job = job
        self._caller = Caller(job.id, job.fence) if job else None

    async def server(self, key: str) -> KnownServer:
        async with self._store.read() as connection:
            return _known(await known_servers.get(connection, key))

    async def servers(self) -> list[KnownServer]:
        async with self._store.read() as connection:
            return [_known(row) for row in await known_servers.everyone(connection)]

    async def pool(self, key: str) -> PoolDocument:
        async with self._store.read() as connection:
            row = await cached.pool(connection, key)
        known = PoolDocument.model_validate_json(row.document)
        try:
            found = await self.master(known).records.pool(known.cluster_root)
        except Unknown:
            if not await self._sought(known):
                raise
            found = await self.master(known).records.pool(known.cluster_root)
        if found is None or found.id != known.id:
            raise Refused(
                "pool.unreadable",
                f"pool {known.name}",
                f"{known.cluster_root} on {known.master.name} holds no record of it",
                "mount the pool's repository there",
            )
        return found

    async def pools(self) -> list[PoolDocument]:
        async with self._store.read() as connection:
            rows = await cached.all_pools(connection)
        return [PoolDocument.model_validate_json(row.document) for row in rows]

    async def vm(self, key: str) -> tuple[PoolDocument, VmDocument]:
        async with self._store.read() as connection:
            row = await cached.vm(connection, key)
        pool = await self.pool(row.pool_id)
        last = VmDocument.model_validate_json(row.document).repository
        document = await find_vm(self.master(pool).records, pool, row.id, last)
        if document is None:
            raise not_found("vm", key)
        return pool, document

    async def vms(self, pool: PoolDocument) -> list[VmDocument]:
        found = await every_vm(self.master(pool).records, pool)
        return found.with_known(await self._known_vms(pool) if found.unread else ())

    async def _known_vms(self, pool: PoolDocument) -> list[VmDocument]:
        async with self._store.read() as connection:
            rows = await cached.list_vms(connection, cached.VmFilter(pool=pool.id))
        return [VmDocument.model_validate_json(row.document) for row in rows]

    def direct(self, address: str, port: int, server: str) -> Agent:
        return self._agents.agent(Route(address, port, server), self._caller)

    def agent(self, pool: PoolDocument, server: str) -> Agent:
        """Through the master that is master now: a job may know the pool from before."""
        return self._agents.agent(route_to(self._cache.newest(pool), server), self._caller)

    def master(self, pool: PoolDocument) -> Agent:
        return self.agent(pool, self._cache.newest(pool).master.id)

    async def route(self, key: str) -> Route:
        """How to reach a server's agent. Raises ``Refused``: ``request.not_found``,
        ``server.not_enrolled``."""
        async with self._store.read() as connection:
            row = await known_servers.get(connection, key)
            pool = await cached.pool(connection, row.pool_id) if row.pool_id else None
        if not row.enrolled:
            raise Refused(
                "server.not_enrolled",
                f"server {row.name}",
                "it has no certificate of this manager yet",
                "on it: millpond-agent enrol TOKEN",
            )
        if pool is None:
            return Route(row.address, row.port, row.id)
        return route_to(PoolDocument.model_validate_json(pool.document), row.id)

    async def array_id(self, key: str) -> str:
        return (await self._arrays.get(key)).id

    def array(self, id_: str) -> Array:
        return cast(Array, RegisteredArray(self._arrays, id_))

    async def submit(self, kind: str, spec: BaseModel, key: str) -> str:
        if self._job is None:
            raise RuntimeError("only a job has children")
        row = await self._jobs.submit(
            kind, spec, user=self._job.user, key=f"/{self._job.id}/{key}", parent=self._caller
        )
        return row.id

    async def wait(self, job: str) -> None:
        """A held child is waited for: its operator decides. If the parent is cancelled, so is the
        child."""
        asked = False
        while True:
            row = await self._jobs.wait(job, LOOK_SECONDS)
            if row.ended is not None:
                break
            if row.state is JobState.HELD:
                await asyncio.sleep(LOOK_SECONDS)
            if not asked and await self._cancelled():
                asked = True
                with suppress(Refused):
                    await self._jobs.cancel(job)
        if row.state is JobState.CANCELLED and await self._cancelled():
            raise Cancelled
        if row.state is not JobState.DONE:
            raise _failure(row)

    async def _cancelled(self) -> bool:
        return self._job is not None and (await self._jobs.get(self._job.id)).cancel

    async def remember(self, pool: PoolDocument) -> None:
        await self._cache.put_pool(pool)
        self._look()

    async def forget(self, pool: str) -> None:
        await self._cache.forget_pool(pool)
        self._look()

    async def guest(self, pool: PoolDocument, server: str, vm: str) -> Guest | None:
        ticket = self._cache.ticket()
        guest = await self.agent(pool, server).hypervisor.guest(vm)
        self._cache.guest(server, vm, guest, ticket)
        return guest

    async def start(self, pool: PoolDocument, server: str, spec: GuestSpec) -> Guest:
        ticket = self._cache.ticket()
        guest = await self.agent(pool, server).hypervisor.start(spec)
        self._cache.guest(server, guest.id, guest, ticket)
        return guest

    async def touch(self, pool: PoolDocument, vm: str, document: VmDocument | None = None) -> None:
        """Also asks the servers where its guest was last seen, so that whoever reads the VM after a
        job sees what the job did, however late the servers' own word of it comes."""
        ticket = self._cache.ticket()
        if document is None:
            document = await find_vm(self.master(pool).records, pool, vm)
        self._cache.record(ticket, pool.id, vm, document)
        for server in self._cache.servers_of(vm) & {m.id for m in pool.members}:
            with suppress(Unknown, Failed):
                await self.guest(pool, server, vm)

    async def touch_all(self, pool: PoolDocument) -> None:
        ticket = self._cache.ticket()
        found = await every_vm(self.master(pool).records, pool)
        await self._cache.records(ticket, pool.id, found.vms, found.unread)


def route_to(pool: PoolDocument, server: str) -> Route:
    """Through the pool master, unless it is the master. Raises ``Refused(server.not_in_pool)``."""
    master, member = pool.master, pool.member(server)
    via = None if member.id == master.id else member.id
    return Route(master.address, master.port, master.id, via)


def _known(row: ServerRow) -> KnownServer:
    return KnownServer(
        id=row.id,
        name=row.name,
        address=row.address,
        port=row.port,
        pool=row.pool_id,
        enrolled=row.enrolled,
    )


def _failure(row: JobRow) -> Failed:
    """Why a child did not do what it was made for."""
    cause = row.state.value
    if row.error is not None:
        cause = str(from_json(json.loads(row.error), row.kind))
    return Failed(row.kind, f"{row.subject_name}: {cause} (job {row.id})")
