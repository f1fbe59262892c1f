"""Clone a VM: the same configuration and data under a new name, id and MAC addresses."""

import asyncio

from pydantic import Field

from millpond.domain.chain import chain
from millpond.domain.cloning import Cloning
from millpond.domain.cloud_init import CloudInit, is_seed
from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Mode
from millpond.domain.names import Id, Name, new_id, new_mac
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.vm import Disk, VmConfig, VmDocument
from millpond.operations.admitting import FORCE, Survey, choose, survey
from millpond.operations.base import Step
from millpond.operations.catalogue import destination
from millpond.operations.clone_running import (
    Instant,
    drop_step,
    filled_from,
    instant_of,
    take_step,
)
from millpond.operations.cloud_init import first_seed, told
from millpond.operations.create_vm import (
    CopiedDisk,
    VmCreatePlan,
    birth_steps,
    check_data,
    data_of,
    disk_step,
    own_disks,
    with_disks,
)
from millpond.operations.devices import build_config, claim_locks, claims
from millpond.operations.room import room
from millpond.operations.utility import utility_server
from millpond.operations.vms import VmOperation, VmSpec, check_free_name, find_for
from millpond.ports.world import World


class VmCloneSpec(VmSpec):
    name: Name = Field(description="Of the clone", examples=["web2"])
    repository: Name | None = Field(
        default=None, description="Where the clone shall lie; left out, where the VM does"
    )
    cloning: Cloning = Field(
        default=Cloning.AUTO, description="How its disks come from the VM's; full: over no template"
    )
    cloud_init: CloudInit | None = Field(
        default=None, description="What the clone's guest is told; nothing of the VM's is kept"
    )
    start: bool = False
    on: Name | None = Field(default=None, description="Start on this server and no other")
    force: bool = Field(default=False, description=FORCE)


class VmClonePlan(VmCreatePlan):
    """``source`` is the VM that is cloned, ``instant`` what of it if it runs."""

    source: Id
    instant: Instant | None


class CloneVm(VmOperation[VmCloneSpec, VmClonePlan]):
    kind = "vm.clone"
    summary = "Clone a VM that is off, or as it is while it runs"
    permission = Permission.VM_MANAGE
    spec_type = VmCloneSpec
    plan_type = VmClonePlan

    async def plan(self, world: World, spec: VmCloneSpec) -> VmClonePlan:
        found = await find_for(world, spec.vm, self.kind)
        pool, origin = found.pool, found.document
        home = pool.repository(origin.repository) if origin.repository else None
        repository = destination(pool, spec.repository) if spec.repository else home
        same, instant = repository == home, await instant_of(world, found)
        vm, run = new_id(), new_id()
        born = VmDocument(
            config=told(
                clone_config(origin.config, spec, vm, same=same, off=instant is None),
                spec.cloud_init,
            ),
            generation=1,
            creating=True,
            repository=repository.id if repository else None,
        )
        utility = utility_server(pool, vm, repository, home)
        if instant is not None:
            utility = _its_server(pool, instant, repository)
        copies = _copies(pool, origin, born)
        subject = f"vm {spec.name}"
        at_once = same and instant is None
        around, left, data = await asyncio.gather(
            _survey(world, pool, spec),
            room(world, pool, born.repository),
            data_of(world, pool, utility, copies),
        )
        check_free_name(pool, around.vms, spec.name)
        check_data(left, data, copies, same=at_once, subject=subject)
        placement = choose(pool, born, spec.on, around, force=spec.force) if spec.start else None
        return VmClonePlan(
            pool=pool.id,
            before=born,
            servers=(utility, placement.server) if placement else (utility,),
            utility=utility,
            copies=copies,
            placement=placement,
            run=run,
            source=origin.config.id,
            instant=instant,
        )

    def locks(self, spec: VmCloneSpec, plan: VmClonePlan) -> list[Lock]:
        config = plan.before.config
        return [
            *super().locks(spec, plan),
            Lock(object=f"vm:{plan.source}", mode=Mode.SHARED),
            Lock(object=f"vm-name:{plan.pool}/{spec.name}"),
            *template_locks(plan.pool, config),
            *claim_locks(plan.pool, claims(config)),
            *([Lock(object=f"backups:{plan.source}")] if plan.instant else []),
        ]

    def steps(self, world: World, spec: VmCloneSpec, plan: VmClonePlan) -> list[Step]:
        vm, instant = plan.at_work(world), plan.instant
        seeds = first_seed(vm, plan.utility, spec.cloud_init, plan.before.config)
        if instant is None:
            return birth_steps(vm, plan, seeds, force=spec.force)
        take = take_step(vm, instant)
        disks = [
            disk_step(vm, plan.utility, disk, "clone", filled_from(instant, disk))
            for disk in own_disks(plan)
        ]
        return with_disks(vm, plan, [take, *disks, drop_step(take), *seeds], force=spec.force)


