"""Create a VM: from a template, or with empty disks; optionally started at once."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from functools import partial

from pydantic import Field

from millpond.domain.chain import ImageFile, chain
from millpond.domain.cloning import Cloning
from millpond.domain.cloud_init import CloudInit, is_seed
from millpond.domain.errors import Refused
from millpond.domain.image import ImageDocument
from millpond.domain.job import Lock, Mode, Observation
from millpond.domain.layout import disk_path, template_directory
from millpond.domain.names import Id, Name, Tag, Text, new_id
from millpond.domain.permissions import Permission
from millpond.domain.placement import Placement
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.template import TemplateDisk, TemplateDocument
from millpond.domain.vm import (
    DEFAULT_IO_WEIGHT,
    BootDevice,
    Disk,
    DiskFormat,
    Keyboard,
    Layer,
    Model,
    VmDocument,
)
from millpond.operations.admitting import FORCE, Survey, choose, room_check, survey
from millpond.operations.base import Context, Step, seen
from millpond.operations.catalogue import destination, template_of
from millpond.operations.cloud_init import first_seed, told
from millpond.operations.devices import (
    NewDisk,
    NewVif,
    build_config,
    check_unclaimed,
    claim_locks,
    claims,
)
from millpond.operations.images import approved_iso, check_reached
from millpond.operations.placing import placed_step
from millpond.operations.room import Room, data_in, room
from millpond.operations.start_vm import boot_step, placed
from millpond.operations.utility import utility_server
from millpond.operations.vms import Vm, VmOperation, VmPlan, check_free_name, follow
from millpond.ports.agent import Agent
from millpond.ports.world import World


class VmCreateSpec(Model):
    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])
    name: Name = Field(examples=["web1"])
    template: Name | None = Field(default=None, examples=["tiny"])
    repository: Name | None = Field(
        default=None, description="Where it shall lie; left out, in the cluster root"
    )
    memory: int | None = Field(default=None, ge=32, le=16_777_216, description="MiB")
    max_memory: int | None = Field(default=None, ge=32, le=16_777_216, description="MiB")
    vcpus: int | None = Field(default=None, ge=1, le=288)
    max_vcpus: int | None = Field(default=None, ge=1, le=288)
    cpu_weight: int = Field(default=100, ge=1, le=10_000)
    cpu_cap: int = Field(default=0, ge=0, le=28_800, description="Percent of one CPU, 0 = none")
    io_weight: int = Field(
        default=DEFAULT_IO_WEIGHT, ge=1, le=1000, description="Share of its server's disk time"
    )
    boot: tuple[BootDevice, ...] = Field(default=(BootDevice.DISK,), min_length=1, max_length=3)
    disks: tuple[NewDisk, ...] = Field(default=(), max_length=24)
    cdrom: Name | None = Field(
        default=None,
        description="ISO in its CD drive, hdc, tried last at boot unless `boot` has it elsewhere",
        examples=["debian-12"],
    )
    vifs: tuple[NewVif, ...] = Field(default=(), max_length=16)
    cloud_init: CloudInit | None = Field(
        default=None, description="What its guest is told at its first boot, on a CD of its own"
    )
    keyboard: Keyboard = Keyboard.EN_US
    description: Text = ""
    tags: tuple[Tag, ...] = Field(default=(), max_length=64)
    preferred_servers: tuple[Name, ...] = Field(default=(), max_length=64)
    ha: bool = Field(default=False, description="Restart it elsewhere when its server fails")
    restart_priority: int = Field(default=100, ge=1, le=1000, description="Highest first")
    cloning: Cloning = Field(
        default=Cloning.FULL, description="How its disks come from the template's"
    )
    start: bool = False
    on: Name | None = Field(default=None, description="Start on this server and no other")
    force: bool = Field(default=False, description=FORCE)


Fill = Callable[[Agent, str, str], Awaitable[None]]
"""Begins a task by its name on a server; it writes the image at a path."""


class CopiedDisk(Model):
    """A disk of the new VM and the file it is cloned from, with what lies beneath that. ``flat``: the new
    one shall lie over nothing."""

    target: str
    source: str
    source_format: DiskFormat
    backing: tuple[ImageFile, ...] = ()
    flat: bool = True


class VmCreatePlan(VmPlan):
    """``before`` is the record the VM is born with. ``placement`` is None unless it is started."""

    utility: Id
    cdrom: Id | None = None
    copies: tuple[CopiedDisk, ...]
    placement: Placement | None
    run: Id


async def _iso(world: World, pool: PoolDocument, spec: VmCreateSpec) -> ImageDocument | None:
    """Raises ``Refused``: what ``approved_iso`` raises, ``request.invalid`` for one that lies elsewhere than
    the VM will."""
    if spec.cdrom is None:
        return None
    iso = await approved_iso(world, pool, spec.cdrom)
    repository = destination(pool, spec.repository)
    check_reached(f"vm {spec.name}", pool, iso, repository.id if repository else None)
    return iso


async def _template(world: World, pool: PoolDocument, name: str | None) -> TemplateDocument | None:
    return await template_of(world, pool, name) if name is not None else None


def _home(pool: PoolDocument, template: TemplateDocument | None) -> Repository | None:
    key = template.repository if template else None
    return pool.repository(key) if key else None


def _copies(
    pool: PoolDocument, template: TemplateDocument | None, *, linked: bool
) -> tuple[CopiedDisk, ...]:
    if template is None or linked:
        return ()
    seeds = template_directory(pool.root_of(template.repository), template.name)
    return tuple(
        CopiedDisk(target=d.target, source=f"{seeds}/{d.file}", source_format=d.format)
        for d in template.disks
    )


async def check_copies(
    world: World,
    pool: PoolDocument,
    left: Room,
    utility: str,
    copies: tuple[CopiedDisk, ...],
    *,
    same: bool,
    subject: str,
) -> None:
    """The data of what is copied has to fit; empty disks take nothing yet. ``same``: it comes from the
    repository that it goes to. Raises ``Refused(storage.full)``."""
    data = await data_of(world, pool, utility, copies)
    check_data(left, data, copies, same=same, subject=subject)


async def data_of(
    world: World, pool: PoolDocument, utility: str, copies: tuple[CopiedDisk, ...]
) -> int:
    """Bytes to be copied."""
    disks = world.agent(pool, utility).disks
    paths = [path for c in copies for path in (c.source, *(b.path for b in c.backing if c.flat))]
    return await data_in(disks, paths)


def check_data(
    left: Room, data: int, copies: tuple[CopiedDisk, ...], *, same: bool, subject: str
) -> None:
    """What ``check_copies`` checks."""
    if data:
        shared = same and not any(c.backing and c.flat for c in copies)
        left.check(subject, data, data if shared else 0)


def _links(
    spec: VmCreateSpec,
    template: TemplateDocument | None,
    repository: Repository | None,
    left: Room,
) -> bool:
    """Whether its disks shall lie over the template's. Raises ``Refused(request.invalid)`` if they
    cannot."""
    if template is None or spec.cloning is Cloning.FULL:
        return False
    same = template.repository == (repository.id if repository else None)
    if spec.cloning is Cloning.LINKED and not same:
        raise Refused(
            "request.invalid",
            f"vm {spec.name}",
            f"template {template.name} lies in another repository, and disks lie over those of their own",
            "leave the repository out, or clone in full: millpond vm create VM --cloning full",
        )
    return same and (spec.cloning is Cloning.LINKED or not left.shares_blocks)


async def _survey(world: World, pool: PoolDocument, spec: VmCreateSpec) -> Survey:
    if spec.start:
        return await survey(world, pool, spec.on, force=spec.force)
    return Survey({}, await world.vms(pool))


def _config_fields(
    spec: VmCreateSpec,
    template: TemplateDocument | None,
    iso: ImageDocument | None,
    vm: str,
    *,
    linked: bool,
) -> dict[str, object]:
    memory = spec.memory or (template.memory if template else 512)
    vcpus = spec.vcpus or (template.vcpus if template else 1)
    cloned = [_cloned(template.name, d, linked=linked) for d in template.disks] if template else []
    boot = spec.boot if iso is None else tuple(dict.fromkeys((*spec.boot, BootDevice.CDROM)))
    return {
        "id": vm,
        "name": spec.name,
        "memory": memory,
        "max_memory": spec.max_memory or memory,
        "vcpus": vcpus,
        "max_vcpus": spec.max_vcpus or vcpus,
        "disks": [*cloned, *(d.disk() for d in spec.disks), *_cds(iso)],
        "boot": boot,
        "vifs": [v.vif() for v in spec.vifs],
        **{
            field: getattr(spec, field)
            for field in (
                "cpu_weight",
                "cpu_cap",
                "io_weight",
                "keyboard",
                "description",
                "tags",
                "preferred_servers",
                "ha",
                "restart_priority",
            )
        },
    }


def _cloned(template: str, disk: TemplateDisk, *, linked: bool) -> Disk:
    format_ = DiskFormat.QCOW2 if linked else disk.format
    beneath = Layer(source=f"seed:{template}/{disk.file}", format=disk.format)
    return Disk(
        target=disk.target,
        source=f"file:{disk.target}.{format_.value}",
        format=format_,
        size=disk.size,
        backing=(beneath,) if linked else (),
    )


def _cds(iso: ImageDocument | None) -> list[Disk]:
    if iso is None or iso.facts is None:
        return []
    size = iso.facts.virtual_size
    return [Disk(target="hdc", source=f"iso:{iso.name}", size=size, readonly=True)]


class CreateVm(VmOperation[VmCreateSpec, VmCreatePlan]):
    kind = "vm.create"
    summary = "Create a VM from a template or with empty disks"
    permission = Permission.VM_MANAGE
    spec_type = VmCreateSpec
    plan_type = VmCreatePlan

    async def plan(self, world: World, spec: VmCreateSpec) -> VmCreatePlan:
        pool = await world.pool(spec.pool)
        repository = destination(pool, spec.repository)
        template, around, left = await asyncio.gather(
            _template(world, pool, spec.template),
            _survey(world, pool, spec),
            room(world, pool, repository.id if repository else None),
        )
        iso = await _iso(world, pool, spec)
        check_free_name(pool, around.vms, spec.name)
        vm = new_id()
        linked = _links(spec, template, repository, left)
        fields = _config_fields(spec, template, iso, vm, linked=linked)
        config = build_config(f"vm {spec.name}", fields)
        config = told(config, spec.cloud_init)
        check_unclaimed(claims(config), [d.config for d in around.vms])
        born = VmDocument(
            config=config,
            generation=1,
            creating=True,
            repository=repository.id if repository else None,
        )
        utility = utility_server(pool, vm, repository, _home(pool, template))
        copies = _copies(pool, template, linked=linked)
        same = template is not None and born.repository == template.repository
        subject = f"vm {spec.name}"
        await check_copies(world, pool, left, utility, copies, same=same, subject=subject)
        placement = None
        if spec.start:
            placement = choose(pool, born, spec.on, around, force=spec.force)
        return VmCreatePlan(
            pool=pool.id,
            before=born,
            servers=(utility, placement.server) if placement else (utility,),
            utility=utility,
            cdrom=iso.id if iso else None,
            copies=copies,
            placement=placement,
            run=new_id(),
        )

    def locks(self, spec: VmCreateSpec, plan: VmCreatePlan) -> list[Lock]:
        names = [Lock(object=f"vm-name:{plan.pool}/{spec.name}")]
        if spec.template:
            names.append(Lock(object=f"template:{plan.pool}/{spec.template}", mode=Mode.SHARED))
        if plan.cdrom:
            names.append(Lock(object=f"image:{plan.cdrom}", mode=Mode.SHARED))
        claimed = claim_locks(plan.pool, claims(plan.before.config))
        return [*super().locks(spec, plan), *names, *claimed]

    def steps(self, world: World, spec: VmCreateSpec, plan: VmCreatePlan) -> list[Step]:
        vm = plan.at_work(world)
        seeds = first_seed(vm, plan.utility, spec.cloud_init, plan.before.config)
        return birth_steps(vm, plan, seeds, force=spec.force)


def birth_steps(
    vm: Vm, plan: VmCreatePlan, seeds: Sequence[Step] = (), *, force: bool
) -> list[Step]:
    """Its record, its disks, what ``seeds`` are for it, and that it is complete; it is started if it has a
    place."""
    copies = {c.target: c for c in plan.copies}
    disks = [
        disk_step(vm, plan.utility, disk, "clone", _cloning(disk, copies.get(disk.target)))
        for disk in own_disks(plan)
    ]
    return with_disks(vm, plan, [*disks, *seeds], force=force)


def own_disks(plan: VmPlan) -> list[Disk]:
    """Those of the new VM that are files to be made."""
    return [
        disk
        for disk in plan.before.config.disks
        if disk.source.startswith("file:") and not is_seed(disk)
    ]


def with_disks(vm: Vm, plan: VmCreatePlan, disks: Sequence[Step], *, force: bool) -> list[Step]:
    first, *others = (*disks, *_finish_steps(vm, plan, force=force))
    return [born_step(vm, plan), with_lease(vm, first), *others]


def _finish_steps(vm: Vm, plan: VmCreatePlan, *, force: bool) -> list[Step]:
    """From here on the VM is there for good. If it is to be started, the same write says where; if
    that fails, it stays where it is, off."""
    before = plan.before
    if plan.placement is None:
        finish = vm.record_step("finish", before, creating=False)
        return [replace(finish, point_of_no_return=True)]
    where = placed(plan.placement, plan.run)
    check_room = None if force else room_check(vm, before)
    finish = placed_step(vm, "finish", before, plan.placement, check_room, creating=False, **where)
    start = boot_step(vm, finish, plan.placement.server, plan.run)

    async def undo() -> None:
        await start.undo()
        await vm.withdraw(before, plan.run, *where)

    return [_for_good(vm, finish, plan.run), replace(start, undo=undo)]


def _for_good(vm: Vm, finish: Step, run: str) -> Step:
    """``finish`` of a VM that is started: done as well if the pool has started it by itself since, in
    which case its disks are no more to be removed."""

    async def observe() -> Observation:
        found = await finish.observe()
        document = vm.latest
        if document is not None and not document.creating and document.run not in (None, run):
            return Observation.DONE
        return found

    return replace(finish, observe=observe, point_of_no_return=True)


def born_step(vm: Vm, plan: VmPlan) -> Step:
    """Write the record, marked as being created; undone by removing the whole directory."""

    async def observe() -> Observation:
        return seen(await vm.read() is not None)

    async def act(_: Context) -> Observation:
        pool = await vm.pool()
        master = vm.world.master(pool)
        await master.records.put_vm(await vm.root(), plan.before)
        await vm.world.touch(pool, vm.id, plan.before)
        return Observation.DONE

    async def undo() -> None:
        pool = await vm.pool()
        await vm.world.master(pool).records.delete_vm(await vm.root(), vm.id, True)
        await vm.world.touch(pool, vm.id)

    return Step("record", observe, act, undo)


def with_lease(vm: Vm, step: Step) -> Step:
    """Beside the work of ``step`` make the lease the VM will run under. A start makes up for one that
    a crash left out, so nobody looks whether it is there."""

    async def lease() -> None:
        pool = await vm.pool()
        await vm.world.master(pool).leases.create(await vm.root(), pool.id, vm.id)

    async def act(ctx: Context) -> Observation | None:
        # Both to their end, however the other fares: what is undone next must not be going on.
        made, done = await asyncio.gather(lease(), step.act(ctx), return_exceptions=True)
        for outcome in (done, made):
            if isinstance(outcome, BaseException):
                raise outcome
        return done if isinstance(done, Observation) else None

    return replace(step, act=act)


def disk_step(
    vm: Vm, utility: str, disk: Disk, verb: str, fill: Fill | None, *, thick: bool = False
) -> Step:
    """Make one image on the server ``utility``: an empty one, over its layers if it has any, or one that
    ``fill`` fills, in a task that is called by ``verb`` and the disk's target."""

    async def where() -> tuple[Agent, str]:
        agent = vm.world.agent(await vm.pool(), utility)
        return agent, disk_path(await vm.directory(), disk.source)

    async def observe() -> Observation:
        agent, path = await where()
        return seen(await agent.disks.size(path) is not None)

    async def act(ctx: Context) -> Observation:
        agent, path = await where()
        if fill is None:
            below = chain(await vm.directory(), disk).backing
            if below:
                await agent.disks.overlay(path, below[0], disk.size)
            else:
                await agent.disks.create(path, disk.format, disk.size, thick)
            return Observation.DONE
        task = f"{ctx.job}/{verb} {disk.target}"
        await follow(agent, task, partial(fill, agent, task, path), ctx)
        return Observation.DONE

    async def undo() -> None:
        agent, path = await where()
        await agent.disks.remove(path)

    return Step(f"disk {disk.target}", observe, act, undo)


def _cloning(disk: Disk, copy: CopiedDisk | None) -> Fill | None:
    if copy is None:
        return None

    async def clone(agent: Agent, task: str, path: str) -> None:
        await agent.disks.clone(
            task, copy.source, copy.source_format, path, disk.format, copy.backing, copy.flat
        )

    return clone
