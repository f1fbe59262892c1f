"""What a VM that runs is cloned from: a backup of it, taken for that and gone after."""

import time
from functools import partial

from millpond.domain.backup import BACKUPS, BackupOrder, backup_id
from millpond.domain.job import Observation
from millpond.domain.names import AbsolutePath, Id, new_id
from millpond.domain.vm import Disk, Model
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_vm import Fill
from millpond.operations.room import room
from millpond.operations.vms import Found, Vm, follow
from millpond.ports.agent import Agent
from millpond.ports.world import World


class Instant(Model):
    """All disks of a running VM as they are at one instant, in the folder ``place`` of its own repository,
    made on its ``server``."""

    order: BackupOrder
    place: AbsolutePath
    server: Id


async def instant_of(world: World, found: Found) -> Instant | None:
    """None for a VM that is off."""
    pool, document, guest = found.pool, found.document, found.guest
    if guest is None or document.placed_on is None:
        return None
    now = time.time()
    order = BackupOrder(
        id=backup_id(now, new_id()),
        pool=pool.name,
        taken=now,
        config=document.config,
        directory=pool.directory_of(document),
        run=guest.run,
        parent=None,
        why_full="it is for a clone",
        room=(await room(world, pool, document.repository)).left,
    )
    place = f"{pool.root_of(document.repository)}/{BACKUPS}"
    return Instant(order=order, place=place, server=document.placed_on)


def take_step(vm: Vm, instant: Instant) -> Step:
    """Undone by leaving nothing of it, on the way back and at the end alike."""
    order = instant.order
    task = f"{order.id}/backup"

    async def observe() -> Observation:
        agent = await vm.agent(instant.server)
        found = await agent.backups.backups(instant.place, order.config.id)
        return seen(any(b.id == order.id for b in found))

    async def act(ctx: Context) -> None:
        agent = await vm.agent(instant.server)
        take = partial(agent.backups.take, task, instant.place, order)
        await follow(agent, task, take, ctx)

    async def undo() -> None:
        agent = await vm.agent(instant.server)
        await agent.backups.discard(task, instant.place, order)

    return Step("copy", observe, act, undo)


def drop_step(take: Step) -> Step:
    """Nothing of it is left once the clone has its disks."""

    async def observe() -> Observation:
        there = await take.observe()
        return seen(there is Observation.ABSENT)

    async def act(_: Context) -> None:
        await take.undo()

    return Step("tidy", observe, act)


def filled_from(instant: Instant, disk: Disk) -> Fill:
    async def restore(agent: Agent, task: str, path: str) -> None:
        order = instant.order
        await agent.backups.restore(
            task, instant.place, order.config.id, order.id, disk.target, path, disk.format
        )

    return restore
