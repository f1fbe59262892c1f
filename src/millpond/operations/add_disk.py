"""Give a VM a new disk, or one that exists, while it runs too."""

from typing import Annotated

from pydantic import Field, StringConstraints

from millpond.domain.errors import Refused, not_found
from millpond.domain.job import Lock, Mode
from millpond.domain.layout import disk_path
from millpond.domain.names import Id
from millpond.domain.permissions import Permission
from millpond.domain.vm import Disk, DiskFormat, DiskTarget
from millpond.operations.base import Step
from millpond.operations.create_vm import disk_step
from millpond.operations.devices import NewDisk, build_disk
from millpond.operations.disk_list import list_plan, utility_for, utility_lock
from millpond.operations.edit_vm import VmEditPlan, edit_steps
from millpond.operations.images import approved_disk, check_reached
from millpond.operations.room import room
from millpond.operations.vms import Found, VmOperation, VmSpec, find
from millpond.ports.agent import Agent
from millpond.ports.world import World

_NAMES = 100


class FreshDisk(NewDisk):
    thick: bool = Field(default=False, description="Allocate all of its blocks now")


class DiskAddSpec(VmSpec):
    disk: FreshDisk


class DiskAttachSpec(VmSpec):
    source: Annotated[
        str,
        StringConstraints(
            pattern=r"^(file:[A-Za-z0-9][A-Za-z0-9_.-]{0,127}|shared:[A-Za-z0-9][A-Za-z0-9_.-]{0,62}|phy:/dev/[A-Za-z0-9][A-Za-z0-9_./-]{0,200})$"
        ),
    ] = Field(
        description="`file:NAME`, a file in the VM's directory; `shared:IMAGE`, an approved image of kind"
        " disk; or `phy:/dev/...`, a block device",
        examples=["shared:quorum"],
    )
    target: DiskTarget = Field(examples=["vdb"])
    format: DiskFormat | None = Field(
        default=None, description="Of a file whose name does not end in it"
    )
    readonly: bool = False
    sharable: bool = Field(
        default=False, description="Other VMs may have it at the same time, each by this word"
    )


class DiskPlan(VmEditPlan):
    """``made`` is the disk that it gets; ``utility`` makes its file."""

    made: Disk
    utility: Id
    thick: bool = False
    image: Id | None = None


class AddDisk(VmOperation[DiskAddSpec, DiskPlan]):
    kind = "disk.add"
    summary = "Make a new disk for a VM and plug it in"
    permission = Permission.VM_MANAGE
    spec_type = DiskAddSpec
    plan_type = DiskPlan

    async def plan(self, world: World, spec: DiskAddSpec) -> DiskPlan:
        found = await find(world, spec.vm)
        utility, disk = utility_for(found), spec.disk.disk()
        if disk.source.startswith("file:"):
            disk = await _with_free_name(world.agent(found.pool, utility), found, disk)
            if spec.disk.thick:
                left = await room(world, found.pool, found.document.repository)
                left.check(f"disk {disk.target}", disk.size)
        edit = await list_plan(world, found, [*found.document.config.disks, disk])
        return DiskPlan(**dict(edit), made=disk, utility=utility, thick=spec.disk.thick)

    def locks(self, spec: DiskAddSpec, plan: DiskPlan) -> list[Lock]:
        return [*super().locks(spec, plan), *_more_locks(plan)]

    def steps(self, world: World, spec: DiskAddSpec, plan: DiskPlan) -> list[Step]:
        vm, disk = plan.at_work(world), plan.made
        if not disk.source.startswith("file:"):
            return edit_steps(vm, plan)
        make = disk_step(vm, plan.utility, disk, "create", None, thick=plan.thick)
        return [make, *edit_steps(vm, plan)]


class AttachDisk(VmOperation[DiskAttachSpec, DiskPlan]):
    kind = "disk.attach"
    summary = "Plug a disk that exists into a VM: a file of its own, a shared disk, or a device"
    permission = Permission.VM_MANAGE
    spec_type = DiskAttachSpec
    plan_type = DiskPlan

    async def plan(self, world: World, spec: DiskAttachSpec) -> DiskPlan:
        found = await find(world, spec.vm)
        utility, image = utility_for(found), None
        if spec.source.startswith("shared:"):
            image, disk = await _shared(world, found, spec)
        else:
            server = (found.guest and found.document.placed_on) or utility
            disk = await _existing(world.agent(found.pool, server), found, spec)
        edit = await list_plan(world, found, [*found.document.config.disks, disk])
        return DiskPlan(**dict(edit), made=disk, utility=utility, image=image)

    def locks(self, spec: DiskAttachSpec, plan: DiskPlan) -> list[Lock]:
        return [*super().locks(spec, plan), *_more_locks(plan)]

    def steps(self, world: World, spec: DiskAttachSpec, plan: DiskPlan) -> list[Step]:
        return edit_steps(plan.at_work(world), plan)


def _more_locks(plan: DiskPlan) -> list[Lock]:
    locks = [*plan.claim_locks(), *utility_lock(plan, plan.utility)]
    if plan.image is not None:
        locks.append(Lock(object=f"image:{plan.image}", mode=Mode.SHARED))
    return locks


async def _with_free_name(agent: Agent, found: Found, disk: Disk) -> Disk:
    """``disk`` in a file of its own: one that was detached may have its name."""
    directory = found.pool.directory_of(found.document)
    stem, _, suffix = disk.source.rpartition(".")
    for number in range(_NAMES):
        source = f"{stem}-{number}.{suffix}" if number else disk.source
        if await agent.disks.size(disk_path(directory, source)) is None:
            return disk.model_copy(update={"source": source})
    raise Refused(
        "object.exists",
        f"disk {disk.target}",
        f"there are {_NAMES} files of its name already",
        f"attach one of them: millpond vm disk attach {found.document.config.name} {disk.source}"
        f" {disk.target}",
    )


async def _existing(agent: Agent, found: Found, spec: DiskAttachSpec) -> Disk:
    name = spec.source.partition(":")[2]
    format_ = spec.format or _format_of(spec.source)
    path = disk_path(found.pool.directory_of(found.document), spec.source)
    lun = found.pool.lun_at(spec.source)
    size = lun.size if lun else await agent.disks.capacity(path, format_)
    if size is None:
        raise not_found("disk", name, "look for its file or device on the VM's server")
    return _disk(spec, spec.source, format_, size)


async def _shared(world: World, found: Found, spec: DiskAttachSpec) -> tuple[str, Disk]:
    """The image's id, and the disk that it becomes."""
    name = spec.source.partition(":")[2]
    image = await approved_disk(world, found.pool, name)
    document = found.document
    check_reached(f"vm {document.config.name}", found.pool, image, document.repository)
    format_ = DiskFormat(image.format.value)
    source = f"shared:{image.name}.{format_.value}"
    path = disk_path(found.pool.directory_of(document), source)
    agent = world.agent(found.pool, utility_for(found))
    size = await agent.disks.capacity(path, format_)
    if size is None:
        raise not_found("disk", name, "its file is gone: import the image again")
    return image.id, _disk(spec, source, format_, size)


def _disk(spec: DiskAttachSpec, source: str, format_: DiskFormat, size: int) -> Disk:
    fields = {"source": source, "format": format_, "size": size}
    asked = spec.model_dump(include={"target", "readonly", "sharable"})
    return build_disk(fields | asked)


def _format_of(source: str) -> DiskFormat:
    """By its name, as Millpond gives names: never by its contents, which a guest may have written."""
    suffix = source.rpartition(".")[2]
    return DiskFormat(suffix) if suffix in set(DiskFormat) else DiskFormat.RAW
