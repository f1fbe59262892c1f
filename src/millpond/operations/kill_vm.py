"""Kill a VM: power off at once, or throw away the saved memory of a suspended one."""

from millpond.domain.job import Observation
from millpond.domain.vm import Wanted
from millpond.operations.base import Context, Step, seen
from millpond.operations.suspend_vm import discard_step
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, find_for
from millpond.ports.world import World


def destroy_step(vm: Vm, server: str) -> Step:
    async def observe() -> Observation:
        return seen(await vm.guest(server) is None)

    async def act(_: Context) -> None:
        await (await vm.agent(server)).hypervisor.destroy(vm.id)

    return Step("power off", observe, act)


class KillVm(VmOperation[VmSpec, VmPlan]):
    kind = "vm.kill"
    summary = "Power off at once; what the guest had not written is lost"
    spec_type = VmSpec
    plan_type = VmPlan

    async def plan(self, world: World, spec: VmSpec) -> VmPlan:
        found = await find_for(world, spec.vm, self.kind)
        placed_on = found.document.placed_on
        return VmPlan(
            pool=found.pool.id,
            before=found.document,
            servers=(placed_on,) if placed_on else (),
        )

    def steps(self, world: World, spec: VmSpec, plan: VmPlan) -> list[Step]:
        vm = plan.at_work(world)
        server = plan.servers[0] if plan.servers else None
        return [
            vm.record_step("want off", plan.before, wanted=Wanted.OFF),
            *([destroy_step(vm, server)] if server else []),
            discard_step(vm, server),
            vm.release_step(plan.before),
        ]