def _its_server(pool: PoolDocument, instant: Instant, repository: Repository | None) -> str:
    """Where the VM runs. Raises ``Refused(storage.unavailable)`` if the repository is not there."""
    if repository is not None and not repository.on(instant.server):
        raise Refused(
            "storage.unavailable",
            f"repository {repository.name}",
            f"{pool.member(instant.server).name}, where the VM runs, does not have it",
            "move the VM to one of its servers first: millpond vm migrate VM",
        )
    return instant.server


async def _survey(world: World, pool: PoolDocument, spec: VmCloneSpec) -> Survey:
    if spec.start:
        return await survey(world, pool, spec.on, force=spec.force)
    return Survey({}, await world.vms(pool))


def template_locks(pool: str, config: VmConfig) -> list[Lock]:
    """That nobody deletes what its disks lie over."""
    layers = (layer.source for disk in config.disks for layer in disk.backing)
    names = {s.removeprefix("seed:").partition("/")[0] for s in layers if s.startswith("seed:")}
    return [Lock(object=f"template:{pool}/{n}", mode=Mode.SHARED) for n in sorted(names)]


def clone_config(
    origin: VmConfig, spec: VmCloneSpec, vm: str, *, same: bool, off: bool = True
) -> VmConfig:
    """What the VM has, under another id, name and other MAC addresses. ``same``: in the same repository;
    in another its CD is not to be had, and the drive is left out. What cloud-init was told always is.
    One that is not ``off`` is copied with all that its disks lie over.
    Raises ``Refused(vm.devices)`` for a block device, which one VM alone can have."""
    disks = []
    for disk in origin.disks:
        if is_seed(disk):
            continue  # it has the name and the addresses of the VM in it
        kind = disk.source.partition(":")[0]
        if kind == "phy":
            raise Refused(
                "vm.devices",
                f"vm {origin.name}",
                f"its disk {disk.target} is a block device, which only one VM can have",
                "clone it in the storage array, and create a VM with that: "
                "millpond vm create VM --disk vda:/dev/DEVICE:SIZE",
            )
        if kind == "file":
            disks.append(_cloned(disk, flat=spec.cloning is Cloning.FULL or not same or not off))
        elif same:
            disks.append(disk)
    changes: dict[str, object] = {
        "id": vm,
        "name": spec.name,
        "disks": disks,
        "vifs": [v.model_copy(update={"mac": new_mac()}) for v in origin.vifs],
    }
    return build_config(f"vm {spec.name}", dict(origin) | changes)


def _cloned(disk: Disk, *, flat: bool) -> Disk:
    """Over the same template, if it lies over one and nothing else."""
    flat = flat or any(layer.source.startswith("file:") for layer in disk.backing)
    source = f"file:{disk.target}.{disk.format.value}"
    layers = () if flat else disk.backing
    return disk.model_copy(update={"source": source, "repository": None, "backing": layers})


def _copies(pool: PoolDocument, origin: VmDocument, born: VmDocument) -> tuple[CopiedDisk, ...]:
    directory = pool.directory_of(origin)
    wanted = {d.target: d for d in born.config.disks}
    return tuple(
        CopiedDisk(
            target=disk.target,
            source=where.top,
            source_format=disk.format,
            backing=where.backing,
            flat=not wanted[disk.target].backing,
        )
        for disk in origin.config.disks
        if disk.source.startswith("file:") and not is_seed(disk)
        for where in [chain(directory, disk)]
    )
