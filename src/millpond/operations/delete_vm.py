"""Delete a VM that is off, with its disks or without."""

from pydantic import Field

from millpond.domain.job import Observation
from millpond.domain.names import Id
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Disk, VmDocument
from millpond.operations.base import Context, Step, check_generation, seen
from millpond.operations.remove_disk import delete_step
from millpond.operations.utility import utility_server
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, find_for
from millpond.ports.world import World


class VmDeleteSpec(VmSpec):
    keep_disks: bool = Field(default=False, description="Leave the disk files where they are")
    if_match: int | None = Field(default=None, description="Only if this is its generation")


class VmDeletePlan(VmPlan):
    """``elsewhere`` are its disks in other repositories, each with a server that has it."""

    elsewhere: tuple[tuple[Id, Disk], ...] = ()


def _elsewhere(pool: PoolDocument, document: VmDocument) -> tuple[tuple[str, Disk], ...]:
    disks = [d for d in document.config.disks if d.source.startswith("file:/")]
    where = [pool.repository(d.repository) if d.repository else None for d in disks]
    servers = (utility_server(pool, document.config.id, r) for r in where)
    return tuple(zip(servers, disks, strict=True))


class DeleteVm(VmOperation[VmDeleteSpec, VmDeletePlan]):
    kind = "vm.delete"
    summary = "Remove a VM and, unless told otherwise, its disks"
    permission = Permission.VM_MANAGE
    spec_type = VmDeleteSpec
    plan_type = VmDeletePlan

    async def plan(self, world: World, spec: VmDeleteSpec) -> VmDeletePlan:
        pool, document = await world.vm(spec.vm)
        if not document.creating:
            found = await find_for(world, spec.vm, self.kind)
            pool, document = found.pool, found.document
        check_generation(f"vm {document.config.name}", document.generation, spec.if_match)
        elsewhere = () if spec.keep_disks else _elsewhere(pool, document)
        servers = tuple(server for server, _ in elsewhere)
        return VmDeletePlan(pool=pool.id, before=document, servers=servers, elsewhere=elsewhere)

    def steps(self, world: World, spec: VmDeleteSpec, plan: VmDeletePlan) -> list[Step]:
        vm = plan.at_work(world)
        gone = [delete_step(vm, server, disk) for server, disk in plan.elsewhere]
        return [*gone, remove_step(vm, disks=not spec.keep_disks)]


def remove_step(vm: Vm, *, disks: bool) -> Step:
    """Remove the record, and with ``disks`` the whole directory."""

    async def observe() -> Observation:
        return seen(await vm.read() is None)

    async def act(_: Context) -> None:
        pool = await vm.pool()
        await vm.world.master(pool).records.delete_vm(await vm.root(), vm.id, disks)
        await vm.world.touch(pool, vm.id)

    return Step("remove", observe, act, point_of_no_return=True)
