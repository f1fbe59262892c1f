"""Switch a server off, or start it anew, in order: its guests move away first."""

import asyncio
from typing import ClassVar

from pydantic import Field

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import Observation, Progress
from millpond.operations.base import Context, Step, seen
from millpond.operations.maintenance import (
    EvacuateSpec,
    MaintenancePlan,
    ServerOperation,
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


async def _boot(world: World, plan: PowerPlan) -> str | None:
    """The server's present boot; None while it is silent. The pool master's silence is no answer:
    raises ``Unknown``."""
    pool = await world.pool(plan.pool)
    try:
        return (await world.agent(pool, plan.server).server.inventory()).boot_id
    except Unknown:
        await world.master(pool).server.membership()
        return None


async def _wait(
    world: World, plan: PowerPlan, ctx: Context, seconds: float, *, back: bool, words: str
) -> bool:
    """Until the old boot is over (``back``: and a new one answers); False when time is up. Whoever
    has told a server to go down does not turn back, so nobody asks whether the job is cancelled."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + seconds
    while (left := deadline - loop.time()) > 0:
        boot = await _boot(world, plan)
        if boot != plan.boot and (boot is not None or not back):
            return True
        await ctx.report(Progress(message=words, seconds_left=left))
        await asyncio.sleep(LOOK_SECONDS)
    return False


def _power_step(world: World, plan: PowerPlan, action: str) -> Step:
    async def observe() -> Observation:
        return seen(await _boot(world, plan) != plan.boot)

    async def act(ctx: Context) -> None:
        pool = await world.pool(plan.pool)
        await world.agent(pool, plan.server).ha.power(action)
        words = "waiting for the server to go down"
        if not await _wait(world, plan, ctx, OFF_SECONDS, back=False, words=words):
            raise Failed("power", f"the server was told to go down and runs on: {action}")

    return Step("power off" if action == "off" else action, observe, act, point_of_no_return=True)


def _back_step(world: World, plan: PowerPlan, timeout: float) -> Step:
    async def observe() -> Observation:
        return seen(await _boot(world, plan) not in (None, plan.boot))

    async def act(ctx: Context) -> None:
        words = "waiting for the server to come back"
        if not await _wait(world, plan, ctx, timeout, back=True, words=words):
            raise Failed("come back", f"no word from it for {timeout:.0f} s; it stays blocked")

    return Step("come back", observe, act)


class _PowerServer(ServerOperation[EvacuateSpec, PowerPlan]):
    plan_type = PowerPlan
    action: ClassVar[str]

    async def plan(self, world: World, spec: EvacuateSpec) -> PowerPlan:
        return await power_plan(world, spec)

    def steps(self, world: World, spec: EvacuateSpec, plan: PowerPlan) -> list[Step]:
        steps = [
            flag_step(world, plan, maintenance=True),
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
