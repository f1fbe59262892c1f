"""Make a template of a VM that is off."""

from functools import partial

from pydantic import Field

from millpond.domain.chain import chain
from millpond.domain.cloud_init import is_seed
from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Mode, Observation
from millpond.domain.names import Id, Name, Text
from millpond.domain.permissions import Permission
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import Disk, VmConfig
from millpond.operations.base import Context, Step, seen
from millpond.operations.catalogue import check_free_image_name, destination
from millpond.operations.create_vm import CopiedDisk, check_copies
from millpond.operations.room import room
from millpond.operations.templates import Seed, check_free_folder
from millpond.operations.utility import utility_server
from millpond.operations.vms import VmOperation, VmPlan, VmSpec, find_for, follow
from millpond.ports.agent import Agent
from millpond.ports.world import World


class VmSaveTemplateSpec(VmSpec):
    name: Name = Field(description="Of the template", examples=["golden"])
    repository: Name | None = Field(
        default=None, description="Where it shall lie; left out, where the VM does"
    )
    description: Text = ""


class VmSaveTemplatePlan(VmPlan):
    """``template`` is what is made, ``before`` the VM's record."""

    utility: Id
    template: TemplateDocument
    copies: tuple[CopiedDisk, ...]


class SaveTemplate(VmOperation[VmSaveTemplateSpec, VmSaveTemplatePlan]):
    kind = "vm.save_template"
    summary = "Make a template of a VM that is off"
    permission = Permission.IMAGE_MANAGE
    spec_type = VmSaveTemplateSpec
    plan_type = VmSaveTemplatePlan

    async def plan(self, world: World, spec: VmSaveTemplateSpec) -> VmSaveTemplatePlan:
        found = await find_for(world, spec.vm, self.kind)
        pool, vm = found.pool, found.document
        await check_free_image_name(world, pool, spec.name)
        home = pool.repository(vm.repository) if vm.repository else None
        repository = destination(pool, spec.repository) if spec.repository else home
        template = TemplateDocument(
            name=spec.name,
            description=spec.description,
            memory=vm.config.memory,
            vcpus=vm.config.vcpus,
            disks=tuple(_described(d) for d in _kept(vm.config)),
            repository=repository.id if repository else None,
        )
        await check_free_folder(world, pool, template)
        directory = pool.directory_of(vm)
        copies = tuple(_copied(directory, d) for d in _kept(vm.config))
        utility = utility_server(pool, vm.config.id, repository, home)
        left = await room(world, pool, template.repository)
        subject, same = f"template {spec.name}", repository == home
        await check_copies(world, pool, left, utility, copies, same=same, subject=subject)
        return VmSaveTemplatePlan(
            pool=pool.id,
            before=vm,
            servers=(utility,),
            utility=utility,
            template=template,
            copies=copies,
        )

    def locks(self, spec: VmSaveTemplateSpec, plan: VmSaveTemplatePlan) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"server:{plan.utility}", mode=Mode.SHARED),
            Lock(object=f"vm:{plan.vm}", mode=Mode.SHARED),
            Lock(object=f"image-name:{plan.pool}/{spec.name}"),
            Lock(object=f"template:{plan.pool}/{spec.name}"),
        ]

    def steps(self, world: World, spec: VmSaveTemplateSpec, plan: VmSaveTemplatePlan) -> list[Step]:
        seed = Seed(world, plan.pool, plan.template)
        disks = [
            _disk_step(seed, plan.utility, disk, copy)
            for disk, copy in zip(plan.template.disks, plan.copies, strict=True)
        ]
        return [seed.folder_step(plan.utility), *disks, seed.record_step()]


def _kept(config: VmConfig) -> list[Disk]:
    """Those with files of the VM's own; CDs and block devices are no part of a template. Raises
    ``Refused(vm.devices)`` if there are none."""
    found = [d for d in config.disks if d.source.startswith("file:") and not is_seed(d)]
    if not found:
        raise Refused(
            "vm.devices",
            f"vm {config.name}",
            "it has no disk that a template could be made of",
            "choose a VM whose disks are files of its repository",
        )
    return found


def _described(disk: Disk) -> TemplateDisk:
    return TemplateDisk(
        target=disk.target,
        file=f"{disk.target}.{disk.format.value}",
        format=disk.format,
        size=disk.size,
    )


def _copied(directory: str, disk: Disk) -> CopiedDisk:
    where = chain(directory, disk)
    return CopiedDisk(
        target=disk.target, source=where.top, source_format=disk.format, backing=where.backing
    )


def _disk_step(seed: Seed, utility: str, disk: TemplateDisk, copy: CopiedDisk) -> Step:
    """All data of the VM's disk in one file; undone with the folder."""

    async def where() -> tuple[Agent, str]:
        return await seed.agent(utility), f"{await seed.directory()}/{disk.file}"

    async def observe() -> Observation:
        agent, path = await where()
        return seen(await agent.disks.size(path) is not None)

    async def act(ctx: Context) -> None:
        agent, path = await where()
        task = f"{ctx.job}/clone {disk.target}"
        clone = partial(
            agent.disks.clone,
            task,
            copy.source,
            copy.source_format,
            path,
            disk.format,
            copy.backing,
        )
        await follow(agent, task, clone, ctx)

    return Step(f"disk {disk.target}", observe, act)
