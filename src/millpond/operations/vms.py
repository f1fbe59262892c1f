"""What all VM operations share: finding the VM, its power, its records, its tasks."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import Field

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.ha.status import DEAD
from millpond.domain.job import Lock, Mode, Observation, TaskState, TaskStatus
from millpond.domain.layout import vm_directory
from millpond.domain.lifecycle import check_power, power_without_guest
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Guest, GuestSpec, Model, Power, VmDocument
from millpond.operations.base import Cancelled, Context, Operation, Step, seen
from millpond.ports.agent import Agent
from millpond.ports.world import World

TASK_WAIT = 5.0
"""Seconds one look at a long task may take."""


class VmSpec(Model):
    """A request about one VM, by name or id."""

    vm: Name = Field(description="Name or id of the VM", examples=["web1"])


class VmPlan(Model):
    """The pool, the VM's record as it was when the request was accepted, and the servers (ids) the
    work touches."""

    pool: Id
    before: VmDocument
    servers: tuple[Id, ...] = ()

    @property
    def vm(self) -> str:
        """The VM's id."""
        return self.before.config.id

    def at_work(self, world: World) -> "Vm":
        return Vm(world, self.pool, self.vm, self.before.repository)


S = TypeVar("S", bound=Model)
P = TypeVar("P", bound=VmPlan)


class VmOperation(Operation[S, P]):
    """An operation on one VM: it holds the VM alone, its pool and servers shared."""

    permission = Permission.VM_OPERATE

    def locks(self, spec: S, plan: P) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            *(Lock(object=f"server:{s}", mode=Mode.SHARED) for s in sorted(set(plan.servers))),
            Lock(object=f"vm:{plan.vm}"),
        ]

    def subject(self, spec: S, plan: P) -> str:
        return f"vm:{plan.vm}"


@dataclass(frozen=True)
class Found:
    """A VM as an operation's plan finds it."""

    pool: PoolDocument
    document: VmDocument
    power: Power
    guest: Guest | None


async def find(world: World, key: str) -> Found:
    """The VM, its pool, and its power as the server it was placed on says right now."""
    pool, document = await world.vm(key)
    if document.arriving is not None:
        raise arriving(document.config.name)
    if document.creating:
        raise Refused(
            "vm.state",
            f"vm {document.config.name}",
            "it was never completely created",
            f"delete it: millpond vm delete {document.config.name}",
        )
    guest = None
    for server in (document.placed_on, document.migrating_to):
        if guest is None and server is not None and any(m.id == server for m in pool.members):
            try:
                guest = await world.agent(pool, server).hypervisor.guest(document.config.id)
            except Unknown:
                return Found(pool, document, Power.UNKNOWN, None)
    power = guest.power if guest else power_without_guest(document)
    return Found(pool, document, power, guest)


def arriving(vm: str) -> Refused:
    """What can be done with a VM that is being imported warm is done by other operations."""
    return Refused(
        "vm.state",
        f"vm {vm}",
        "it still runs elsewhere, and its disks are being copied from there",
        f"cut it over: millpond vm warm cut-over {vm}; or give it up: millpond vm warm cancel {vm}",
    )


def check_free_name(pool: PoolDocument, vms: list[VmDocument], name: str) -> None:
    """Refuse a VM name that one of the pool's ``vms`` has."""
    if any(d.config.name == name for d in vms):
        raise Refused(
            "object.exists",
            f"vm {name}",
            f"pool {pool.name} has a VM of that name",
            "choose another",
        )


async def find_for(world: World, key: str, operation: str) -> Found:
    """``find``, refused unless ``operation`` is allowed in the VM's state."""
    found = await find(world, key)
    check_power(operation, found.document.config.name, found.power)
    return found


async def plan_on_server(world: World, key: str, operation: str) -> VmPlan:
    """The plan of an operation on a VM that has a guest: ``servers[0]`` is where it is."""
    return plan_where_found(await find_for(world, key, operation))


def plan_where_found(found: Found) -> VmPlan:
    """The same for a VM that was looked up already."""
    server = found.document.placed_on
    if server is None:
        raise Refused(
            "vm.state", f"vm {found.document.config.name}", "it is on no server", "start it first"
        )
    return VmPlan(pool=found.pool.id, before=found.document, servers=(server,))


