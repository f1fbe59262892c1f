"""Arm and disarm a pool's high availability; what all changes of a pool's settings share."""

from typing import TypeVar

from millpond.domain.ha.settings import HaSettings
from millpond.domain.job import Lock, Mode
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Model
from millpond.operations.base import Operation, Step
from millpond.operations.pools import PoolPlan, PoolSpec, adjust_step, changed
from millpond.ports.world import World

S = TypeVar("S", bound=Model)


class SettingsOperation(Operation[S, PoolPlan]):
    """A change of a pool's settings. It shares the pool with other work, so that a long evacuation
    keeps nobody from disarming; of two such changes the second waits its turn."""

    permission = Permission.POOL_MANAGE
    plan_type = PoolPlan

    def locks(self, spec: S, plan: PoolPlan) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.after.id}", mode=Mode.SHARED),
            Lock(object=f"pool-settings:{plan.after.id}"),
        ]

    def subject(self, spec: S, plan: PoolPlan) -> str:
        return f"pool:{plan.after.id}"


def ha_changed(pool: PoolDocument, **fields: object) -> PoolPlan:
    """The plan that changes these fields of the pool's HA settings."""
    return changed(pool, ha=HaSettings.model_validate(dict(pool.ha) | fields))


def ha_step(world: World, name: str, plan: PoolPlan) -> Step:
    """Give the pool the HA settings of the plan."""
    return adjust_step(
        world,
        plan.after.id,
        name,
        lambda now: now.model_copy(update={"ha": plan.after.ha}),
        lambda now: now.model_copy(update={"ha": plan.before.ha}),
    )


class _Armed(SettingsOperation[PoolSpec]):
    spec_type = PoolSpec
    armed: bool

    async def plan(self, world: World, spec: PoolSpec) -> PoolPlan:
        return ha_changed(await world.pool(spec.pool), armed=self.armed)

    def steps(self, world: World, spec: PoolSpec, plan: PoolPlan) -> list[Step]:
        return [ha_step(world, "arm" if self.armed else "disarm", plan)]


class ArmPool(_Armed):
    kind = "pool.arm"
    summary = "Let high availability act again after works"
    armed = True


class DisarmPool(_Armed):
    kind = "pool.disarm"
    summary = "Let high availability watch and do nothing, for works on the network"
    armed = False
