"""The pool's LUNs on a server that joins the pool, or leaves it. It is not reached through the pool master: that
one does not know it yet, or any more."""

from millpond.domain.job import Observation
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.pool_lun import PoolLun
from millpond.operations.base import Context, Step, seen
from millpond.operations.luns import differing, has, host_of, registered
from millpond.operations.pools import direct
from millpond.ports.world import World


def joined_steps(world: World, pool: PoolDocument, member: Member) -> list[Step]:
    """It sees them all before it is a member: a guest may come to it at once."""
    groups = {(lun.array, lun.group): lun for lun in pool.luns}
    return [
        *(_register_step(world, member, groups[key]) for key in sorted(groups)),
        *(_take_step(world, member, lun) for lun in pool.luns),
    ]


def left_steps(world: World, pool: PoolDocument, member: Member) -> list[Step]:
    """It lets go of them, and the arrays show it nothing more."""
    groups = sorted({(lun.array, lun.group) for lun in pool.luns})
    return [
        *(_let_go_step(world, member, lun) for lun in pool.luns),
        *(_deregister_step(world, member, array, group) for array, group in groups),
    ]


def _register_step(world: World, member: Member, lun: PoolLun) -> Step:
    """For all LUNs of its group."""
    array, group = lun.array, lun.group

    async def observe() -> Observation:
        host = await host_of(direct(world, member), member)
        return seen(registered(await world.array(array).group(group), host, lun.ports))

    async def act(_: Context) -> None:
        host = await host_of(direct(world, member), member)
        await world.array(array).register(group, host)

    async def undo() -> None:
        host = await host_of(direct(world, member), member)
        await world.array(array).deregister(host.initiator)

    return Step(f"register for {group}", observe, act, undo)


def _deregister_step(world: World, member: Member, array: str, group: str) -> Step:
    async def observe() -> Observation:
        host = await host_of(direct(world, member), member)
        found = await world.array(array).group(group)
        return seen(found is None or all(path[0] != host.initiator for path in found.paths))

    async def act(_: Context) -> None:
        host = await host_of(direct(world, member), member)
        await world.array(array).deregister(host.initiator)

    async def undo() -> None:
        host = await host_of(direct(world, member), member)
        await world.array(array).register(group, host)

    return Step(f"deregister from {group}", observe, act, undo)


def _take_step(world: World, member: Member, lun: PoolLun) -> Step:
    async def observe() -> Observation:
        return seen(lun in await direct(world, member).host_luns.attached())

    async def act(_: Context) -> None:
        luns = direct(world, member).host_luns
        why = differing(await luns.seen(lun), lun, member.name)
        if why is not None:
            raise why
        await luns.attach(lun)

    async def undo() -> None:
        await direct(world, member).host_luns.detach(lun)

    return Step(f"attach {lun.name}", observe, act, undo)


def _let_go_step(world: World, member: Member, lun: PoolLun) -> Step:
    async def observe() -> Observation:
        return seen(not await has(direct(world, member).host_luns, lun))

    async def act(_: Context) -> None:
        await direct(world, member).host_luns.detach(lun)

    async def undo() -> None:
        await direct(world, member).host_luns.attach(lun)

    return Step(f"detach {lun.name}", observe, act, undo)
