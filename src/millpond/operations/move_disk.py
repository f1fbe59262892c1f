"""Move disks of a VM to another repository: under the running guest, or copied while it is off. The VM itself
stays where it is; see ``move_vm``.

At every instant one file is the disk. It is the old one until the guest's QEMU has switched, which leaves a note
beside the old file for whoever starts the VM before its record says so too; see decision 0013.
"""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import count, islice
from pathlib import PurePath

from pydantic import Field

from millpond.domain.chain import chain
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import Observation
from millpond.domain.layout import disk_path, move_note, vm_directory
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import CLUSTER_ROOT, Repository
from millpond.domain.server import Role
from millpond.domain.vm import Disk, Guest, Model, Power, Wanted
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_vm import disk_step
from millpond.operations.disk_list import check_not_suspended, check_own_file, existing
from millpond.operations.remove_disk import DiskSpec
from millpond.operations.room import room
from millpond.operations.vms import Found, Vm, VmOperation, VmPlan, find, follow
from millpond.ports.agent import Agent
from millpond.ports.world import World

_NAMES = 100
RATE = Field(
    default=0,
    ge=0,
    le=100_000_000,
    description="kB/s at most while the VM runs; 0 is no limit",
)


class DiskMoveSpec(DiskSpec):
    repository: Name = Field(description="Where to; `root` is the cluster root", examples=["data1"])
    rate: int = RATE


class Moving(Model):
    """A disk before and after. ``thick``: all of its blocks are allocated."""

    old: Disk
    new: Disk
    thick: bool


class DiskMovePlan(VmPlan):
    """``guest_on`` is the guest's server, if there is one. ``worker`` makes and removes files, in the
    ``directory`` that the disks go to."""

    guest_on: Id | None
    moves: tuple[Moving, ...]
    worker: Id
    directory: AbsolutePath


class MoveDisk(VmOperation[DiskMoveSpec, DiskMovePlan]):
    kind = "disk.move"
    summary = "Move a disk of a VM to another repository, while the VM runs too"
    permission = Permission.VM_MANAGE
    spec_type = DiskMoveSpec
    plan_type = DiskMovePlan

    async def plan(self, world: World, spec: DiskMoveSpec) -> DiskMovePlan:
        found = await find(world, spec.vm)
        disk = existing(found, spec.target)
        check_own_file(disk, "moved")
        target = found.pool.repository(spec.repository)
        if found.document.repository_of(disk) == (target.id if target else None):
            raise there_already(f"disk {disk.target}", spec.repository)
        return await plan_moves(world, found, [disk], target)

    def steps(self, world: World, spec: DiskMoveSpec, plan: DiskMovePlan) -> list[Step]:
        return move_steps(world, plan, spec.rate)


def there_already(subject: str, repository: str) -> Refused:
    return Refused(
        "request.invalid",
        subject,
        f"it lies in repository {repository}",
        "name another one: millpond repository list",
    )


async def plan_moves(
    world: World, found: Found, disks: list[Disk], target: Repository | None
) -> DiskMovePlan:
    pool, document = found.pool, found.document
    check_still(found)
    for disk in (d for d in disks if d.backing):
        raise Refused(
            "vm.devices",
            f"disk {disk.target}",
            "images lie beneath it, and a chain of images moves with its whole VM only, while that is off",
            "stop the VM, and move all of it: millpond vm move VM REPOSITORY",
        )
    needed = [target, *(_repository(pool, document.repository_of(d)) for d in disks)]
    server = document.placed_on if found.guest else None
    worker = worker_for(pool, needed, server)
    agent = world.agent(pool, worker)
    root = target.mount if target else pool.cluster_root
    directory, home = vm_directory(root, document.config.id), pool.directory_of(document)
    taken: set[str] = set()
    moves, total = [], 0
    for disk in disks:
        allocated = await agent.disks.size(disk_path(home, disk.source)) or 0
        total += allocated
        name = await _free_name(
            agent, directory, PurePath(disk.source.partition(":")[2]).name, taken
        )
        at_home = directory == home
        changes: dict[str, object] = {
            "source": f"file:{name}" if at_home else f"file:{directory}/{name}",
            "repository": None if at_home or target is None else target.id,
        }
        new = Disk.model_validate(disk.model_dump() | changes)
        thick = allocated >= disk.size
        moves.append(Moving(old=disk, new=new, thick=thick))
    left = await room(world, pool, target.id if target else None)
    left.check(f"vm {document.config.name}", total)
    return DiskMovePlan(
        pool=pool.id,
        before=document,
        servers=(server, worker) if server else (worker,),
        guest_on=server,
        moves=tuple(moves),
        worker=worker,
        directory=directory,
    )


def check_still(found: Found) -> None:
    """Raises ``Refused``: ``server.unreachable``; ``vm.state`` for one that is suspended, or that the pool
    may start while it is copied."""
    check_not_suspended(found)
    document, name = found.document, found.document.config.name
    if found.power is Power.UNKNOWN:
        raise Refused(
            "server.unreachable",
            f"vm {name}",
            "the server it was last on does not answer",
            "bring the server back and repeat",
        )
    if found.guest is None and (document.placed_on or document.wanted is Wanted.ON):
        raise Refused(
            "vm.state",
            f"vm {name}",
            "its guest has ended, and the pool may start it again",
            f"repeat in a minute; or say that it shall be off: millpond vm kill {name}",
        )


def _repository(pool: PoolDocument, key: str | None) -> Repository | None:
    return pool.repository(key) if key is not None else None


