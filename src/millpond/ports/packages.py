"""VMs of other products on a utility server's file systems, on their way in and out."""

from typing import Protocol

from millpond.domain.foreign import ForeignDisk, ForeignVm
from millpond.domain.names import AbsolutePath
from millpond.domain.package import ExportFormat, Package, PackedImage
from millpond.domain.vm import DiskFormat


class Packages(Protocol):
    """A package is an OVA, or a folder with a description (OVF, VMX, vm.cfg, domain XML) and images, in
    one of the folders that the server's administrator opened for imports."""

    async def look(self, path: AbsolutePath, option: str, system: str) -> Package:
        """Read the description; ``option`` and ``system`` choose what it leaves open. Nothing is written
        and no program run. Raises ``Refused(import.*)``, ``Refused(image.*)``."""
        ...

    async def bring(
        self, task: str, path: AbsolutePath, disk: ForeignDisk, to: str, into: DiskFormat, size: int
    ) -> None:
        """Make the image ``to`` of ``size`` virtual bytes from the disk's file, as ``look`` has named it:
        checked against the manifest, inspected, converted. It appears when it is complete. The task
        fails with ``Refused(import.*)``, ``image.*``, ``storage.full``."""
        ...

    async def losses(
        self, vm: ForeignVm, directory: AbsolutePath, kind: ExportFormat
    ) -> tuple[str, ...]:
        """What an export of the VM in that format could not say; nothing is written."""
        ...

    async def export(
        self,
        task: str,
        vm: ForeignVm,
        directory: AbsolutePath,
        to: AbsolutePath,
        kind: ExportFormat,
        image: PackedImage,
    ) -> None:
        """Write the VM, whose files lie in ``directory``, to the file ``to``: complete or not at all.
        Its disks must not be written to meanwhile. The task fails with ``Refused(storage.full)``."""
        ...
