"""Delete a pool that has no VMs; its servers are free again, the repository keeps its folders."""

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.pool import PoolDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.pools import PoolOperation, PoolPlan, PoolSpec, changed, direct, leave_step
from millpond.ports.world import World


class DeletePool(PoolOperation[PoolSpec, PoolPlan]):
    kind = "pool.delete"
    summary = "Dissolve a pool that has no virtual machines"
    spec_type = PoolSpec
    plan_type = PoolPlan

    async def plan(self, world: World, spec: PoolSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        names = [d.config.name for d in await world.vms(pool)]
        if names:
            raise Refused(
                "pool.not_empty",
                f"pool {pool.name}",
                f"it has {len(names)} VMs, such as {', '.join(sorted(names)[:3])}",
                "delete them first: millpond vm delete VM...",
            )
        if pool.repositories:
            raise Refused(
                "pool.not_empty",
                f"pool {pool.name}",
                f"it has repositories: {', '.join(r.name for r in pool.repositories)}",
                "detach or delete them first: millpond repository detach POOL REPOSITORY",
            )
        if pool.luns:
            raise Refused(
                "pool.not_empty",
                f"pool {pool.name}",
                f"it has LUNs: {', '.join(lun.name for lun in pool.luns)}",
                f"delete them first: millpond lun delete {pool.name} {pool.luns[0].name}",
            )
        return changed(pool)

    def locks(self, spec: PoolSpec, plan: PoolPlan) -> list[Lock]:
        return [
            *super().locks(spec, plan),
            *(Lock(object=f"server:{m.id}") for m in plan.before.members),
        ]

    def steps(self, world: World, spec: PoolSpec, plan: PoolPlan) -> list[Step]:
        pool = plan.before
        others = [m for m in pool.members if m.id != pool.master.id]
        return [
            *(leave_step(world, m, pool) for m in others),
            _dissolve_step(world, pool),
        ]


def _dissolve_step(world: World, pool: PoolDocument) -> Step:
    """Remove the record, let the master leave, remove the leases, which nobody holds then, and forget
    the pool: the master answers for records only while it is master, so they belong together."""
    master = direct(world, pool.master)
    forgotten = False

    async def observe() -> Observation:
        # The master is asked first: one that is just starting again is then waited for.
        left = await master.server.membership() is None
        return seen(left and forgotten)

    async def act(_: Context) -> None:
        nonlocal forgotten
        if await master.server.membership() is not None:
            await master.records.delete_pool(pool.cluster_root, pool.id)
            await master.server.leave(pool.id)
        await master.leases.remove(pool.cluster_root, pool.id)
        await world.forget(pool.id)
        forgotten = True

    return Step("dissolve", observe, act, point_of_no_return=True)
