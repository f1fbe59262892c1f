"""The CD from which a VM's guest reads what it is told at its first boot: made, replaced, taken out."""

from dataclasses import replace

from millpond.domain.cloud_init import (
    SEED_SIZE,
    SEED_SOURCE,
    CloudInit,
    is_seed,
    seed,
    without_seed,
)
from millpond.domain.errors import Refused
from millpond.domain.job import Observation
from millpond.domain.layout import disk_path
from millpond.domain.names import Id, new_id
from millpond.domain.permissions import Permission
from millpond.domain.vm import Disk, VmConfig
from millpond.operations.base import Context, Step, seen
from millpond.operations.devices import build_config
from millpond.operations.utility import utility_server
from millpond.operations.vms import Found, Vm, VmOperation, VmPlan, VmSpec, find_for
from millpond.ports.world import World

_TARGETS = tuple(f"sd{letter}" for letter in "gfedcba")
"""Where the CD goes, the best place first. It is a SCSI drive because cloud images have no driver for
others, and one does not come between the disks that their guests count."""


class CloudInitSetSpec(VmSpec):
    cloud_init: CloudInit


class CloudInitPlan(VmPlan):
    """``config`` is what the VM becomes, ``instance`` what the new seed is known by."""

    utility: Id
    config: VmConfig
    instance: Id


def with_seed(config: VmConfig) -> VmConfig:
    """``config`` with the CD, which it may have already. Raises ``Refused(vm.devices)``."""
    if any(is_seed(disk) for disk in config.disks):
        return config
    taken = {disk.target for disk in config.disks}
    free = [target for target in _TARGETS if target not in taken]
    if not free:
        raise Refused(
            "vm.devices",
            f"vm {config.name}",
            "its seven sd drives are taken, and cloud-init's data need one",
            "give it fewer of them",
        )
    cd = Disk(target=free[0], source=SEED_SOURCE, size=SEED_SIZE, readonly=True)
    return _with_disks(config, (*config.disks, cd))


def _with_disks(config: VmConfig, disks: tuple[Disk, ...]) -> VmConfig:
    return build_config(f"vm {config.name}", config.model_dump() | {"disks": disks})


def told(config: VmConfig, wanted: CloudInit | None) -> VmConfig:
    """``config`` of a VM to be made, with the CD if there is something to tell its guest. Raises
    ``Refused(vm.devices)``."""
    if wanted is None:
        return config
    check_fits(wanted, config)
    return with_seed(config)


def first_seed(vm: Vm, utility: str, wanted: CloudInit | None, config: VmConfig) -> list[Step]:
    """What writes that CD, if there is to be one."""
    return [] if wanted is None else [seed_step(vm, utility, wanted, config, vm.id)]


def check_fits(wanted: CloudInit, config: VmConfig) -> None:
    """Raises ``Refused(vm.devices)`` if it speaks of network interfaces that the VM does not have."""
    if len(wanted.networks) > len(config.vifs):
        raise Refused(
            "vm.devices",
            f"vm {config.name}",
            f"there are addresses for {len(wanted.networks)} network interfaces, and it has"
            f" {len(config.vifs)}",
            "give it as many, with --nic",
        )


def seed_step(vm: Vm, utility: str, wanted: CloudInit, config: VmConfig, instance: str) -> Step:
    """Write the CD, as ``instance``, on the server ``utility``; undone by removing it."""

    async def path() -> str:
        return disk_path(await vm.directory(), SEED_SOURCE)

    async def observe() -> Observation:
        try:
            found = await (await vm.agent(utility)).cloud_init.read(await path())
        except Refused as refused:
            if refused.code == "image.damaged":
                return Observation.ABSENT
            raise
        return seen(found is not None and found.instance == instance)

    async def act(_: Context) -> None:
        agent = await vm.agent(utility)
        await agent.cloud_init.write(await path(), seed(wanted, config, instance))

    async def undo() -> None:
        await (await vm.agent(utility)).disks.remove(await path())

    return Step("cloud-init", observe, act, undo)


async def _nothing() -> None:
    """Whatever becomes of the new seed, one of the two is there, and what the other was nobody knows."""


def _planned(found: Found, config: VmConfig) -> CloudInitPlan:
    key = found.document.repository
    utility = utility_server(found.pool, config.id, found.pool.repository(key) if key else None)
    return CloudInitPlan(
        pool=found.pool.id,
        before=found.document,
        servers=(utility,),
        utility=utility,
        config=config,
        instance=new_id(),
    )


class SetCloudInit(VmOperation[CloudInitSetSpec, CloudInitPlan]):
    kind = "cloud-init.set"
    summary = "Give a VM that is off new cloud-init data; its next boot is a first boot to them"
    permission = Permission.VM_MANAGE
    spec_type = CloudInitSetSpec
    plan_type = CloudInitPlan

    async def plan(self, world: World, spec: CloudInitSetSpec) -> CloudInitPlan:
        found = await find_for(world, spec.vm, self.kind)
        config = with_seed(found.document.config)
        check_fits(spec.cloud_init, config)
        return _planned(found, config)

    def steps(self, world: World, spec: CloudInitSetSpec, plan: CloudInitPlan) -> list[Step]:
        vm = plan.at_work(world)
        write = seed_step(vm, plan.utility, spec.cloud_init, plan.config, plan.instance)
        if any(is_seed(disk) for disk in plan.before.config.disks):
            return [replace(write, undo=_nothing)]
        return [write, vm.record_step("record", plan.before, config=plan.config)]


class DetachCloudInit(VmOperation[VmSpec, CloudInitPlan]):
    kind = "cloud-init.detach"
    summary = "Take the CD with the cloud-init data out of a VM that is off, and remove it"
    permission = Permission.VM_MANAGE
    spec_type = VmSpec
    plan_type = CloudInitPlan

    async def plan(self, world: World, spec: VmSpec) -> CloudInitPlan:
        found = await find_for(world, spec.vm, self.kind)
        config = found.document.config
        if not any(is_seed(disk) for disk in config.disks):
            raise no_seed(config.name)
        for snapshot in found.document.snapshots:
            if any(is_seed(disk) for disk in snapshot.config.disks):
                raise Refused(
                    "vm.state",
                    f"vm {config.name}",
                    f"its snapshot {snapshot.name} has the CD too, and goes back to it",
                    f"delete that first: millpond vm snapshot delete {config.name} {snapshot.name}",
                )
        return _planned(found, _with_disks(config, without_seed(config.disks)))

    def steps(self, world: World, spec: VmSpec, plan: CloudInitPlan) -> list[Step]:
        vm = plan.at_work(world)

        async def path() -> str:
            return disk_path(await vm.directory(), SEED_SOURCE)

        async def observe() -> Observation:
            return seen(await (await vm.agent(plan.utility)).disks.size(await path()) is None)

        async def act(_: Context) -> None:
            await (await vm.agent(plan.utility)).disks.remove(await path())

        record = vm.record_step("record", plan.before, config=plan.config)
        return [record, Step("remove", observe, act, point_of_no_return=True)]


def no_seed(vm: str) -> Refused:
    return Refused(
        "request.not_found",
        f"vm {vm}",
        "it has no cloud-init data",
        f"give it some: millpond vm cloud-init set {vm}",
    )
