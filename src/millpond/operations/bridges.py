"""Create and delete a bridge on all members of a pool."""

from functools import partial

from pydantic import Field

from millpond.domain.errors import Refused, not_found
from millpond.domain.job import Observation
from millpond.domain.names import InterfaceName
from millpond.domain.pool import BridgeSpec, Member, PoolDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_pool import PoolCreatePlan
from millpond.operations.pools import (
    MissingBridge,
    PoolOperation,
    PoolPlan,
    PoolSpec,
    bridge_step,
    changed,
    record_step,
)
from millpond.ports.world import World


class BridgeCreateSpec(PoolSpec):
    bridge: BridgeSpec


class BridgeDeleteSpec(PoolSpec):
    name: InterfaceName = Field(examples=["xenbr1"])


class CreateBridge(PoolOperation[BridgeCreateSpec, PoolCreatePlan]):
    kind = "bridge.create"
    summary = "Make a bridge on every server of a pool"
    spec_type = BridgeCreateSpec
    plan_type = PoolCreatePlan

    async def plan(self, world: World, spec: BridgeCreateSpec) -> PoolCreatePlan:
        pool, bridge = await world.pool(spec.pool), spec.bridge
        if any(b.name == bridge.name and b != bridge for b in pool.bridges):
            raise Refused(
                "object.exists",
                f"bridge {bridge.name}",
                "the pool has one of that name with other settings",
                "delete that one first, or choose another name",
            )
        missing = []
        for member in pool.members:
            agent = world.agent(pool, member.id)
            if any(b.name == bridge.name for b in await agent.bridges.bridges()):
                continue
            nics = {n.name for n in await agent.bridges.nics()}
            absent = sorted({*(bridge.bond or ((bridge.nic,) if bridge.nic else ()))} - nics)
            if absent:
                raise Refused(
                    "request.invalid",
                    f"bridge {bridge.name}",
                    f"server {member.name} has no interface {', '.join(absent)}",
                    f"its interfaces are {', '.join(sorted(nics)) or 'none'}",
                )
            missing.append(MissingBridge(server=member.id, bridge=bridge))
        bridges = (*(b for b in pool.bridges if b.name != bridge.name), bridge)
        plan = changed(pool, bridges=bridges)
        return PoolCreatePlan(before=plan.before, after=plan.after, bridges=tuple(missing))

    def steps(self, world: World, spec: BridgeCreateSpec, plan: PoolCreatePlan) -> list[Step]:
        return [
            *(_bridge_step(world, plan.after, b) for b in plan.bridges),
            record_step(world, plan.before, plan.after),
        ]


class DeleteBridge(PoolOperation[BridgeDeleteSpec, PoolPlan]):
    kind = "bridge.delete"
    summary = "Remove a bridge from every server of a pool"
    spec_type = BridgeDeleteSpec
    plan_type = PoolPlan

    async def plan(self, world: World, spec: BridgeDeleteSpec) -> PoolPlan:
        pool = await world.pool(spec.pool)
        if not any(b.name == spec.name for b in pool.bridges):
            raise not_found("network", spec.name)
        users = [
            d.config.name
            for d in await world.vms(pool)
            if any(v.bridge == spec.name for v in d.config.vifs)
        ]
        if users:
            raise Refused(
                "bridge.in_use",
                f"bridge {spec.name}",
                f"{len(users)} VMs are plugged into it, such as {', '.join(sorted(users)[:3])}",
                "plug them elsewhere first: millpond vm nic-set VM MAC --bridge OTHER",
            )
        return changed(pool, bridges=tuple(b for b in pool.bridges if b.name != spec.name))

    def steps(self, world: World, spec: BridgeDeleteSpec, plan: PoolPlan) -> list[Step]:
        return [
            record_step(world, plan.before, plan.after),
            *(_unbridge_step(world, plan.after, m, spec.name) for m in plan.after.members),
        ]


def _bridge_step(world: World, pool: PoolDocument, missing: MissingBridge) -> Step:
    reach = partial(world.agent, pool, missing.server)
    return bridge_step(reach, pool.member(missing.server).name, missing.bridge)


def _unbridge_step(world: World, pool: PoolDocument, member: Member, name: str) -> Step:
    async def observe() -> Observation:
        there = await world.agent(pool, member.id).bridges.bridges()
        return seen(all(b.name != name for b in there))

    async def act(_: Context) -> None:
        await world.agent(pool, member.id).bridges.delete(name)

    return Step(f"remove {name} from {member.name}", observe, act)
