"""Take a LUN from a pool and delete it, in the order in which nobody loses anything."""

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.pool import PoolDocument
from millpond.domain.pool_lun import PoolLun
from millpond.operations.base import Context, Step, seen
from millpond.operations.luns import (
    LunHost,
    LunSpec,
    array_lock,
    check_unused,
    has,
    hosts_of,
    lun_of,
    shown,
    without,
)
from millpond.operations.pools import PoolOperation, PoolPlan, adjust_step
from millpond.ports.array import Array
from millpond.ports.host_luns import HostLuns
from millpond.ports.world import World


class LunDeletePlan(PoolPlan):
    lun: PoolLun
    hosts: tuple[LunHost, ...]


class DeleteLun(PoolOperation[LunSpec, LunDeletePlan]):
    kind = "lun.delete"
    summary = "Take a LUN that no VM has from a pool's servers, and delete it with its data"
    spec_type = LunSpec
    plan_type = LunDeletePlan

    async def plan(self, world: World, spec: LunSpec) -> LunDeletePlan:
        pool = await world.pool(spec.pool)
        lun = lun_of(pool, spec.lun)
        await check_unused(world, pool, lun)
        found = await world.array(lun.array).lun(lun.number)
        if found is not None and found.uid != lun.uid:
            raise Refused(
                "lun.differs",
                f"LUN {lun.name}",
                f"LUN {lun.number} of its array is another one now: {found.name}, {found.uid}",
                "look at the array: millpond array luns ARRAY",
            )
        return LunDeletePlan(before=pool, after=pool, lun=lun, hosts=await hosts_of(world, pool))

    def locks(self, spec: LunSpec, plan: LunDeletePlan) -> list[Lock]:
        return [*super().locks(spec, plan), array_lock(plan.lun.array)]

    def steps(self, world: World, spec: LunSpec, plan: LunDeletePlan) -> list[Step]:
        """Who has a disk there is asked once more when the first member lets go of it."""
        array = world.array(plan.lun.array)
        return [
            *(_detach_step(world, plan, each) for each in plan.hosts),
            _confirm_step(world, plan),
            _unmap_step(array, plan.lun),
            _delete_step(array, plan.lun),
            _group_step(array, plan.lun),
            _record_step(world, plan),
        ]


def _detach_step(world: World, plan: LunDeletePlan, there: LunHost) -> Step:
    def luns() -> HostLuns:
        return world.agent(plan.before, there.server).host_luns

    async def observe() -> Observation:
        return seen(not await has(luns(), plan.lun))

    async def act(_: Context) -> None:
        await check_unused(world, plan.before, plan.lun)
        await luns().detach(plan.lun)

    async def undo() -> None:
        await luns().attach(plan.lun)

    return Step(f"detach on {there.host.name}", observe, act, undo)


def _confirm_step(world: World, plan: LunDeletePlan) -> Step:
    """All at once, after the last has let go of it."""
    confirmed = False

    async def observe() -> Observation:
        return seen(confirmed)

    async def act(_: Context) -> None:
        nonlocal confirmed
        for each in plan.hosts:
            if await has(world.agent(plan.before, each.server).host_luns, plan.lun):
                raise Refused(
                    "lun.in_use",
                    f"LUN {plan.lun.name}",
                    f"{each.host.name} has it again",
                    f"repeat the request: millpond lun delete {plan.before.name} {plan.lun.name}",
                )
        await check_unused(world, plan.before, plan.lun)
        confirmed = True

    return Step("confirm", observe, act)


def _unmap_step(array: Array, lun: PoolLun) -> Step:
    async def observe() -> Observation:
        return seen(not await shown(array, lun.group, lun.number, lun.hlu))

    async def act(_: Context) -> None:
        await array.unmap(lun.group, lun.hlu)

    async def undo() -> None:
        if not await shown(array, lun.group, lun.number, lun.hlu):
            await array.map(lun.group, lun.number, lun.hlu)

    return Step("unmap", observe, act, undo)


def _delete_step(array: Array, lun: PoolLun) -> Step:
    async def there() -> bool:
        found = await array.lun(lun.number)
        return found is not None and found.uid == lun.uid

    async def observe() -> Observation:
        return seen(not await there())

    async def act(_: Context) -> None:
        await array.delete(lun.number)

    return Step("delete", observe, act, point_of_no_return=True)


def _group_step(array: Array, lun: PoolLun) -> Step:
    """A group that shows nothing more goes, with its servers' registrations."""

    async def observe() -> Observation:
        found = await array.group(lun.group)
        return seen(found is None or bool(found.luns))

    async def act(_: Context) -> None:
        await array.delete_group(lun.group)

    return Step("group", observe, act)


def _record_step(world: World, plan: LunDeletePlan) -> Step:
    def wanted(pool: PoolDocument) -> PoolDocument:
        return without(pool, plan.lun.name)

    return adjust_step(world, plan.before.id, "record", wanted, wanted)
