"""Import a VM of another product while it runs there: its disks are copied, then what changed since, as
often as you like, and at last what changed until it was shut down. Only then can it start here."""

from dataclasses import replace
from typing import Self

from pydantic import model_validator

from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.domain.job import Observation
from millpond.domain.layout import disk_path
from millpond.domain.names import Id, new_id
from millpond.domain.permissions import Permission
from millpond.domain.vm import Arriving, Disk, DiskFormat, VmDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.create_vm import born_step, disk_step, with_lease
from millpond.operations.delete_vm import remove_step
from millpond.operations.import_vm import ArrivingDisk, ImportVm, VmImportPlan, VmImportSpec, told
from millpond.operations.vms import Vm, VmOperation, VmPlan, VmSpec, follow
from millpond.ports.agent import Agent
from millpond.ports.world import World


class WarmImportSpec(VmImportSpec):
    """Its disks are raw here, as they have to be there."""

    format: DiskFormat = DiskFormat.RAW

    @model_validator(mode="after")
    def _raw(self) -> Self:
        if self.format is not DiskFormat.RAW:
            raise ValueError("a warm import makes raw disks")
        if self.drivers:
            raise ValueError("a VM that is imported warm gets no drivers: import it when it is off")
        return self


class RoundPlan(VmPlan):
    """``round`` is the name of this one; ``arriving`` says what each disk is copied from."""

    round: Id
    arriving: Arriving


class BeginWarmImport(ImportVm):
    """The VM is there then, but its disks are not, and it cannot start."""

    kind = "warm-import.begin"
    summary = "Begin to import a VM that still runs elsewhere"
    spec_type = WarmImportSpec

    async def plan(self, world: World, spec: VmImportSpec) -> VmImportPlan:
        cold = await super().plan(world, spec)
        arriving = Arriving(
            path=spec.path,
            server=cold.utility,
            files={d.disk.target: _raw_file(d) for d in cold.arriving if d.foreign.file},
        )
        born = cold.before.model_copy(update={"arriving": arriving})
        return cold.model_copy(update={"before": born})

    def steps(self, world: World, spec: VmImportSpec, plan: VmImportPlan) -> list[Step]:
        vm = plan.at_work(world)
        empty = [d.disk for d in plan.arriving if not d.foreign.file]
        made = [disk_step(vm, plan.utility, disk, "import", None) for disk in empty]
        return [told(born_step(vm, plan), plan), *made]


def _raw_file(disk: ArrivingDisk) -> str:
    """Raises ``Refused(import.invalid)`` for an image that is more than its blocks in their order: of what
    changes, nobody can read the rest."""
    found = disk.foreign
    if found.format not in (None, ImageFormat.RAW, ImageFormat.ISO) or found.gzip or found.block:
        raise Refused(
            "import.invalid",
            f"disk {found.file}",
            "it is no raw image, and only those are copied while they are written to",
            "shut the VM down where it runs, and import it without --warm",
        )
    return found.file


class _Round(VmOperation[VmSpec, RoundPlan]):
    """One more copy of what has changed."""

    permission = Permission.VM_MANAGE
    spec_type = VmSpec
    plan_type = RoundPlan

    async def plan(self, world: World, spec: VmSpec) -> RoundPlan:
        pool, document = await world.vm(spec.vm)
        coming = _arriving(document)
        return RoundPlan(
            pool=pool.id,
            before=document,
            servers=(coming.server,),
            round=new_id(),
            arriving=coming,
        )


class SyncWarmImport(_Round):
    kind = "warm-import.sync"
    summary = "Copy what has changed of a VM that still runs elsewhere; all of it the first time"

    def steps(self, world: World, spec: VmSpec, plan: RoundPlan) -> list[Step]:
        return _pulls(plan.at_work(world), plan, final=False)


class CutOverWarmImport(_Round):
    kind = "warm-import.cut-over"
    summary = "Copy the last changes of a VM that is off where it ran; it can start here then"

    def steps(self, world: World, spec: VmSpec, plan: RoundPlan) -> list[Step]:
        vm = plan.at_work(world)
        finish = vm.record_step("finish", plan.before, creating=False, arriving=None)
        return [
            *_pulls(vm, plan, final=True),
            replace(with_lease(vm, finish), point_of_no_return=True),
            *(_settle_step(vm, plan, disk) for disk in _copied(plan)),
        ]


class CancelWarmImport(VmOperation[VmSpec, VmPlan]):
    kind = "warm-import.cancel"
    summary = "Give up a warm import: what was copied is removed, and the original stays as it is"

    permission = Permission.VM_MANAGE
    spec_type = VmSpec
    plan_type = VmPlan

    async def plan(self, world: World, spec: VmSpec) -> VmPlan:
        pool, document = await world.vm(spec.vm)
        _arriving(document)
        return VmPlan(pool=pool.id, before=document)

    def steps(self, world: World, spec: VmSpec, plan: VmPlan) -> list[Step]:
        return [remove_step(plan.at_work(world), disks=True)]


def _arriving(document: VmDocument) -> Arriving:
    """Raises ``Refused(vm.state)`` unless it is being imported warm."""
    if document.arriving is None:
        raise Refused(
            "vm.state",
            f"vm {document.config.name}",
            "it is not being imported warm",
            "begin with: millpond vm import PATH --warm",
        )
    return document.arriving


def _copied(plan: RoundPlan) -> list[Disk]:
    return [d for d in plan.before.config.disks if d.target in plan.arriving.files]


def _pulls(vm: Vm, plan: RoundPlan, *, final: bool) -> list[Step]:
    return [_pull_step(vm, plan, disk, final=final) for disk in _copied(plan)]


def _pull_step(vm: Vm, plan: RoundPlan, disk: Disk, *, final: bool) -> Step:
    """Not undone: whatever was copied need not be copied again."""
    coming = plan.arriving

    async def observe() -> Observation:
        agent, path = await _place(vm, plan, disk)
        return seen(await agent.warm_disks.pulled(path) == plan.round)

    async def act(ctx: Context) -> None:
        agent, path = await _place(vm, plan, disk)
        task = f"{ctx.job}/copy {disk.target}"
        file = coming.files[disk.target]

        async def begin() -> None:
            await agent.warm_disks.pull(task, coming.path, file, path, plan.round, final)

        state = await follow(agent, task, begin, ctx)
        await ctx.result({f"changed {disk.target}": state.result["changed"]})

    return Step(f"copy {disk.target}", observe, act)


def _settle_step(vm: Vm, plan: RoundPlan, disk: Disk) -> Step:
    async def observe() -> Observation:
        agent, path = await _place(vm, plan, disk)
        return seen(await agent.warm_disks.pulled(path) is None)

    async def act(_: Context) -> None:
        agent, path = await _place(vm, plan, disk)
        await agent.warm_disks.settle(path)

    return Step(f"settle {disk.target}", observe, act)


async def _place(vm: Vm, plan: RoundPlan, disk: Disk) -> tuple[Agent, str]:
    """Who copies the disk, and where to."""
    agent = await vm.agent(plan.arriving.server)
    return agent, disk_path(await vm.directory(), disk.source)
