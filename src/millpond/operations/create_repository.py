"""Create a repository: lay it out on storage that is empty, and give it to the pool's servers."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.pool import PoolDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.pools import PoolOperation, PoolSpec, changed, record_step
from millpond.operations.repositories import (
    RepositoryPlan,
    RepositorySource,
    identity_of,
    mount_step,
    probed,
    tell_step,
)
from millpond.ports.repositories import Repositories
from millpond.ports.world import World


class RepositoryCreateSpec(PoolSpec, RepositorySource):
    keep: bool = Field(
        default=False,
        description="Take storage that is not empty; what lies there stays, and can be adopted",
    )


class CreateRepository(PoolOperation[RepositoryCreateSpec, RepositoryPlan]):
    kind = "repository.create"
    summary = "Make a repository of empty storage and mount it on the pool's servers"
    spec_type = RepositoryCreateSpec
    plan_type = RepositoryPlan

    async def plan(self, world: World, spec: RepositoryCreateSpec) -> RepositoryPlan:
        pool = await world.pool(spec.pool)
        repository, members, found = await probed(world, pool, spec)
        if found is not None:
            raise Refused(
                "object.exists",
                f"repository {spec.name}",
                f"{spec.source} holds repository {found.name} ({found.id})",
                "take it as it is: millpond repository attach POOL NAME --source SOURCE",
            )
        plan = changed(pool, repositories=(*pool.repositories, repository))
        return RepositoryPlan(
            before=plan.before,
            after=plan.after,
            repository=repository,
            identity=identity_of(pool, repository),
            servers=tuple(m.id for m in members),
        )

    def locks(self, spec: RepositoryCreateSpec, plan: RepositoryPlan) -> list[Lock]:
        return [*super().locks(spec, plan), Lock(object=f"repository-source:{spec.source}")]

    def steps(self, world: World, spec: RepositoryCreateSpec, plan: RepositoryPlan) -> list[Step]:
        return [_born_step(world, plan, spec.keep), *given_steps(world, plan)]


def given_steps(world: World, plan: RepositoryPlan) -> list[Step]:
    """What is there becomes the pool's. The first server has it already."""
    before, after = plan.before, plan.after
    members = [after.member(s) for s in plan.servers]
    return [
        *(mount_step(world, after, m, plan.repository) for m in members[1:]),
        record_step(world, before, after),
        *(tell_step(world, before, after, m) for m in members),
    ]


def _born_step(world: World, plan: RepositoryPlan, keep: bool) -> Step:
    """Mount it where it is laid out; undone by leaving the storage as it was."""

    def there() -> Repositories:
        return first_of(world, plan.after, plan)

    async def observe() -> Observation:
        state, *_ = await there().states([plan.repository])
        return seen(state.usable)

    async def act(_: Context) -> None:
        await there().lay_out(plan.repository, plan.identity, keep)

    async def undo() -> None:
        await there().erase(plan.repository, keep)
        await there().unmount(plan.repository)

    return Step("lay out", observe, act, undo)


def first_of(world: World, pool: PoolDocument, plan: RepositoryPlan) -> Repositories:
    """The server that does what is done once."""
    return world.agent(pool, plan.servers[0]).repositories
