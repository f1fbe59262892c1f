"""Put a CD into a VM's drive, and take it out, while it runs too."""

from millpond.domain.errors import Refused
from millpond.domain.image import ImageDocument
from millpond.domain.job import Lock, Mode
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.vm import NO_CD, BootDevice, Disk
from millpond.operations.base import Step
from millpond.operations.disk_list import list_plan, replaced
from millpond.operations.edit_vm import VmEditPlan, edit_steps
from millpond.operations.images import approved_iso, check_reached
from millpond.operations.vms import Found, VmOperation, VmSpec, find
from millpond.ports.world import World

_NEW_DRIVES = ("hdc", "hdd", "hda", "hdb")
"""Where a drive goes that a VM does not have yet; hdc is where PCs have had it."""


class CdInsertSpec(VmSpec):
    iso: Name


class CdInsertPlan(VmEditPlan):
    iso: Id


class InsertCd(VmOperation[CdInsertSpec, CdInsertPlan]):
    kind = "cdrom.insert"
    summary = "Put an ISO into a VM's CD drive"
    permission = Permission.VM_MANAGE
    spec_type = CdInsertSpec
    plan_type = CdInsertPlan

    async def plan(self, world: World, spec: CdInsertSpec) -> CdInsertPlan:
        found = await find(world, spec.vm)
        iso = await approved_iso(world, found.pool, spec.iso)
        document = found.document
        check_reached(f"vm {document.config.name}", found.pool, iso, document.repository)
        disks, boot = _with_cd(found, iso)
        plan = await list_plan(world, found, disks, boot=boot)
        return CdInsertPlan(**dict(plan), iso=iso.id)

    def locks(self, spec: CdInsertSpec, plan: CdInsertPlan) -> list[Lock]:
        iso = Lock(object=f"image:{plan.iso}", mode=Mode.SHARED)
        return [*super().locks(spec, plan), iso, *plan.claim_locks()]

    def steps(self, world: World, spec: CdInsertSpec, plan: CdInsertPlan) -> list[Step]:
        return edit_steps(plan.at_work(world), plan)


class EjectCd(VmOperation[VmSpec, VmEditPlan]):
    kind = "cdrom.eject"
    summary = "Take the CD out of a VM's drive"
    permission = Permission.VM_MANAGE
    spec_type = VmSpec
    plan_type = VmEditPlan

    async def plan(self, world: World, spec: VmSpec) -> VmEditPlan:
        found = await find(world, spec.vm)
        config = found.document.config
        drive = _drive(config.disks)
        if drive is None:
            raise Refused(
                "request.not_found",
                f"vm {config.name}",
                "it has no CD drive",
                f"see what it has with: millpond vm disk list {config.name}",
            )
        disks = replaced(config.disks, drive.target, source=NO_CD, size=0)
        return await list_plan(world, found, disks)

    def steps(self, world: World, spec: VmSpec, plan: VmEditPlan) -> list[Step]:
        return edit_steps(plan.at_work(world), plan)


def _drive(disks: tuple[Disk, ...]) -> Disk | None:
    """A VM with several drives uses the first."""
    return next((d for d in disks if d.cdrom), None)


def _with_cd(found: Found, iso: ImageDocument) -> tuple[list[Disk], tuple[BootDevice, ...]]:
    """The VM's disks, one of them the CD, and its boot order. One without a drive gets it at its next
    start, as what it tries last."""
    config = found.document.config
    drive, size = _drive(config.disks), iso.facts.virtual_size if iso.facts else 0
    if drive is not None:
        return replaced(
            config.disks, drive.target, source=f"iso:{iso.name}", size=size
        ), config.boot
    taken = {d.target for d in config.disks}
    free = next((t for t in _NEW_DRIVES if t not in taken), None)
    if free is None:
        raise Refused(
            "vm.devices",
            f"vm {config.name}",
            "it has no CD drive, and its four IDE places are taken",
            f"take one of its hd disks away: millpond vm disk detach {config.name} TARGET",
        )
    made = Disk(target=free, source=f"iso:{iso.name}", size=size, readonly=True)
    return [*config.disks, made], tuple(dict.fromkeys((*config.boot, BootDevice.CDROM)))
