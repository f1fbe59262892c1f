"""What a backup is for: to be verified, and restored."""

import asyncio
from contextlib import ExitStack
from functools import partial

from millpond.adapters.backups import images
from millpond.adapters.backups.images import Link
from millpond.adapters.backups.tree import Tree
from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import Place
from millpond.adapters.disks.copying import METADATA, to_the_end
from millpond.adapters.images.arriving import digest
from millpond.adapters.storage_errors import full
from millpond.adapters.tasks.runner import Report
from millpond.domain.backup import Backup
from millpond.domain.errors import Failed
from millpond.domain.job import Progress
from millpond.domain.vm import DiskFormat


async def verify(tree: Tree, vm: str, backup: str, report: Report) -> dict[str, float]:
    """Every byte of it and of those that it needs."""
    backups = await asyncio.to_thread(images.needed, tree, vm, backup)
    count, read = 0, 0
    for saved in backups[-1].disks:
        with ExitStack() as stack:
            links = await asyncio.to_thread(images.opened, tree, backups, saved.target, stack)
            for link in links:
                await _check_digest(tree, backups[-1], link, report)
                count, read = count + 1, read + link.disk.bytes
            for first in range(len(links)):
                await _check_image(tree, backups[-1], links[first:])
    return {"files": float(count), "bytes": float(read)}


async def _check_digest(tree: Tree, backup: Backup, link: Link, report: Report) -> None:
    if await digest(link.file, report) != link.disk.sha256:
        raise images.damaged(tree, backup, f"{link.path} is not the file that was written")


async def _check_image(tree: Tree, backup: Backup, links: list[Link]) -> None:
    """The first of ``links``, which the others are opened with."""
    path, limits = links[0].path, tool.copying(links[0].disk.size)
    arguments = ["check", "-q", images.as_one(links)]
    try:
        await tool.run(path, arguments, [link.file for link in links], limits)
    except Failed as error:
        raise images.damaged(tree, backup, f"{path}: {error.cause}") from error


async def restore(
    tree: Tree,
    vm: str,
    backup: str,
    disk: str,
    place: Place,
    into: DiskFormat,
    report: Report,
) -> dict[str, float]:
    """The image ``place``; however it ends, an incomplete file is gone after. What is read is compared
    with the manifests first."""
    backups = await asyncio.to_thread(images.needed, tree, vm, backup)
    with ExitStack() as stack:
        links = await asyncio.to_thread(images.opened, tree, backups, disk, stack)
        for link in links:
            await _check_digest(tree, backups[-1], link, report)
        size = links[0].disk.size
        most = min(size, sum(link.disk.bytes for link in links)) + METADATA
        if most > place.free():
            raise full(place.path, f"the disk may need {most} bytes, {place.free()} are free")
        target = stack.enter_context(await asyncio.to_thread(place.begin))
        stack.callback(place.discard)
        source, to = images.as_one(links), tool.name_of(target)
        await tool.run(
            place.path,
            ["convert", "-p", "-O", into.value, source, to],
            [*(link.file for link in links), target],
            tool.copying(size),
            lambda percent: report(Progress(percent=percent, message="restoring")),
        )
        await to_the_end(partial(place.finish, target))
    return {"bytes": float(size)}
