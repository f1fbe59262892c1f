"""Changes of a VM's list of disks: in its record, and in the running guest as far as that can be hot."""

from collections.abc import Callable
from typing import Any

from millpond.domain.cloud_init import is_seed
from millpond.domain.errors import Refused
from millpond.domain.job import Lock, Mode, Observation
from millpond.domain.vm import Disk, Guest, Power
from millpond.operations.base import Context, Step, seen
from millpond.operations.devices import build_disk
from millpond.operations.edit_vm import VmEditPlan, edit_plan
from millpond.operations.utility import utility_server
from millpond.operations.vms import Found, Vm
from millpond.ports.world import World


async def list_plan(world: World, found: Found, disks: list[Disk], **fields: object) -> VmEditPlan:
    """The plan of an edit that gives the VM these ``disks``, and other ``fields``. Raises ``Refused``:
    ``vm.state`` for one whose memory was saved with the disks it had."""
    check_not_suspended(found)
    return await edit_plan(world, found, {"disks": disks, **fields})


def check_not_suspended(found: Found) -> None:
    name = found.document.config.name
    if found.power is Power.SUSPENDED:
        raise Refused(
            "vm.state",
            f"vm {name}",
            "it is suspended, and its saved memory knows the disks it had",
            f"resume it first: millpond vm resume {name}",
        )


def replaced(disks: tuple[Disk, ...], target: str, **changes: Any) -> list[Disk]:
    """The list with other values in the disk of that target."""
    return [build_disk(d.model_dump() | changes) if d.target == target else d for d in disks]


def existing(found: Found, target: str) -> Disk:
    """Raises ``Refused(request.not_found)``."""
    for disk in found.document.config.disks:
        if disk.target == target:
            return disk
    name = found.document.config.name
    raise Refused(
        "request.not_found",
        f"disk {target}",
        f"VM {name} has no such disk",
        f"list what it has with: millpond vm disk list {name}",
    )


def is_own_file(disk: Disk) -> bool:
    """A file of the VM alone, and not one of a CD."""
    return disk.source.startswith("file:") and not disk.cdrom and not is_seed(disk)


def check_own_file(disk: Disk, what: str) -> None:
    """Raises ``Refused(vm.devices)`` unless it is a file of the VM alone."""
    if not is_own_file(disk):
        raise Refused(
            "vm.devices",
            f"disk {disk.target}",
            f"it is {disk.source}, and only a VM's own file can be {what}",
            "do it where it comes from: on the array, or with the image",
        )


def hot_step(vm: Vm, plan: VmEditPlan, name: str, done: Callable[[Guest], bool]) -> Step:
    """Bring the guest as near to its record as can be; a failure unless it is ``done`` then, or it has
    ended meanwhile."""
    server = plan.servers[0]

    async def observe() -> Observation:
        guest = await vm.guest(server)
        return seen(guest is None or done(guest))

    async def act(_: Context) -> None:
        agent = await vm.agent(server)
        await agent.hypervisor.apply(await vm.guest_spec(plan.before.run or plan.vm))
        await vm.world.touch(await vm.pool(), vm.id)

    return Step(name, observe, act)


def utility_for(found: Found, disk: Disk | None = None) -> str:
    """The id of the server that works on the VM's files, or on this one."""
    pool, document = found.pool, found.document
    key = document.repository if disk is None else document.repository_of(disk)
    repository = pool.repository(key) if key else None
    return utility_server(pool, document.config.id, repository)


def utility_lock(plan: VmEditPlan, utility: str) -> list[Lock]:
    """Unless the plan has it anyway."""
    if utility in plan.servers:
        return []
    return [Lock(object=f"server:{utility}", mode=Mode.SHARED)]
