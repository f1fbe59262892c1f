"""Change a pool's name, description or migration limits."""

from pydantic import Field

from millpond.domain.names import Name, Text
from millpond.domain.vm import Model
from millpond.operations.base import Step, check_generation
from millpond.operations.pools import (
    PoolOperation,
    PoolPlan,
    PoolSpec,
    changed,
    check_free_pool_name,
    join_step,
    record_step,
)
from millpond.ports.world import World


class PoolChanges(Model):
    """What to change; a field that is left out stays as it is."""

    name: Name | None = None
    description: Text | None = None
    bandwidth: int | None = Field(default=None, ge=0, le=1_000_000)
    migrations: int | None = Field(default=None, ge=1, le=32)


class PoolEditSpec(PoolSpec):
    changes: PoolChanges
    if_match: int | None = Field(default=None, description="Only if this is its generation")


class EditPool(PoolOperation[PoolEditSpec, PoolPlan]):
    kind = "pool.edit"
    summary = "Change a pool's name, description or migration limits"
    spec_type = PoolEditSpec
    plan_type = PoolPlan

    async def plan(self, world: World, spec: PoolEditSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        check_generation(f"pool {pool.name}", pool.generation, spec.if_match)
        fields = spec.changes.model_dump(exclude_none=True)
        await check_free_pool_name(world, fields.get("name", pool.name), pool.id)
        return changed(pool, **fields)

    def steps(self, world: World, spec: PoolEditSpec, plan: PoolPlan) -> list[Step]:
        steps = [record_step(world, plan.before, plan.after)]
        if plan.after.name != plan.before.name:
            steps += [join_step(world, m, plan.after, plan.before) for m in plan.after.members]
        return steps
