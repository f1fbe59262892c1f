"""Take over a pool from its master: how a new manager learns what the old one knew."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Name
from millpond.domain.pool import PoolDocument
from millpond.domain.timing import timing_for
from millpond.domain.vm import Model
from millpond.operations.base import Context, Step, seen
from millpond.operations.gather import enrolled
from millpond.operations.pools import (
    PoolOperation,
    PoolPlan,
    changed,
    direct,
    read_vms_step,
    remember_step,
)
from millpond.ports.world import World


class PoolAdoptSpec(Model):
    server: Name = Field(description="Name or id of the pool master", examples=["srv1"])


class AdoptPool(PoolOperation[PoolAdoptSpec, PoolPlan]):
    kind = "pool.adopt"
    summary = "Take over a pool, with its VMs, from its pool master"
    spec_type = PoolAdoptSpec
    plan_type = PoolPlan

    async def plan(self, world: World, spec: PoolAdoptSpec) -> PoolPlan:
        master = await enrolled(world, spec.server)
        name = master.server.name
        membership = await master.agent.server.membership()
        if membership is None:
            raise Refused(
                "server.not_in_pool", f"server {name}", "it is in no pool", "name a pool master"
            )
        if membership.master != master.server.id:
            raise Refused(
                "server.role",
                f"server {name}",
                f"it is a member of pool {membership.pool_name}, not its master",
                f"name the pool master, at {membership.master_address}",
            )
        pool = await master.agent.records.pool(membership.cluster_root)
        if pool is None:
            raise Refused(
                "pool.unreadable",
                f"pool {membership.pool_name}",
                f"{membership.cluster_root} on {name} holds no record of it",
                "mount the pool's repository there",
            )
        known = {s.id for s in await world.servers() if s.enrolled}
        strangers = [m.name for m in pool.members if m.id not in known]
        if strangers:
            raise Refused(
                "server.not_enrolled",
                f"pool {pool.name}",
                f"its servers {', '.join(strangers)} are not enrolled with this manager",
                "on each: millpond-agent enrol --replace TOKEN (`millpond server add` gives tokens)",
            )
        return changed(pool)

    def locks(self, spec: PoolAdoptSpec, plan: PoolPlan) -> list[Lock]:
        return [
            *super().locks(spec, plan),
            *(Lock(object=f"server:{m.id}") for m in plan.after.members),
        ]

    def steps(self, world: World, spec: PoolAdoptSpec, plan: PoolPlan) -> list[Step]:
        return [
            _leases_step(world, plan.after),
            remember_step(world, plan.after),
            read_vms_step(world, plan.after),
        ]


def _leases_step(world: World, pool: PoolDocument) -> Step:
    """Lay out the leases of a pool that has none; its VMs get theirs when they start."""
    laid_out = False

    async def observe() -> Observation:
        return seen(laid_out)

    async def act(_: Context) -> None:
        nonlocal laid_out
        io_timeout = timing_for(pool.ha.outage).io_timeout
        await direct(world, pool.master).leases.init(pool.cluster_root, pool.id, io_timeout)
        laid_out = True

    return Step("leases", observe, act)
