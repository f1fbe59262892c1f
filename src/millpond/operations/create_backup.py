"""Back a VM up, while it runs or is off: everything, or what has changed since its last backup there."""

import time

from pydantic import Field

from millpond.domain.backup import (
    MAX_CHAIN,
    Backup,
    BackupOrder,
    Quiesce,
    backup_id,
    chain,
    of_schedule,
    surplus,
)
from millpond.domain.chain import chain as files_of
from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Id, Name, new_id
from millpond.domain.permissions import Permission
from millpond.domain.vm import PlaceSpec, Power
from millpond.operations.backups import Place, place_of, repository_of, worker
from millpond.operations.base import Context, Step, seen
from millpond.operations.room import data_in, room
from millpond.operations.vms import Found, VmOperation, VmPlan, VmSpec, find, follow
from millpond.ports.agent import Agent
from millpond.ports.live_copies import check_room
from millpond.ports.world import World

_ASKED = "that was asked for"


class BackupCreateSpec(VmSpec, PlaceSpec):
    full: bool = Field(default=False, description="Everything, even if less would do")
    quiesce: Quiesce = Field(
        default=Quiesce.NO,
        description="Have the guest's agent freeze its file systems for that moment: if it answers (try), "
        "or refuse without (require)",
    )
    keep: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description="Then delete the VM's oldest backups there that were taken by hand, but leave so many",
    )


class BackupCreatePlan(VmPlan):
    """``server`` does the work; the guest's own, if there is one."""

    server: Id
    place: Place
    order: BackupOrder


class CreateBackup(VmOperation[BackupCreateSpec, BackupCreatePlan]):
    kind = "backup.create"
    summary = "Back a VM up, while it runs or is off"
    permission = Permission.VM_MANAGE
    spec_type = BackupCreateSpec
    plan_type = BackupCreatePlan

    async def plan(self, world: World, spec: BackupCreateSpec) -> BackupCreatePlan:
        return await plan_backup(world, spec, None)

    def locks(self, spec: BackupCreateSpec, plan: BackupCreatePlan) -> list[Lock]:
        return [*super().locks(spec, plan), Lock(object=f"backups:{plan.vm}")]

    def steps(self, world: World, spec: BackupCreateSpec, plan: BackupCreatePlan) -> list[Step]:
        steps = [_copy_step(world, plan)]
        return [*steps, _prune_step(world, plan, spec.keep)] if spec.keep else steps


async def plan_backup(
    world: World, spec: BackupCreateSpec, schedule: Name | None
) -> BackupCreatePlan:
    """``schedule`` is the one that asks for it, None: somebody by hand. Raises ``Refused``."""
    found = await find(world, spec.vm)
    pool, config = found.pool, found.document.config
    place = place_of(pool, spec)
    server = _server(found, spec)
    backups = world.agent(pool, server).backups
    known = of_schedule(await backups.backups(place.path, config.id), schedule)
    now = time.time()
    parent, why = _parent(known, spec, schedule)
    left = await _room(world, found, server, place, whole=parent is None)
    order = BackupOrder(
        id=backup_id(now, new_id()),
        pool=pool.name,
        schedule=schedule,
        taken=now,
        config=config,
        directory=pool.directory_of(found.document),
        run=found.guest.run if found.guest else None,
        parent=parent,
        why_full=why,
        quiesce=_quiesce(found, spec.quiesce),
        known=tuple(b.id for b in known),
        room=left,
    )
    return BackupCreatePlan(
        pool=pool.id,
        before=found.document,
        servers=(server,),
        server=server,
        place=place,
        order=order,
    )


def _server(found: Found, spec: PlaceSpec) -> str:
    """A guest's disks are copied where it runs. Raises ``Refused``."""
    pool, name = found.pool, found.document.config.name
    where = found.document.placed_on
    if found.power is Power.UNKNOWN:
        raise Refused(
            "server.unreachable",
            f"vm {name}",
            "the server it was last on does not answer, so its state is not known",
            "bring the server back, and repeat",
        )
    if found.guest is None or where is None:
        return worker(pool, spec, found.document.config.id)
    named = worker(pool, spec, pool.id) if spec.server is not None else where
    if named != where:
        raise Refused(
            "request.invalid",
            f"vm {name}",
            f"it runs on {pool.member(where).name}, and its disks are copied there",
            "leave out the server, or move the VM: millpond vm migrate VM",
        )
    repository = repository_of(pool, spec)
    if repository is not None and not repository.on(where):
        raise Refused(
            "storage.unavailable",
            f"repository {repository.name}",
            f"{pool.member(where).name}, where VM {name} runs, does not have it",
            "choose one that all servers have, or move the VM: millpond vm migrate VM",
        )
    return where


