"""A manager that can die at any moment and be started again: its jobs are the users' of the pool.

The job table and what it knows of pools are its database and outlive it; everything else is gone
with the process. ``Manager`` is the process, over and over again.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from millpond.domain.errors import Failed, MillpondError, Refused, not_found
from millpond.domain.job import JobState, Lock
from millpond.domain.names import new_id
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Guest, GuestSpec, VmDocument
from millpond.operations.base import Cancelled, Operation
from millpond.operations.records import every_vm, find_vm
from millpond.operations.registry import OPERATIONS
from millpond.ports.agent import Agent
from millpond.ports.array import Array
from millpond.ports.world import KnownServer
from millpond.sim.clock import Process, VirtualLoop
from millpond.sim.network import Network, Node
from millpond.sim.steps import Job, Run, Table
from millpond.sim.wire import Caller, Door, remote

LOOK_SECONDS = 1.0
ATTEMPTS = 5
"""Plans made before giving up on an object that others keep changing."""
LOOK_AGAIN = 30.0
"""Seconds between two looks at the jobs that are held because the world did not answer."""


@dataclass
class Database:
    """``pools`` by id, ``vms`` the pool of each VM by its id."""

    table: Table
    pools: dict[str, PoolDocument] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)


@dataclass
class Address:
    """How the manager reaches a server."""

    node: Node
    door: Callable[[], Door]
    known: KnownServer


class Manager:
    """``servers`` by id."""

    def __init__(
        self,
        loop: VirtualLoop,
        network: Network,
        database: Database,
        servers: dict[str, Address],
        log: Callable[[str], None],
    ) -> None:
        self.node = Node("manager")
        self.database = database
        self.network = network
        self.servers = servers
        self._loop = loop
        self._log = log
        self.node.up = False

    # The process

    def start(self) -> None:
        """Jobs that were under way go on, each under a higher fence."""
        self.node.up = True
        self.node.process = Process(self._loop, "manager")
        for job in list(self.database.table.jobs.values()):
            if job.state in (JobState.QUEUED, JobState.RUNNING):
                self._begin(job)
        self.node.process.spawn(self._revisit(), name="look at held jobs")

    def crash(self) -> None:
        process, self.node.process, self.node.up = self.node.process, None, False
        if process is not None:
            process.kill()
            self.network.ended(process)

    @property
    def running(self) -> bool:
        return self.node.process is not None

    def ask(self, kind: str, spec: BaseModel) -> None:
        """A user's request, accepted or refused in a while; nobody is there while it is down."""
        if self.node.process is not None:
            self.node.process.spawn(self._ask(kind, spec), name=f"request {kind}")

    async def _ask(self, kind: str, spec: BaseModel) -> None:
        try:
            await self.submit(kind, spec)
        except MillpondError as error:
            self._log(f"{kind} {_subject(spec)} is not accepted: {error}")

    async def submit(
        self, kind: str, spec: BaseModel, key: str | None = None, parent: Job | None = None
    ) -> Job:
        """Plan and acknowledge. Raises ``Refused``, ``Unknown``."""
        table = self.database.table
        if key is not None and key in table.keys:
            return table.jobs[table.keys[key]]
        plan, locks = await self._plan(OPERATIONS[kind], spec, parent)
        job = Job(new_id(), kind, spec, plan, locks, f"{kind} {_subject(spec)}")
        job.parent = parent.id if parent else None
        table.jobs[job.id] = job
        if key is not None:
            table.keys[key] = job.id
        self._begin(job)
        return job

    async def _plan(
        self, operation: Operation[Any, Any], spec: BaseModel, parent: Job | None
    ) -> tuple[BaseModel, list[Lock]]:
        """Made again if another job had what it is about in its hands meanwhile."""
        table = self.database.table
        for _ in range(ATTEMPTS):
            moment = len(table.released)
            self._refuse_if_busy(spec, parent)
            plan = await operation.plan(World(self, None), spec)
            locks = operation.locks(spec, plan)
            taken = table.busy(locks, parent.id if parent else None)
            if taken is not None:
                raise _busy(taken)
            if not table.stale(locks, moment):
                return plan, locks
        raise _busy(locks[0].object)

    def _refuse_if_busy(self, spec: BaseModel, parent: Job | None) -> None:
        vm = self.database.names.get(getattr(spec, "vm", ""))
        for job in self.database.table.jobs.values():
            held = any(lock.object == f"vm:{vm}" for lock in job.locks)
            if vm and held and not job.ended and job is not parent:
                raise _busy(f"vm:{vm}")

    def _begin(self, job: Job) -> None:
        job.fence += 1
        assert self.node.process is not None
        self.node.process.spawn(self._carry_on(job), name=f"job {job.title}")

    async def _carry_on(self, job: Job) -> None:
        self.database.table.set(job, JobState.RUNNING)
        await self._run(job).run()

    def _run(self, job: Job) -> Run:
        steps = OPERATIONS[job.kind].steps(World(self, job), job.spec, job.plan)
        return Run(job, steps, self.database.table)

    async def _revisit(self) -> None:
        """What was held because the world did not answer goes on once it does."""
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            for job in list(self.database.table.jobs.values()):
                if job.state is JobState.HELD and job.silent and await self._run(job).answers():
                    self.resume(job)

    def resume(self, job: Job) -> None:
        """What an operator does with a job that is held."""
        if job.state is JobState.HELD and self.running:
            self._begin(job)

    # What it knows

    def newest(self, pool: PoolDocument) -> PoolDocument:
        """The pool as it is since another server became its master."""
        known = self.database.pools.get(pool.id, pool)
        return known if known.term > pool.term else pool

    async def heard(self, server: str, pool: str, term: int) -> None:
        """A server says that it is master, of this term. If that is news it is asked for the
        record."""
        known = self.database.pools[pool]
        if term > known.term:
            address = self.servers[server]
            agent = remote(self.network, self.node, address.node, address.door, Caller())
            found = await agent.records.pool(known.cluster_root)
            if found is not None:
                self.heard_master(found)

    def heard_master(self, pool: PoolDocument) -> None:
        """The record as its master has it."""
        known = self.database.pools.get(pool.id)
        if known is None or (pool.term, pool.generation) > (known.term, known.generation):
            self.database.pools[pool.id] = pool


