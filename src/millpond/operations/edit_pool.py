"""Change a pool's name, description, migration limits or high availability."""

from collections.abc import Callable

from pydantic import Field

from millpond.domain.ha.settings import Isolation
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Name, Text
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Membership
from millpond.domain.vm import Model
from millpond.operations.admitting import FORCE, admit
from millpond.operations.base import Context, Step, admitted, check_generation, seen
from millpond.operations.pool_settings import SettingsOperation
from millpond.operations.pools import (
    PoolPlan,
    PoolSpec,
    adjust_step,
    check_free_pool_name,
    membership_of,
)
from millpond.ports.world import World


class HaChanges(Model):
    """What to change; a field that is left out stays as it is. The tolerated outage of the storage
    is fixed once the pool has its lockspace; rules have requests of their own."""

    enabled: bool | None = Field(default=None, description="Guard the VMs that ask for it")
    tolerate: int | None = Field(
        default=None, ge=0, le=16, description="Server failures to keep room for"
    )
    isolation: Isolation | None = Field(
        default=None, description="What a server does with HA VMs when it hears no pool master"
    )


class PoolChanges(Model):
    """What to change; a field that is left out stays as it is."""

    name: Name | None = None
    description: Text | None = None
    bandwidth: int | None = Field(default=None, ge=0, le=1_000_000)
    migrations: int | None = Field(default=None, ge=1, le=32)
    reserve: int | None = Field(
        default=None, ge=0, le=90, description="Percent of each repository to keep free"
    )
    ha: HaChanges | None = None


class PoolEditSpec(PoolSpec):
    changes: PoolChanges
    force: bool = Field(default=False, description=FORCE)
    if_match: int | None = Field(default=None, description="Only if this is its generation")


def _with(changes: PoolChanges) -> Callable[[PoolDocument], PoolDocument]:
    """The record with the changes, and all else as it is."""
    fields = changes.model_dump(exclude_none=True, exclude={"ha"})
    ha = changes.ha.model_dump(exclude_none=True) if changes.ha else {}

    def apply(now: PoolDocument) -> PoolDocument:
        return now.model_copy(update=fields | {"ha": now.ha.model_copy(update=ha)})

    return apply


def _without(changes: PoolChanges, before: PoolDocument) -> Callable[[PoolDocument], PoolDocument]:
    """The record with what the changes concern as it was ``before``."""
    fields = changes.model_dump(exclude_none=True, exclude={"ha"})
    ha = changes.ha.model_dump(exclude_none=True) if changes.ha else {}

    def apply(now: PoolDocument) -> PoolDocument:
        old_ha = now.ha.model_copy(update={f: getattr(before.ha, f) for f in ha})
        return now.model_copy(update={f: getattr(before, f) for f in fields} | {"ha": old_ha})

    return apply


class EditPool(SettingsOperation[PoolEditSpec]):
    kind = "pool.edit"
    summary = "Change a pool's name, description, migration limits or high availability"
    spec_type = PoolEditSpec

    async def plan(self, world: World, spec: PoolEditSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        check_generation(f"pool {pool.name}", pool.generation, spec.if_match)
        await check_free_pool_name(world, spec.changes.name or pool.name, pool.id)
        after = _with(spec.changes)(pool)
        if spec.changes.ha and not spec.force:
            await admit(world, f"pool {after.name}", pool, after)
        return PoolPlan(before=pool, after=after)

    def locks(self, spec: PoolEditSpec, plan: PoolPlan) -> list[Lock]:
        renamed = plan.after.name != plan.before.name
        names = [Lock(object=f"pool-name:{plan.after.name}")] if renamed else []
        return [*super().locks(spec, plan), *names]

    def steps(self, world: World, spec: PoolEditSpec, plan: PoolPlan) -> list[Step]:
        before, after = plan.before, plan.after
        back = _without(spec.changes, before)
        record = adjust_step(world, after.id, "record", _with(spec.changes), back)

        async def check() -> None:
            if spec.changes.ha and not spec.force:
                now = await world.pool(after.id)
                await admit(world, f"pool {after.name}", before, now)

        steps = [admitted(record, check)]
        if membership_of(after, after.master) != membership_of(before, before.master):
            steps += [_tell_step(world, m, before) for m in after.members]
        return steps


def _tell_step(world: World, member: Member, before: PoolDocument) -> Step:
    """Tell a member what the record says now of what it remembers."""

    async def wanted() -> Membership:
        pool = await world.pool(before.id)
        return membership_of(pool, pool.member(member.id))

    async def join(membership: Membership) -> None:
        pool = await world.pool(before.id)
        await world.agent(pool, member.id).server.join(membership)

    async def observe() -> Observation:
        agent = world.agent(await world.pool(before.id), member.id)
        return seen(await agent.server.membership() == await wanted())

    async def act(_: Context) -> None:
        await join(await wanted())

    async def undo() -> None:
        old = {"pool_name": before.name, "isolation": before.ha.isolation}
        await join((await wanted()).model_copy(update=old))

    return Step(f"tell {member.name}", observe, act, undo)
