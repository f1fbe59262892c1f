"""Pause and unpause a VM: its processors stand still, its memory stays."""

from millpond.domain.job import Observation
from millpond.domain.vm import Power
from millpond.operations.base import Context, Step, seen
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, plan_on_server
from millpond.ports.world import World


def _power_step(vm: Vm, server: str, power: Power) -> Step:
    async def observe() -> Observation:
        guest = await vm.guest(server)
        return seen(guest is not None and guest.power is power)

    async def act(_: Context) -> None:
        hypervisor = (await vm.agent(server)).hypervisor
        await (hypervisor.pause if power is Power.PAUSED else hypervisor.unpause)(vm.id)
        await vm.world.touch(await vm.pool(), vm.id)

    return Step("pause" if power is Power.PAUSED else "unpause", observe, act)


class PauseVm(VmOperation[VmSpec, VmPlan]):
    kind = "vm.pause"
    summary = "Stop the guest's processors; memory and server stay taken"
    spec_type = VmSpec
    plan_type = VmPlan

    async def plan(self, world: World, spec: VmSpec) -> VmPlan:
        return await plan_on_server(world, spec.vm, self.kind)

    def steps(self, world: World, spec: VmSpec, plan: VmPlan) -> list[Step]:
        return [_power_step(plan.at_work(world), plan.servers[0], Power.PAUSED)]


class UnpauseVm(VmOperation[VmSpec, VmPlan]):
    kind = "vm.unpause"
    summary = "Let a paused guest run on"
    spec_type = VmSpec
    plan_type = VmPlan

    async def plan(self, world: World, spec: VmSpec) -> VmPlan:
        return await plan_on_server(world, spec.vm, self.kind)

    def steps(self, world: World, spec: VmSpec, plan: VmPlan) -> list[Step]:
        return [_power_step(plan.at_work(world), plan.servers[0], Power.RUNNING)]
