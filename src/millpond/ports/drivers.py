"""virtio drivers for guests that come from other products."""

from typing import Protocol

from millpond.domain.drivers import DriverTool
from millpond.domain.foreign import ForeignDisk
from millpond.domain.names import AbsolutePath


class Drivers(Protocol):
    """``directory`` is a VM's, whose disks nobody else opens."""

    async def tool(self) -> DriverTool:
        """What this server would do it with. Raises ``Refused(import.drivers)`` if something is missing."""
        ...

    async def installed(self, directory: AbsolutePath) -> bool:
        """Whether that has been done to the VM's disks."""
        ...

    async def install(
        self, task: str, directory: AbsolutePath, disks: tuple[ForeignDisk, ...]
    ) -> None:
        """Make the guest on ``disks`` boot from virtio. ``file`` is the absolute path of our image, ``bus`` what
        the disk hung on before. All of them are changed when it ends, or none; it can be repeated, also
        when it was broken off. The task fails with ``Refused``: ``import.drivers``, ``storage.*``; and
        ``Failed`` with what virt-v2v says."""
        ...
