"""Delete a VM that is off, with its disks or without."""

from pydantic import Field

from millpond.domain.job import Observation
from millpond.domain.permissions import Permission
from millpond.operations.base import Context, Step, check_generation, seen
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, find_for
from millpond.ports.world import World


class VmDeleteSpec(VmSpec):
    keep_disks: bool = Field(default=False, description="Leave the disk files where they are")
    if_match: int | None = Field(default=None, description="Only if this is its generation")


class DeleteVm(VmOperation[VmDeleteSpec, VmPlan]):
    kind = "vm.delete"
    summary = "Remove a VM and, unless told otherwise, its disks"
    permission = Permission.VM_MANAGE
    spec_type = VmDeleteSpec
    plan_type = VmPlan

    async def plan(self, world: World, spec: VmDeleteSpec) -> VmPlan:
        pool, document = await world.vm(spec.vm)
        if not document.creating:
            found = await find_for(world, spec.vm, self.kind)
            pool, document = found.pool, found.document
        check_generation(f"vm {document.config.name}", document.generation, spec.if_match)
        return VmPlan(pool=pool.id, before=document)

    def steps(self, world: World, spec: VmDeleteSpec, plan: VmPlan) -> list[Step]:
        return [remove_step(plan.at_work(world), disks=not spec.keep_disks)]


def remove_step(vm: Vm, *, disks: bool) -> Step:
    """Remove the record, and with ``disks`` the whole directory."""

    async def observe() -> Observation:
        return seen(await vm.read() is None)

    async def act(_: Context) -> None:
        pool = await vm.pool()
        await vm.world.master(pool).records.delete_vm(await vm.root(), vm.id, disks)
        await vm.world.touch(pool, vm.id)

    return Step("remove", observe, act, point_of_no_return=True)
