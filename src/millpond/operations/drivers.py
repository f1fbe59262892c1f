"""Drivers for the guest of a VM that is being imported."""

from collections.abc import Sequence

from millpond.domain.drivers import DriverTool
from millpond.domain.errors import Refused
from millpond.domain.foreign import ForeignDisk, ForeignVm
from millpond.domain.image import ImageFormat
from millpond.domain.job import Observation
from millpond.domain.layout import disk_path
from millpond.domain.vm import Disk
from millpond.operations.base import Context, Step, seen
from millpond.operations.vms import Vm, follow


def check_copied(vm: ForeignVm) -> None:
    """Raises ``Refused(import.drivers)`` if a disk of it is no copy, or it has none."""
    subject = f"vm {vm.name[:63]}"
    if any(disk.block for disk in vm.disks):
        raise Refused(
            "import.drivers",
            subject,
            "one of its disks is a device, which would be changed itself",
            "import it without --drivers, and install virtio drivers in the guest before",
        )
    if not any(disk.file and not disk.cdrom for disk in vm.disks):
        raise Refused(
            "import.drivers",
            subject,
            "it has no disk that a guest could be on",
            "import it without --drivers",
        )


def intended(tool: DriverTool, server: str) -> str:
    """What will be done, in a sentence."""
    windows = "" if tool.windows else "; not for Windows, for which that server has no virtio-win"
    return (
        f"drivers: once its disks are copied, virt-v2v {tool.version} on {server} makes the guest on the copies"
        f" boot from virtio{windows}; emulated, that takes minutes"
    )


def drivers_step(vm: Vm, utility: str, disks: Sequence[tuple[Disk, ForeignDisk]]) -> Step:
    """Its undo is that of the whole directory."""

    async def observe() -> Observation:
        agent = vm.world.agent(await vm.pool(), utility)
        return seen(await agent.drivers.installed(await vm.directory()))

    async def act(ctx: Context) -> Observation:
        agent, directory = vm.world.agent(await vm.pool(), utility), await vm.directory()
        copied = tuple(
            ForeignDisk(
                file=disk_path(directory, disk.source),
                format=ImageFormat(disk.format.value),
                capacity=disk.size,
                bus=foreign.bus,
            )
            for disk, foreign in disks
            if foreign.file and not foreign.cdrom
        )
        task = f"{ctx.job}/drivers"
        await follow(agent, task, lambda: agent.drivers.install(task, directory, copied), ctx)
        return Observation.DONE

    return Step("drivers", observe, act)