def _quiesce(found: Found, asked: Quiesce) -> Quiesce:
    """A VM that is off has nothing that is not written. Raises ``Refused(vm.state)`` for one that stands
    still: its agent cannot answer."""
    if asked is Quiesce.REQUIRE and found.power is Power.PAUSED:
        name = found.document.config.name
        raise Refused(
            "vm.state",
            f"vm {name}",
            "it is paused, and its guest agent with it",
            f"let it run on: millpond vm unpause {name}; or do without: --quiesce try",
        )
    return asked if found.power is Power.RUNNING else Quiesce.NO


def _parent(
    known: list[Backup], spec: BackupCreateSpec, schedule: Name | None
) -> tuple[str | None, str]:
    """The backup to build on, or why there is none."""
    if spec.full:
        return None, _ASKED
    if not known:
        by = "by hand" if schedule is None else f"by schedule {schedule}"
        return None, f"it is the VM's first backup there {by}"
    links = chain(known, known[-1])
    if links[0].parent is not None:
        return None, f"backup {links[0].parent}, which the last one needs, is missing"
    if len(links) >= MAX_CHAIN:
        return None, f"{len(links)} backups need each other already"
    if spec.keep is not None and len(links) >= spec.keep:
        return None, f"{spec.keep} are kept, and none of those could go if this one needed them"
    return known[-1].id, ""


async def _room(world: World, found: Found, server: str, place: Place, *, whole: bool) -> int:
    """Bytes that the backup may take. Refused here if all that the disks hold is too much, and has to be
    copied: what has changed since another backup is known only later."""
    pool, config = found.pool, found.document.config
    agent, directory = world.agent(pool, server), pool.directory_of(found.document)
    of_files = [d for d in config.disks if d.source.startswith("file:")]
    files = [path for d in of_files for path in files_of(directory, d).paths]
    held = await data_in(agent.disks, files)
    blocks = sum(d.size for d in config.disks if d.source.startswith("phy:"))
    needed = held + blocks if whole or found.guest is None else 0
    if place.directory:
        left = await agent.backups.room(place.path)
        check_room(config.name, [needed], left)
        return left
    there = await room(world, pool, place.repository)
    there.check(f"vm {config.name}", needed)
    return there.left


def _copy_step(world: World, plan: BackupCreatePlan) -> Step:
    order, path = plan.order, plan.place.path
    task = f"{order.id}/backup"
    vm = plan.at_work(world)

    async def agent() -> Agent:
        return await vm.agent(plan.server)

    async def taken() -> Backup | None:
        all_ = await (await agent()).backups.backups(path, plan.vm)
        return next((b for b in all_ if b.id == order.id), None)

    async def observe() -> Observation:
        return seen(await taken() is not None)

    async def act(ctx: Context) -> None:
        there = await agent()
        await follow(there, task, lambda: there.backups.take(task, path, order), ctx)
        backup = await taken()
        if backup is not None:
            notes = [f"disk {d.target} in full: {d.why_full}" for d in backup.disks if d.why_full]
            if backup.why_not_quiesced:
                notes.append(f"not quiesced: {backup.why_not_quiesced}")
            await ctx.result({"backup": backup.id, "bytes": backup.bytes, "notes": notes})

    async def undo() -> None:
        await (await agent()).backups.discard(task, path, order)

    return Step("copy", observe, act, undo, point_of_no_return=True)


def _prune_step(world: World, plan: BackupCreatePlan, keep: int) -> Step:
    vm = plan.at_work(world)

    async def too_many() -> tuple[Agent, list[Backup]]:
        agent = await vm.agent(plan.server)
        there = await agent.backups.backups(plan.place.path, plan.vm)
        return agent, surplus(of_schedule(there, plan.order.schedule), keep)

    async def observe() -> Observation:
        return seen(not (await too_many())[1])

    async def act(_: Context) -> None:
        agent, old = await too_many()
        for each in old:
            await agent.backups.remove(plan.place.path, plan.vm, each.id)

    return Step("prune", observe, act)
