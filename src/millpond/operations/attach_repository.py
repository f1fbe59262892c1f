"""Attach a repository that is there already, with the VMs that lie in it."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Identity, Repository
from millpond.domain.vm import VmDocument, Wanted
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_repository import first_of, given_steps
from millpond.operations.pools import PoolOperation, PoolSpec, changed, read_vms_step
from millpond.operations.repositories import (
    RepositoryPlan,
    RepositorySource,
    checked_repository,
    identity_of,
    probed,
)
from millpond.ports.records import Records
from millpond.ports.world import World


class RepositoryAttachSpec(PoolSpec, RepositorySource):
    force: bool = Field(
        default=False,
        description="Even if it says that it is another pool's, which must not use it any more",
    )


class RepositoryAttachPlan(RepositoryPlan):
    """``found``: who it was."""

    found: Identity


class AttachRepository(PoolOperation[RepositoryAttachSpec, RepositoryAttachPlan]):
    kind = "repository.attach"
    summary = "Give a pool a repository that is there already, with its VMs"
    spec_type = RepositoryAttachSpec
    plan_type = RepositoryAttachPlan

    async def plan(self, world: World, spec: RepositoryAttachSpec) -> RepositoryAttachPlan:
        pool = await world.pool(spec.pool)
        _, members, found = await probed(world, pool, spec)
        if found is None:
            raise Refused(
                "request.not_found",
                f"repository {spec.name}",
                f"{spec.source} holds none",
                "make one there: millpond repository create POOL NAME --source SOURCE",
            )
        if found.pool not in (None, pool.id) and not spec.force:
            raise Refused(
                "repository.foreign",
                f"repository {spec.name}",
                f"{spec.source} is repository {found.name} of pool {found.pool_name}",
                "detach it there: millpond repository detach POOL REPOSITORY; or repeat with --force"
                " if that pool is no more",
            )
        repository = checked_repository(pool, spec, found.id)
        plan = changed(pool, repositories=(*pool.repositories, repository))
        return RepositoryAttachPlan(
            before=plan.before,
            after=plan.after,
            repository=repository,
            identity=identity_of(pool, repository),
            servers=tuple(m.id for m in members),
            found=found,
        )

    def locks(self, spec: RepositoryAttachSpec, plan: RepositoryAttachPlan) -> list[Lock]:
        return [*super().locks(spec, plan), Lock(object=f"repository-source:{spec.source}")]

    def steps(
        self, world: World, spec: RepositoryAttachSpec, plan: RepositoryAttachPlan
    ) -> list[Step]:
        take, *given = _take_step(world, plan), *given_steps(world, plan)
        return [take, _settle_step(world, plan), *given, read_vms_step(world, plan.after)]


def _take_step(world: World, plan: RepositoryAttachPlan) -> Step:
    """Mount it on the first server and write whose it is; undone by writing whose it was."""

    async def observe() -> Observation:
        there = first_of(world, plan.after, plan)
        return seen(await there.identity(plan.repository) == plan.identity)

    async def act(_: Context) -> None:
        there = first_of(world, plan.after, plan)
        await there.mount(plan.repository)
        await there.identify(plan.repository, plan.identity)

    async def undo() -> None:
        there = first_of(world, plan.after, plan)
        if await there.identity(plan.repository) == plan.identity:
            await there.identify(plan.repository, plan.found)
        await there.unmount(plan.repository)

    return Step("take", observe, act, undo)


def _settle_step(world: World, plan: RepositoryAttachPlan) -> Step:
    """Its VMs become the pool's, all of them off: whatever their records say of servers is of another
    time. Refused if one has the name of a VM that the pool has."""
    pool, repository = plan.after, plan.repository

    def records() -> Records:
        return world.master(pool).records

    async def unsettled() -> list[VmDocument]:
        if not repository.on(pool.master.id):
            return []
        found = await records().vms(repository.mount)
        return [d for d in found if _settled(d, pool, repository) != d]

    async def observe() -> Observation:
        return seen(not await unsettled())

    async def act(_: Context) -> None:
        await _check_names(world, plan, await records().vms(repository.mount))
        for document in await unsettled():
            settled = _settled(document, pool, repository)
            wanted = settled.model_copy(update={"generation": document.generation + 1})
            await records().put_vm(repository.mount, wanted)

    return Step("settle", observe, act)


async def _check_names(world: World, plan: RepositoryAttachPlan, found: list[VmDocument]) -> None:
    have = {d.config.name: d.config.id for d in await world.vms(plan.before)}
    ids = set(have.values())
    taken = sorted(d.config.name for d in found if d.config.name in have or d.config.id in ids)
    if taken:
        raise Refused(
            "object.exists",
            f"repository {plan.repository.name}",
            f"the pool has VMs of the same name or id as {', '.join(taken[:3])} in it",
            "rename those of the pool: millpond vm rename VM NAME",
        )


def _settled(document: VmDocument, pool: PoolDocument, repository: Repository) -> VmDocument:
    return document.model_copy(
        update={
            "repository": repository.id,
            "placed_on": None,
            "migrating_to": None,
            "run": None,
            "wanted": Wanted.OFF if document.wanted is Wanted.ON else document.wanted,
        }
    )
