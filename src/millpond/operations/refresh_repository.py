"""Refresh a repository: have it mounted everywhere now, and read its VMs anew."""

from millpond.domain.errors import Refused
from millpond.domain.job import Observation
from millpond.operations.base import Context, Step, seen
from millpond.operations.pools import PoolOperation, changed
from millpond.operations.records import NOT_READ
from millpond.operations.repositories import (
    RepositoryPlan,
    RepositorySpec,
    identity_of,
    mount_step,
    one_of,
    owners,
)
from millpond.ports.world import World


class RefreshRepository(PoolOperation[RepositorySpec, RepositoryPlan]):
    kind = "repository.refresh"
    summary = "Mount a repository where it is missing, and read anew what lies in it"
    spec_type = RepositorySpec
    plan_type = RepositoryPlan

    async def plan(self, world: World, spec: RepositorySpec) -> RepositoryPlan:
        pool = await world.pool(spec.pool)
        repository = one_of(pool, spec.repository)
        plan = changed(pool)
        return RepositoryPlan(
            before=plan.before,
            after=plan.after,
            repository=repository,
            identity=identity_of(pool, repository),
            servers=tuple(m.id for m in await owners(world, pool, repository)),
        )

    def steps(self, world: World, spec: RepositorySpec, plan: RepositoryPlan) -> list[Step]:
        members = [plan.after.member(s) for s in plan.servers]
        mounted = (mount_step(world, plan.after, m, plan.repository) for m in members)
        return [*(_kept(s) for s in mounted), _read_step(world, plan)]


def _kept(step: Step) -> Step:
    """A mount that stays, whatever comes after: it was to be there all the time."""
    return Step(step.name, step.observe, step.act)


def _read_step(world: World, plan: RepositoryPlan) -> Step:
    """Tell the manager of every VM in it; ``world.vms`` reads no cache."""
    told = False

    async def observe() -> Observation:
        return seen(told)

    async def act(ctx: Context) -> None:
        nonlocal told
        pool, repository = plan.after, plan.repository
        try:
            found = await world.master(pool).records.vms(repository.mount)
        except Refused as refused:
            if refused.code not in NOT_READ or repository.on(pool.master.id):
                raise
            found = []
        for document in found:
            lying = document.model_copy(update={"repository": repository.id})
            await world.touch(pool, document.config.id, lying)
        await ctx.result({"vms": len(found)})
        told = True

    return Step("read", observe, act)