class World:
    """``ports.world.World`` for one job, or for planning (None)."""

    def __init__(self, manager: Manager, job: Job | None) -> None:
        self._manager = manager
        self._job = job
        self._caller = Caller(job=job.id, fence=job.fence) if job else Caller()

    async def server(self, key: str) -> KnownServer:
        for address in self._manager.servers.values():
            if key in (address.known.id, address.known.name):
                return address.known
        raise not_found("server", key)

    async def servers(self) -> list[KnownServer]:
        return [a.known for a in self._manager.servers.values()]

    async def pool(self, key: str) -> PoolDocument:
        for known in self._manager.database.pools.values():
            if key in (known.id, known.name):
                found = await self.master(known).records.pool(known.cluster_root)
                if found is None:
                    raise not_found("pool", key)
                return found
        raise not_found("pool", key)

    async def pools(self) -> list[PoolDocument]:
        return list(self._manager.database.pools.values())

    async def vm(self, key: str) -> tuple[PoolDocument, VmDocument]:
        id_ = self._manager.database.names.get(key, key)
        pool = await self.pool(next(iter(self._manager.database.pools)))
        document = await find_vm(self.master(pool).records, pool, id_)
        if document is None:
            raise not_found("vm", key)
        return pool, document

    async def vms(self, pool: PoolDocument) -> list[VmDocument]:
        return (await every_vm(self.master(pool).records, pool)).vms

    def direct(self, address: str, port: int, server: str) -> Agent:
        return self._reach(server, None)

    def agent(self, pool: PoolDocument, server: str) -> Agent:
        pool = self._manager.newest(pool)
        master = pool.master.id
        member = pool.member(server).id
        return self._reach(master, None if member == master else member)

    def master(self, pool: PoolDocument) -> Agent:
        return self._reach(self._manager.newest(pool).master.id, None)

    def _reach(self, server: str, member: str | None) -> Agent:
        found = self._manager.servers[server]
        manager = self._manager
        return remote(manager.network, manager.node, found.node, found.door, self._caller, member)

    async def array_id(self, key: str) -> str:
        raise not_found("array", key)

    def array(self, id_: str) -> Array:
        raise not_found("array", id_)

    async def submit(self, kind: str, spec: BaseModel, key: str) -> str:
        if self._job is None:
            raise RuntimeError("only a job has children")
        child = await self._manager.submit(kind, spec, f"{self._job.id}/{key}", self._job)
        return child.id

    async def wait(self, job: str) -> None:
        row = self._manager.database.table.jobs[job]
        while not row.ended:
            if self._job is not None and self._job.cancel:
                row.cancel = True
            await asyncio.sleep(LOOK_SECONDS)
        if row.state is JobState.CANCELLED and self._job is not None and self._job.cancel:
            raise Cancelled
        if row.state is not JobState.DONE:
            raise Failed(row.kind, f"{row.title}: {row.error or row.state.value}")

    async def remember(self, pool: PoolDocument) -> None:
        self._manager.heard_master(pool)

    async def forget(self, pool: str) -> None:
        self._manager.database.pools.pop(pool, None)

    async def guest(self, pool: PoolDocument, server: str, vm: str) -> Guest | None:
        return await self.agent(pool, server).hypervisor.guest(vm)

    async def start(self, pool: PoolDocument, server: str, spec: GuestSpec) -> Guest:
        return await self.agent(pool, server).hypervisor.start(spec)

    async def touch(self, pool: PoolDocument, vm: str, document: VmDocument | None = None) -> None:
        """Nobody looks at the cache of a simulated manager."""

    async def touch_all(self, pool: PoolDocument) -> None:
        """As ``touch``."""


def _subject(spec: BaseModel) -> str:
    found: Any = getattr(spec, "vm", None) or getattr(spec, "server", None)
    return str(found or getattr(spec, "pool", ""))


def _busy(what: str) -> Refused:
    return Refused("object.busy", what.replace(":", " ", 1), "a job holds it", "wait for it")
