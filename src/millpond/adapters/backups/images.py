"""The images of backups as QEMU sees them: which files it gets is said by us, never by what stands in
them."""

import asyncio
import os
from collections.abc import Sequence
from contextlib import ExitStack
from io import FileIO
from typing import NamedTuple

from millpond.adapters.backups.tree import Tree
from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import NoDirectory, Place
from millpond.adapters.images import qcow2
from millpond.adapters.images.inspection import inspect
from millpond.adapters.images.reading import refused, size_of
from millpond.domain.backup import Backup, SavedDisk, backing_name, chain
from millpond.domain.errors import Refused, not_found
from millpond.domain.image import ImageFormat


class Link(NamedTuple):
    """One image of a chain, open, and what its manifest says of it."""

    file: FileIO
    path: str
    disk: SavedDisk
    backing: str | None


def needed(tree: Tree, vm: str, backup: str) -> list[Backup]:
    """The backup and those that it builds on, the oldest first. Raises ``Refused``: ``request.not_found``,
    ``backup.damaged`` if one is missing."""
    all_ = tree.all(vm)
    last = next((b for b in all_ if b.id == backup), None)
    if last is None:
        raise not_found(
            "backup", backup, "list what there is with: millpond backup list POOL --in PLACE"
        )
    found = chain(all_, last)
    if found[0].parent is not None:
        raise damaged(tree, found[-1], f"backup {found[0].parent}, which it needs, is missing")
    return found


def opened(tree: Tree, backups: Sequence[Backup], target: str, stack: ExitStack) -> list[Link]:
    """The images that the disk of the last backup is made of, the last first, each of them looked into.
    Raises ``Refused``: ``backup.damaged``, ``image.*``."""
    links: list[Link] = []
    for backup in reversed(backups):
        disk = backup.disk(target)
        if disk is None:
            raise damaged(tree, backup, f"it has no disk {target}, which a later one builds on")
        name = backing_name(backup.parent, target) if disk.incremental and backup.parent else None
        try:
            with tree.image(backup.vm, backup.id, target) as place:
                file = stack.enter_context(place.open())
        except (NoDirectory, Refused) as error:
            raise damaged(tree, backup, f"the image of disk {target} cannot be read") from error
        path = tree.path(backup.vm, backup.id, target)
        if size_of(file) != disk.bytes:
            raise damaged(
                tree,
                backup,
                f"{path} has {size_of(file)} bytes, and its manifest says {disk.bytes}",
            )
        if check(file, path, name) != disk.size:
            raise damaged(tree, backup, f"{path} is an image of another size")
        links.append(Link(file, path, disk, name))
        if name is None:
            return links
    raise damaged(tree, backups[-1], f"the chain of disk {target} has no beginning")


def as_one(links: Sequence[Link]) -> str:
    """The name of the image that ``links`` make together, for qemu-img."""
    return tool.name_of_chain([tool.Image(link.file, ImageFormat.QCOW2) for link in links])


async def build_on(place: Place, file: FileIO, backing: str) -> None:
    """Write into the image's header what it builds on; nothing is opened for that."""
    arguments = ["rebase", "-q", "-u", "-f", "qcow2", "-F", "qcow2", "-b", backing]
    await tool.run(place.path, [*arguments, tool.name_of(file)], [file])


def holds_changes(file: FileIO, path: str) -> bool:
    """Whether the image builds on another."""
    return bool(qcow2.backing_name(file, path))


def check(file: FileIO, path: str, backing: str | None) -> int:
    """The virtual size of an image of ours that builds on ``backing``, and on nothing else. Raises
    ``Refused(image.*)``."""
    if backing is not None and qcow2.backing_name(file, path) != backing:
        raise refused("image.backing_file", path, f"it does not build on {backing}")
    return inspect(file, ImageFormat.QCOW2, path, backed=backing is not None)


async def sync(file: FileIO) -> None:
    await asyncio.to_thread(os.fsync, file.fileno())


def damaged(tree: Tree, backup: Backup, message: str) -> Refused:
    return Refused(
        "backup.damaged",
        f"backup {backup.id} in {tree.place}",
        message,
        "use an earlier one, and take a new one in full: millpond backup create VM --to PLACE --full",
    )
