"""Switch a server off, or start it anew, in order: its guests move away first."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import ClassVar

from pydantic import Field

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import Observation, Progress
from millpond.domain.server import Inventory
from millpond.operations.base import Context, Step, seen
from millpond.operations.maintenance import (
    EvacuateSpec,
    MaintenancePlan,
    ServerOperation,
    block_step,
    evacuate_step,
    evacuation,
    flag_step,
)
from millpond.ports.world import World

LOOK_SECONDS = 1.0
OFF_SECONDS = 300.0
"""A server that was told to go down and still answers after this long has not obeyed."""


class ServerRebootSpec(EvacuateSpec):
    activate: bool = Field(
        default=False, description="Wait until it is back, then end its maintenance"
    )
    timeout: float = Field(
        default=900, ge=10, le=7200, description="Seconds it may take to come back"
    )


class PowerPlan(MaintenancePlan):
    """``boot`` is the boot that shall end (proc(5), random/boot_id)."""

    boot: str


async def power_plan(world: World, spec: EvacuateSpec) -> PowerPlan:
    """Raises ``Refused``: ``pool.master`` for the server that speaks for all others."""
    pool, plan = await evacuation(world, spec)
    member = pool.member(plan.server)
    if member.id == pool.master.id:
        raise Refused(
            "pool.master",
            f"server {member.name}",
            "it is the pool master",
            f"hand the role over first: millpond pool roles {pool.name} OTHER master,vm",
        )
    inventory = await world.agent(pool, member.id).server.inventory()
    return PowerPlan(**dict(plan), boot=inventory.boot_id)


async def _inventory(world: World, plan: PowerPlan) -> Inventory | None:
    """The server as it is now; None while it is silent. The pool master's silence is no answer:
    raises ``Unknown``."""
    pool = await world.pool(plan.pool)
    try:
        return await world.agent(pool, plan.server).server.inventory()
    except Unknown:
        await world.master(pool).server.membership()
        return None


async def _is_back(world: World, plan: PowerPlan) -> bool:
    """A new boot answers, and guests can start there. By its own word: what the master says of it may
    still be about the boot before."""
    now = await _inventory(world, plan)
    return now is not None and now.boot_id != plan.boot and now.joined


async def _wait(
    ctx: Context, over: Callable[[], Awaitable[bool]], seconds: float, words: str
) -> bool:
    """False when time is up. Whoever has told a server to go down does not turn back, so nobody asks
    whether the job is cancelled."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (left := deadline - loop.time()) > 0:
        if await over():
            return True
        await ctx.report(Progress(message=words, seconds_left=left))
        await asyncio.sleep(LOOK_SECONDS)
    return False


def _power_step(world: World, plan: PowerPlan, action: str) -> Step:
    async def is_down() -> bool:
        now = await _inventory(world, plan)
        return now is None or now.boot_id != plan.boot

    async def observe() -> Observation:
        return seen(await is_down())

    async def act(ctx: Context) -> None:
        pool = await world.pool(plan.pool)
        await world.agent(pool, plan.server).ha.power(action)
        if not await _wait(ctx, is_down, OFF_SECONDS, "waiting for the server to go down"):
            raise Failed("power", f"the server was told to go down and runs on: {action}")

    return Step("power off" if action == "off" else action, observe, act, point_of_no_return=True)


def _back_step(world: World, plan: PowerPlan, timeout: float) -> Step:
    async def is_back() -> bool:
        return await _is_back(world, plan)

    async def observe() -> Observation:
        return seen(await is_back())

    async def act(ctx: Context) -> None:
        if not await _wait(ctx, is_back, timeout, "waiting for the server to come back"):
            raise Failed("come back", f"it is not back after {timeout:.0f} s, and stays blocked")

    return Step("come back", observe, act)


class _PowerServer(ServerOperation[EvacuateSpec, PowerPlan]):
    plan_type = PowerPlan
    action: ClassVar[str]

    async def plan(self, world: World, spec: EvacuateSpec) -> PowerPlan:
        return await power_plan(world, spec)

    def steps(self, world: World, spec: EvacuateSpec, plan: PowerPlan) -> list[Step]:
        steps = [
            block_step(world, spec, plan),
            evacuate_step(world, plan),
            _power_step(world, plan, self.action),
        ]
        if isinstance(spec, ServerRebootSpec) and spec.activate:
            steps += [
                _back_step(world, plan, spec.timeout),
                flag_step(world, plan, maintenance=False),
            ]
        return steps


class ShutDownServer(_PowerServer):
    kind = "server.shutdown"
    summary = "Move all guests off a server, then switch it off; it stays in maintenance"
    spec_type = EvacuateSpec
    action = "off"


class RebootServer(_PowerServer):
    kind = "server.reboot"
    summary = "Move all guests off a server, then start it anew"
    spec_type = ServerRebootSpec
    action = "reboot"