def worker_for(pool: PoolDocument, needed: list[Repository | None], guest_on: str | None) -> str:
    """A server that has all these repositories: rather a utility server, rather not the guest's, which may
    fail meanwhile. Raises ``Refused(server.role)``, also if the guest's server does not have them."""
    able = [
        m
        for m in pool.members
        if not m.maintenance and all(r is None or r.on(m.id) for r in needed)
    ]
    if not able or (guest_on is not None and guest_on not in {m.id for m in able}):
        names = ", ".join(CLUSTER_ROOT if r is None else r.name for r in needed)
        raise Refused(
            "server.role",
            f"pool {pool.name}",
            f"no server that could do it has all of these repositories: {names}",
            "name a repository that the VM's server has, or move the VM to one that has both",
        )
    return min(able, key=lambda m: (m.id == guest_on, Role.UTILITY not in m.roles, m.name)).id


def numbered(name: str) -> Iterator[str]:
    """A file's name, and without an end those that are like it."""
    path = PurePath(name)
    yield name
    for number in count(1):
        yield f"{path.stem}-{number}{path.suffix}"


async def _free_name(agent: Agent, directory: str, name: str, taken: set[str]) -> str:
    for free in islice(numbered(name), _NAMES):
        if free not in taken and await agent.disks.size(f"{directory}/{free}") is None:
            taken.add(free)
            return free
    raise Refused(
        "object.exists",
        f"file {directory}/{name}",
        f"there are {_NAMES} files of its name already",
        "remove some of them",
    )


def move_steps(world: World, plan: DiskMovePlan, rate: int) -> list[Step]:
    """One disk after the other: what has moved stays moved, whatever becomes of the next."""
    vm = plan.at_work(world)
    steps, config = [directory_step(vm, plan.worker, plan.directory)], plan.before.config
    for moving in plan.moves:
        one = _OneMove(vm, plan, moving)
        disks = tuple(moving.new if d == moving.old else d for d in config.disks)
        config = config.model_copy(update={"disks": disks})
        record = vm.record_step(f"record {moving.new.target}", plan.before, config=config)
        if plan.guest_on is None:
            steps.append(one.copy_step())
        else:
            steps += [one.target_step(), one.move_step(plan.guest_on, rate << 10)]
        steps += [replace(record, point_of_no_return=True), one.delete_step()]
    return steps


def directory_step(vm: Vm, worker: str, directory: str) -> Step:
    made = False

    async def observe() -> Observation:
        return seen(made)

    async def act(_: Context) -> None:
        nonlocal made
        await (await vm.agent(worker)).disks.make_directory(directory)
        made = True

    async def undo() -> None:
        await (await vm.agent(worker)).disks.remove_directory(directory)

    return Step("directory", observe, act, undo)


class _OneMove:
    """The steps of one disk's move."""

    def __init__(self, vm: Vm, plan: DiskMovePlan, moving: Moving) -> None:
        self._vm, self._plan = vm, plan
        self._old, self._new, self._thick = moving.old, moving.new, moving.thick
        self._name = moving.new.target

    async def _files(self) -> tuple[Agent, str, str]:
        """Who sees them, the old file and the note beside it."""
        old = chain(await self._vm.directory(), self._old).top
        return await self._vm.agent(self._plan.worker), old, move_note(old)

    def copy_step(self) -> Step:
        async def clone(agent: Agent, task: str, path: str) -> None:
            _, old, _ = await self._files()
            format_ = self._new.format
            await agent.disks.clone(task, old, format_, path, format_)

        return disk_step(self._vm, self._plan.worker, self._new, "move", clone)

    def target_step(self) -> Step:
        """The empty file. It is not removed once it is the disk."""
        made = disk_step(self._vm, self._plan.worker, self._new, "create", None, thick=self._thick)

        async def undo() -> None:
            agent, _, note = await self._files()
            if await agent.disks.size(note) is not None:
                raise Failed("move", f"{self._name} has moved already: resume the job")
            await made.undo()

        return replace(made, undo=undo)

    def move_step(self, server: str, rate: int) -> Step:
        vm = self._vm

        async def observe() -> Observation:
            guest = await self._alive(server, lambda: vm.guest(server))
            if guest is not None:
                return seen(self._new in guest.config.disks)
            agent, _, note = await self._files()
            return seen(await agent.disks.size(note) is not None)

        async def act(ctx: Context) -> None:
            if await vm.is_dead(server):
                raise Failed("move", "the guest's server has failed")
            agent = await vm.agent(server)
            task = f"{ctx.job}/move {self._name}"
            begin = partial(agent.hypervisor.move_disk, task, vm.id, self._new, rate)
            await follow(agent, task, begin, ctx)
            await vm.world.touch(await vm.pool(), vm.id)

        async def undo() -> None:
            agent = await vm.agent(server)
            await self._alive(server, lambda: agent.hypervisor.keep_disk(vm.id, self._new))

        return Step(f"move {self._name}", observe, act, undo, point_of_no_return=True)

    async def _alive(self, server: str, ask: Callable[[], Awaitable[Guest | None]]) -> Guest | None:
        """What the guest's server answers; None if it is dead, and the guest with it."""
        try:
            return await ask()
        except Unknown:
            if await self._vm.is_dead(server):
                return None
            raise

    def delete_step(self) -> Step:
        """The old file and the note, and their directory if it was made for them."""

        async def observe() -> Observation:
            agent, old, note = await self._files()
            left = [await agent.disks.size(path) for path in (old, note)]
            return seen(left == [None, None])

        async def act(_: Context) -> None:
            agent, old, note = await self._files()
            await agent.disks.remove(old)
            await agent.disks.remove(note)
            if self._old.source.startswith("file:/"):
                await agent.disks.remove_directory(str(PurePath(old).parent))

        return Step(f"delete {self._name}", observe, act, point_of_no_return=True)
