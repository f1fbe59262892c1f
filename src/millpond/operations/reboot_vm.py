"""Reboot a VM: a clean shutdown and a new start on the same server, with pending changes applied."""

from millpond.domain.names import Id, new_id
from millpond.domain.vm import Wanted
from millpond.operations.base import Step
from millpond.operations.start_vm import boot_step
from millpond.operations.stop_vm import VmStopSpec, shutdown_step
from millpond.operations.vms import VmOperation, VmPlan, plan_on_server
from millpond.ports.world import World


class VmRebootPlan(VmPlan):
    run: Id


class RebootVm(VmOperation[VmStopSpec, VmRebootPlan]):
    kind = "vm.reboot"
    summary = "Shut the guest down and start it again with pending changes"
    spec_type = VmStopSpec
    plan_type = VmRebootPlan

    async def plan(self, world: World, spec: VmStopSpec) -> VmRebootPlan:
        on = await plan_on_server(world, spec.vm, self.kind)
        return VmRebootPlan(pool=on.pool, before=on.before, servers=on.servers, run=new_id())

    def steps(self, world: World, spec: VmStopSpec, plan: VmRebootPlan) -> list[Step]:
        vm = plan.at_work(world)
        server = plan.servers[0]
        # A master that sees the guest gone for long releases the VM: its server is claimed anew.
        where = {"placed_on": server, "wanted": Wanted.ON, "run": plan.run}
        record = vm.claim_step("record", plan.before, **where)
        return [
            shutdown_step(vm, plan.before, server, spec.timeout, spec.force),
            record,
            boot_step(vm, record, server, plan.run),
        ]
