"""Grow a VM's disk, and limit its input and output, while the VM runs too."""

from pydantic import Field

from millpond.domain.chain import Chain, chain
from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Observation
from millpond.domain.names import Id
from millpond.domain.permissions import Permission
from millpond.domain.vm import Guest
from millpond.operations.base import Context, Step, seen
from millpond.operations.disk_list import (
    check_own_file,
    existing,
    hot_step,
    list_plan,
    replaced,
    utility_for,
    utility_lock,
)
from millpond.operations.edit_vm import VmEditPlan, edit_steps
from millpond.operations.remove_disk import DiskSpec
from millpond.operations.vms import Vm, VmOperation, find
from millpond.ports.disks import Disks
from millpond.ports.world import World


class DiskGrowSpec(DiskSpec):
    size: int = Field(ge=1 << 20, le=1 << 50, description="Bytes that it shall have")


class DiskEditSpec(DiskSpec):
    iops_limit: int | None = Field(
        default=None, ge=0, le=10_000_000, description="Per second; 0 lifts the limit"
    )
    rate_limit: int | None = Field(
        default=None, ge=0, le=100_000_000, description="kB/s; 0 lifts the limit"
    )


class DiskGrowPlan(VmEditPlan):
    utility: Id


class EditDisk(VmOperation[DiskEditSpec, VmEditPlan]):
    kind = "disk.edit"
    summary = "Limit how much a VM reads from and writes to a disk"
    permission = Permission.VM_MANAGE
    spec_type = DiskEditSpec
    plan_type = VmEditPlan

    async def plan(self, world: World, spec: DiskEditSpec) -> VmEditPlan:
        found = await find(world, spec.vm)
        disk = existing(found, spec.target)
        limits = {
            field: getattr(disk, field) if asked is None else asked or None
            for field in ("iops_limit", "rate_limit")
            for asked in [getattr(spec, field)]
        }
        disks = replaced(found.document.config.disks, disk.target, **limits)
        return await list_plan(world, found, disks)

    def steps(self, world: World, spec: DiskEditSpec, plan: VmEditPlan) -> list[Step]:
        return edit_steps(plan.at_work(world), plan)


class GrowDisk(VmOperation[DiskGrowSpec, DiskGrowPlan]):
    kind = "disk.grow"
    summary = "Make a disk of a VM larger"
    permission = Permission.VM_MANAGE
    spec_type = DiskGrowSpec
    plan_type = DiskGrowPlan

    async def plan(self, world: World, spec: DiskGrowSpec) -> DiskGrowPlan:
        found = await find(world, spec.vm)
        disk = existing(found, spec.target)
        check_own_file(disk, "grown")
        if spec.size < disk.size or spec.size % 512:
            raise Refused(
                "request.invalid",
                f"disk {disk.target}",
                f"it has {disk.size} bytes, and can only get more, in sectors of 512",
                "give a larger size",
            )
        disks = replaced(found.document.config.disks, disk.target, size=spec.size)
        edit = await list_plan(world, found, disks)
        return DiskGrowPlan(**dict(edit), utility=utility_for(found, disk))

    def locks(self, spec: DiskGrowSpec, plan: DiskGrowPlan) -> list[Lock]:
        return [*super().locks(spec, plan), *utility_lock(plan, plan.utility)]

    def steps(self, world: World, spec: DiskGrowSpec, plan: DiskGrowPlan) -> list[Step]:
        """A larger file under a smaller record harms nobody: so it is not shrunk when the job fails.
        Only the QEMU that has it open may grow it."""
        vm = plan.at_work(world)
        record = vm.record_step("record", plan.before, config=plan.config)

        def grown(guest: Guest) -> bool:
            return (spec.target, spec.size) in [(d.target, d.size) for d in guest.config.disks]

        hot = plan.servers and hot_step(vm, plan, "grow", grown)
        return [record, hot or _cold_step(vm, plan, spec)]


def _cold_step(vm: Vm, plan: DiskGrowPlan, spec: DiskGrowSpec) -> Step:
    disk = next(d for d in plan.config.disks if d.target == spec.target)

    async def where() -> tuple[Disks, Chain]:
        return (await vm.agent(plan.utility)).disks, chain(await vm.directory(), disk)

    async def observe() -> Observation:
        disks, images = await where()
        size = await disks.capacity(images.top, disk.format, bool(images.backing))
        return seen((size or 0) >= disk.size)

    async def act(_: Context) -> None:
        disks, images = await where()
        await disks.grow(images.top, disk.format, disk.size, images.backing)

    return Step("grow", observe, act)
