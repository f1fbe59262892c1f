"""Take a disk from a VM, while it runs too; its file stays, or goes as well.

Whoever gives a disk away must be sure that the guest has let go of it: another VM may get it next. So a
running guest that will not do so keeps it, and the job fails.
"""

from pathlib import PurePath

from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.layout import disk_path
from millpond.domain.names import Id
from millpond.domain.permissions import Permission
from millpond.domain.vm import Disk, DiskTarget, Guest
from millpond.operations.base import Context, Step, seen
from millpond.operations.disk_list import (
    check_own_file,
    existing,
    hot_step,
    list_plan,
    utility_for,
    utility_lock,
)
from millpond.operations.edit_vm import VmEditPlan
from millpond.operations.vms import Found, Vm, VmOperation, VmSpec, find
from millpond.ports.disks import Disks
from millpond.ports.world import World


class DiskSpec(VmSpec):
    target: DiskTarget


class DiskRemovePlan(VmEditPlan):
    gone: Disk
    utility: Id


async def _plan(world: World, found: Found, disk: Disk) -> DiskRemovePlan:
    """Raises ``Refused(vm.not_hot)`` for a drive that is part of the running machine."""
    name = found.document.config.name
    has = found.guest is not None and disk.target in {d.target for d in found.guest.config.disks}
    if has and disk.target.startswith("hd"):
        raise Refused(
            "vm.not_hot",
            f"disk {disk.target}",
            "IDE drives are part of a running machine",
            f"stop it first: millpond vm stop {name}; a CD is taken out with: "
            f"millpond vm cdrom eject {name}",
        )
    disks = [d for d in found.document.config.disks if d != disk]
    edit = await list_plan(world, found, disks)
    return DiskRemovePlan(**dict(edit), gone=disk, utility=utility_for(found, disk))


def _detach_steps(world: World, plan: DiskRemovePlan) -> tuple[Vm, list[Step]]:
    vm = plan.at_work(world)
    record = vm.record_step("record", plan.before, config=plan.config)
    if not plan.servers:
        return vm, [record]

    def gone(guest: Guest) -> bool:
        return plan.gone.target not in {d.target for d in guest.config.disks}

    return vm, [record, hot_step(vm, plan, "unplug", gone)]


class DetachDisk(VmOperation[DiskSpec, DiskRemovePlan]):
    kind = "disk.detach"
    summary = "Take a disk from a VM and leave its file or device as it is"
    permission = Permission.VM_MANAGE
    spec_type = DiskSpec
    plan_type = DiskRemovePlan

    async def plan(self, world: World, spec: DiskSpec) -> DiskRemovePlan:
        found = await find(world, spec.vm)
        disk = existing(found, spec.target)
        if disk.backing:
            raise Refused(
                "vm.devices",
                f"disk {disk.target}",
                "images lie beneath it, and only the VM's record says which",
                "delete the VM's snapshots first: millpond vm snapshot list VM",
            )
        return await _plan(world, found, disk)

    def locks(self, spec: DiskSpec, plan: DiskRemovePlan) -> list[Lock]:
        return [*super().locks(spec, plan), *plan.claim_locks()]

    def steps(self, world: World, spec: DiskSpec, plan: DiskRemovePlan) -> list[Step]:
        return _detach_steps(world, plan)[1]


class RemoveDisk(VmOperation[DiskSpec, DiskRemovePlan]):
    kind = "disk.remove"
    summary = "Take a disk from a VM and delete its file"
    permission = Permission.VM_MANAGE
    spec_type = DiskSpec
    plan_type = DiskRemovePlan

    async def plan(self, world: World, spec: DiskSpec) -> DiskRemovePlan:
        found = await find(world, spec.vm)
        disk = existing(found, spec.target)
        check_own_file(disk, "deleted")
        if any(layer.source.startswith("file:") for layer in disk.backing):
            raise Refused(
                "vm.devices",
                f"disk {disk.target}",
                "snapshots of the VM need what lies beneath it",
                "delete them first: millpond vm snapshot list VM",
            )
        return await _plan(world, found, disk)

    def locks(self, spec: DiskSpec, plan: DiskRemovePlan) -> list[Lock]:
        return [*super().locks(spec, plan), *utility_lock(plan, plan.utility)]

    def steps(self, world: World, spec: DiskSpec, plan: DiskRemovePlan) -> list[Step]:
        vm, detach = _detach_steps(world, plan)
        return [*detach, delete_step(vm, plan.utility, plan.gone)]


def delete_step(vm: Vm, utility: str, disk: Disk) -> Step:
    """Its file, and those beneath it that are the VM's own; of one that lies elsewhere its directory too."""

    async def where() -> tuple[Disks, list[str]]:
        directory = await vm.directory()
        return (await vm.agent(utility)).disks, [disk_path(directory, s) for s in disk.owned]

    async def observe() -> Observation:
        disks, paths = await where()
        return seen(not any([await disks.size(path) is not None for path in paths]))

    async def act(_: Context) -> None:
        disks, paths = await where()
        for path in paths:
            await disks.remove(path)
        if disk.source.startswith("file:/"):
            await disks.remove_directory(str(PurePath(paths[0]).parent))

    return Step(f"delete {disk.target}", observe, act, point_of_no_return=True)