@dataclass
class Vm:
    """One VM at work: its record and its agents, read afresh at each use. The pool's record is read
    once: the job holds the pool, so its members stay what they are. Its master may change in between,
    for servers elect it by themselves; ``world`` finds the one of the moment. It
    holds the VM alone, so ``repository``, where it lies, and its configuration stay what they were when last read or written here."""

    world: World
    pool_id: str
    id: str
    repository: str | None = None
    _pool: PoolDocument | None = field(default=None, init=False, repr=False)
    _latest: VmDocument | None = field(default=None, init=False, repr=False)

    async def pool(self) -> PoolDocument:
        if self._pool is None:
            self._pool = await self.world.pool(self.pool_id)
        return self._pool

    @property
    def latest(self) -> VmDocument | None:
        """The record as it was last read or written here."""
        return self._latest

    async def read(self) -> VmDocument | None:
        """The record as the pool master has it now."""
        records = self.world.master(await self.pool()).records
        self._latest = await records.vm(await self.root(), self.id)
        return self._latest

    async def write(self, **changes: Any) -> None:
        """Change fields of the record as it was just read (one generation on), and refresh the
        manager's cache."""
        document, pool = self._latest, await self.pool()
        if document is None:
            raise Failed("record", f"the record of VM {self.id} is gone")
        if _differs(document, changes):
            changes["generation"] = document.generation + 1
            document = document.model_copy(update=changes)
            await self.world.master(pool).records.put_vm(await self.root(), document)
            self._latest = document
        await self.world.touch(pool, self.id, document)

    async def put_back(self, before: VmDocument, *fields: str) -> None:
        """Fields of the record, if there is one, as they were ``before``."""
        if await self.read() is not None:
            await self.write(**{field: getattr(before, field) for field in fields})

    async def withdraw(self, before: VmDocument, run: str | None, *fields: str) -> None:
        """``put_back`` what was claimed for ``run``, unless the pool has started another one since."""
        document = await self.read()
        if document is not None and document.run in (None, run):
            await self.write(**{field: getattr(before, field) for field in fields})

    async def agent(self, server: str) -> Agent:
        return self.world.agent(await self.pool(), server)

    async def guest(self, server: str) -> Guest | None:
        return await self.world.guest(await self.pool(), server, self.id)

    async def is_dead(self, server: str) -> bool:
        """Whether the pool master says so. Raises ``Unknown`` if that does not answer."""
        try:
            status = await self.world.master(await self.pool()).ha.status()
        except Refused:  # a new master looks around first
            return False
        return any(h.server == server and h.state in DEAD for h in status.hosts)

    async def start(self, server: str, spec: GuestSpec) -> Guest:
        return await self.world.start(await self.pool(), server, spec)

    async def root(self) -> str:
        """Of its repository."""
        return (await self.pool()).root_of(self.repository)

    async def directory(self) -> str:
        return vm_directory(await self.root(), self.id)

    async def guest_spec(self, run: str) -> GuestSpec:
        """What a server needs to run the VM as its record says."""
        document = self._latest or await self.read()
        if document is None:
            raise Failed("record", f"the record of VM {self.id} is gone")
        return GuestSpec(
            config=document.config,
            directory=await self.directory(),
            lockspace=self.pool_id,
            run=run,
        )

    def record_step(self, name: str, before: VmDocument, **wanted: Any) -> Step:
        """Set fields of the record; undone to what they were ``before``."""

        async def observe() -> Observation:
            document = await self.read()
            return seen(document is not None and not _differs(document, wanted))

        async def act(_: Context) -> None:
            await self.write(**wanted)

        async def undo() -> None:
            await self.put_back(before, *wanted)

        return Step(name, observe, act, undo)

    def claim_step(self, name: str, before: VmDocument, **wanted: Any) -> Step:
        """A ``record_step`` that says where a run of the guest is to be. While a job rests the pool
        may start the VM by itself: what it then recorded is neither overwritten nor taken back."""
        step, run = self.record_step(name, before, **wanted), wanted.get("run", before.run)

        async def act(ctx: Context) -> Observation | None:
            if self._latest is not None and self._latest.run not in (before.run, None, run):
                raise Refused(
                    "pool.stale",
                    f"vm {before.config.name}",
                    "the pool has started it by itself meanwhile",
                    f"look at it, then repeat the request: millpond vm show {before.config.name}",
                )
            return await step.act(ctx)

        async def undo() -> None:
            await self.withdraw(before, run, *wanted)

        return Step(name, step.observe, act, undo)

    def release_step(self, before: VmDocument) -> Step:
        """Record that the VM is on no server any more."""
        return self.record_step("release", before, placed_on=None, migrating_to=None, run=None)


def _differs(document: VmDocument, wanted: dict[str, Any]) -> bool:
    return any(getattr(document, field) != value for field, value in wanted.items())


async def follow(
    agent: Agent, task: str, begin: Callable[[], Awaitable[None]], ctx: Context
) -> TaskState:
    """Begin long work under the name ``task``, report its progress, wait for its end.

    Raises ``Cancelled`` when the job is cancelled, ``Refused`` or ``Failed`` as the task ended, and
    ``Unknown`` when the agent no longer knows the task (it was restarted: look at the world).
    """
    await begin()
    while True:
        state = await agent.tasks.state(task, TASK_WAIT if not ctx.cancelled else 1.0)
        await ctx.report(state.progress)
        match state.status:
            case TaskStatus.DONE:
                return state
            case TaskStatus.FAILED if state.refusal is not None:
                raise Refused(**state.refusal.model_dump())
            case TaskStatus.FAILED:
                raise Failed(task.rpartition("/")[2], state.error)
            case TaskStatus.CANCELLED:
                raise Cancelled
            case TaskStatus.ABSENT:
                raise Unknown(task.rpartition("/")[2], "the agent was restarted meanwhile")
            case TaskStatus.RUNNING if ctx.cancelled:
                await agent.tasks.cancel(task)
            case TaskStatus.RUNNING:
                pass
