"""Stop a VM: the ACPI power button, a time to obey, then a refusal or, if asked for, force."""

import asyncio

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.job import Observation, Progress
from millpond.domain.vm import VmDocument, Wanted
from millpond.operations.base import Cancelled, Context, Step, seen
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, plan_on_server
from millpond.ports.world import World

PRESS_AGAIN = 5.0
"""Seconds after which the power button is pressed once more: a guest that is still booting misses
the first."""


class VmStopSpec(VmSpec):
    timeout: float = Field(default=60, ge=1, le=3600, description="Seconds the guest may take")
    force: bool = Field(default=False, description="Power off when the time is up")


def shutdown_step(vm: Vm, before: VmDocument, server: str, timeout: float, force: bool) -> Step:
    """Ask the run that was active to power off, and wait until it is gone."""

    async def observe() -> Observation:
        guest = await vm.guest(server)
        return seen(guest is None or guest.run != before.run)

    async def act(ctx: Context) -> None:
        hypervisor = (await vm.agent(server)).hypervisor
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout
        while (left := deadline - loop.time()) > 0:
            if ctx.cancelled:
                raise Cancelled
            await hypervisor.shutdown(vm.id)
            await ctx.report(
                Progress(message="waiting for the guest to power off", seconds_left=left)
            )
            if await hypervisor.wait_gone(vm.id, before.run or "", min(left, PRESS_AGAIN)):
                return
        if not force:
            raise Refused(
                "vm.no_shutdown",
                f"vm {before.config.name}",
                f"the guest did not power off within {timeout:.0f} s; it runs on",
                "repeat with --force to power it off, or install an ACPI daemon in the guest",
            )
        await hypervisor.destroy(vm.id)

    return Step("shutdown", observe, act)


class StopVm(VmOperation[VmStopSpec, VmPlan]):
    kind = "vm.stop"
    summary = "Ask the guest to power off, and wait for it"
    spec_type = VmStopSpec
    plan_type = VmPlan

    async def plan(self, world: World, spec: VmStopSpec) -> VmPlan:
        return await plan_on_server(world, spec.vm, self.kind)

    def steps(self, world: World, spec: VmStopSpec, plan: VmPlan) -> list[Step]:
        vm = plan.at_work(world)
        return [
            vm.record_step("want off", plan.before, wanted=Wanted.OFF),
            shutdown_step(vm, plan.before, plan.servers[0], spec.timeout, spec.force),
            vm.release_step(plan.before),
        ]
