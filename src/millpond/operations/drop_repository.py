"""Detach a repository, with its VMs; delete an empty one, with its contents or without."""

from pydantic import Field

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.job import Observation
from millpond.domain.placement import repositories_of
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Identity, Repository
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_repository import first_of
from millpond.operations.pools import PoolOperation, changed, read_vms_step, record_step
from millpond.operations.repositories import (
    RepositoryPlan,
    RepositorySpec,
    check_no_guests,
    one_of,
    owners,
    tell_step,
    unmount_step,
    without,
)
from millpond.ports.world import World


class RepositoryDetachSpec(RepositorySpec):
    force: bool = Field(
        default=False, description="Even if it is not there to be told that it is nobody's"
    )


class RepositoryDeleteSpec(RepositorySpec):
    contents: bool = Field(
        default=False, description="Delete all that lies in its folders, for good"
    )


async def _plan(world: World, pool: PoolDocument, repository: Repository) -> RepositoryPlan:
    members = await owners(world, pool, repository)
    await check_no_guests(world, pool, repository, members)
    await _check_no_disks(world, pool, repository)
    plan = changed(pool, repositories=without(pool, repository).repositories)
    nobodys = Identity(id=repository.id, name=repository.name, pool=None, pool_name=None)
    return RepositoryPlan(
        before=plan.before,
        after=plan.after,
        repository=repository,
        identity=nobodys,
        servers=tuple(m.id for m in members),
    )


async def _check_no_disks(world: World, pool: PoolDocument, repository: Repository) -> None:
    """Raises ``Refused(repository.in_use)`` for disks of VMs that lie elsewhere: they would be lost to
    them."""
    others = sorted(
        d.config.name
        for d in await world.vms(pool)
        if d.repository != repository.id
        and repository.id in repositories_of(d.config, d.repository)
    )
    if others:
        raise Refused(
            "repository.in_use",
            f"repository {repository.name}",
            f"{len(others)} VMs that lie elsewhere have disks in it, such as {', '.join(others[:3])}",
            f"move them away: millpond vm move {others[0]} root",
        )


def _dropped_steps(world: World, plan: RepositoryPlan, last: Step) -> list[Step]:
    """The pool forgets it first: nothing is begun in it any more. ``last`` is done to what lies in it
    while a server still has it."""
    members = [plan.before.member(s) for s in plan.servers]
    return [
        record_step(world, plan.before, plan.after),
        *(tell_step(world, plan.before, plan.after, m) for m in members),
        last,
        *(unmount_step(world, plan.after, m, plan.repository) for m in members),
    ]


class DetachRepository(PoolOperation[RepositoryDetachSpec, RepositoryPlan]):
    kind = "repository.detach"
    summary = "Take a repository from a pool, with the VMs that lie in it"
    spec_type = RepositoryDetachSpec
    plan_type = RepositoryPlan

    async def plan(self, world: World, spec: RepositoryDetachSpec) -> RepositoryPlan:
        pool = await world.pool(spec.pool)
        repository = one_of(pool, spec.repository)
        plan = await _plan(world, pool, repository)
        state, *_ = await first_of(world, pool, plan).states([repository])
        if not state.usable and not spec.force:
            raise Refused(
                "storage.unavailable",
                f"repository {repository.name}",
                f"it cannot be told that it is nobody's: {state.problem}",
                "bring it back, or repeat with --force",
            )
        return plan

    def steps(self, world: World, spec: RepositoryDetachSpec, plan: RepositoryPlan) -> list[Step]:
        dropped = _dropped_steps(world, plan, _release_step(world, plan, spec.force))
        return [*dropped, read_vms_step(world, plan.after)]


def _release_step(world: World, plan: RepositoryPlan, force: bool) -> Step:
    """Write that it is nobody's, so that any pool may attach it."""
    tried = False

    async def observe() -> Observation:
        if tried and force:
            return Observation.DONE
        there = first_of(world, plan.after, plan)
        try:
            return seen(await there.identity(plan.repository) in (None, plan.identity))
        except Refused:
            return Observation.ABSENT

    async def act(_: Context) -> None:
        nonlocal tried
        try:
            await first_of(world, plan.after, plan).identify(plan.repository, plan.identity)
        except MillpondError:
            if not force:
                raise
        tried = True

    return Step("release", observe, act)


class DeleteRepository(PoolOperation[RepositoryDeleteSpec, RepositoryPlan]):
    kind = "repository.delete"
    summary = "Remove a repository without VMs; its contents only if asked to"
    spec_type = RepositoryDeleteSpec
    plan_type = RepositoryPlan

    async def plan(self, world: World, spec: RepositoryDeleteSpec) -> RepositoryPlan:
        pool = await world.pool(spec.pool)
        repository = one_of(pool, spec.repository)
        lying = sorted(
            d.config.name for d in await world.vms(pool) if d.repository == repository.id
        )
        if lying:
            raise Refused(
                "repository.in_use",
                f"repository {repository.name}",
                f"{len(lying)} VMs lie in it, such as {', '.join(lying[:3])}",
                "delete them first: millpond vm delete VM...; or keep them and detach it: "
                "millpond repository detach POOL REPOSITORY",
            )
        return await _plan(world, pool, repository)

    def steps(self, world: World, spec: RepositoryDeleteSpec, plan: RepositoryPlan) -> list[Step]:
        last = _erase_step(world, plan) if spec.contents else _release_step(world, plan, False)
        return _dropped_steps(world, plan, last)


def _erase_step(world: World, plan: RepositoryPlan) -> Step:
    erased = False

    async def observe() -> Observation:
        return seen(erased)

    async def act(_: Context) -> None:
        nonlocal erased
        await first_of(world, plan.after, plan).erase(plan.repository)
        erased = True

    return Step("erase", observe, act, point_of_no_return=True)
