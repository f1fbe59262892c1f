"""Disk images in a repository, made by a utility server."""

from typing import Protocol

from millpond.domain.chain import ImageFile
from millpond.domain.vm import DiskFormat


class Disks(Protocol):
    """Image files (qemu-img(1)). Formats are always given, never probed, and so is all that lies
    beneath an image (``backing``, the nearest first). A file appears under its final name only when
    it is complete."""

    async def create(
        self,
        path: str,
        format: DiskFormat,  # noqa: A002
        size: int,
        thick: bool = False,
    ) -> None:
        """An empty image of ``size`` bytes, thin unless all of its blocks shall be allocated
        (``thick``). Does nothing if it is there with that size. Raises ``Refused(storage.full)``."""
        ...

    async def capacity(
        self,
        path: str,
        format: DiskFormat,  # noqa: A002
        backed: bool = False,
    ) -> int | None:
        """Bytes that a guest sees of an image, or of a block device below /dev; None if there is none.
        Raises ``Refused(image.*)`` if it is not of that format, or needs others beneath it and shall
        not (``backed``)."""
        ...

    async def overlay(self, path: str, backing: ImageFile, size: int) -> None:
        """An empty qcow2 image of ``size`` bytes over ``backing``, which it names by its way from
        its own directory. Does nothing if it is there as that. Raises ``Refused``: ``storage.full``,
        ``request.not_found`` for a ``backing`` that is not there."""
        ...

    async def clone(
        self,
        task: str,
        source: str,
        source_format: DiskFormat,
        path: str,
        format: DiskFormat,  # noqa: A002
        backing: tuple[ImageFile, ...] = (),
        flat: bool = True,
    ) -> None:
        """Copy ``source`` to ``path``: a reflink where the file system has them and the formats
        match, else a full sparse copy, or a conversion, with progress. Of what lies over others the
        copy has all data in one file; unless it is not to be ``flat``: then it lies over the same
        images, and in its directory has to find them by the same way. The source is inspected first; raises
        ``Refused(image.*)`` or ``storage.full`` before anything is written."""
        ...

    async def commit(self, task: str, path: str, backing: tuple[ImageFile, ...]) -> None:
        """Write all data of the qcow2 image into the nearest of ``backing``, which lies beneath it and
        nothing else, and which nobody has open. The image stays as it is, so this can be repeated. The
        task fails with ``Refused(storage.full)``."""
        ...

    async def rebase(self, path: str, backing: ImageFile) -> None:
        """Have the qcow2 image, which nobody has open, say that ``backing`` lies beneath it; no data
        move."""
        ...

    async def link(self, source: str, path: str) -> None:
        """Give the file ``source`` a second name, ``path``, in the same repository; each stays when the
        other is removed. Does nothing if it has it. Raises ``Refused(object.exists)``."""
        ...

    async def grow(
        self,
        path: str,
        format: DiskFormat,  # noqa: A002
        size: int,
        backing: tuple[ImageFile, ...] = (),
    ) -> None:
        """Make the virtual size ``size`` bytes if it is smaller; never shrinks."""
        ...

    async def size(self, path: str) -> int | None:
        """Bytes allocated on the file system, None if there is no such file."""
        ...

    async def remove(self, path: str) -> None:
        """Delete the file and any unfinished sibling of it; one that is gone is fine."""
        ...

    async def make_directory(self, path: str) -> None:
        """The directory of a VM in a repository, durably; one that is there is fine."""
        ...

    async def remove_directory(self, path: str) -> None:
        """Remove that directory if nothing is in it (any more); one that is gone is fine."""
        ...
