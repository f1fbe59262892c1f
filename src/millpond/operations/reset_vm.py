"""Reset a VM: the reset button, once."""

from millpond.domain.job import Observation
from millpond.domain.names import Id, new_id
from millpond.operations.base import Context, Step, seen
from millpond.operations.vms import VmOperation, VmPlan, VmSpec, plan_on_server
from millpond.ports.world import World


class VmResetPlan(VmPlan):
    mark: Id


class ResetVm(VmOperation[VmSpec, VmResetPlan]):
    kind = "vm.reset"
    summary = "Press the guest's reset button"
    spec_type = VmSpec
    plan_type = VmResetPlan

    async def plan(self, world: World, spec: VmSpec) -> VmResetPlan:
        on = await plan_on_server(world, spec.vm, self.kind)
        return VmResetPlan(pool=on.pool, before=on.before, servers=on.servers, mark=new_id())

    def steps(self, world: World, spec: VmSpec, plan: VmResetPlan) -> list[Step]:
        vm = plan.at_work(world)
        server = plan.servers[0]

        async def observe() -> Observation:
            guest = await vm.guest(server)
            return seen(guest is not None and guest.mark == plan.mark)

        async def act(_: Context) -> None:
            await (await vm.agent(server)).hypervisor.reset(vm.id, plan.mark)

        return [Step("reset", observe, act)]
