"""Taking a backup: the images of a VM's disks, then what there is to know of them."""

import asyncio
import os
from collections.abc import Callable
from contextlib import ExitStack
from functools import partial
from io import FileIO

from millpond.adapters.backups import images
from millpond.adapters.backups.tree import Tree
from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import UNFINISHED, Beneath
from millpond.adapters.images.arriving import digest
from millpond.adapters.images.inspection import inspect
from millpond.adapters.images.reading import size_of
from millpond.adapters.storage_errors import full
from millpond.adapters.tasks.runner import Report
from millpond.domain.backup import (
    Backup,
    BackupOrder,
    Quiesce,
    SavedDisk,
    backing_name,
    is_backed_up,
)
from millpond.domain.chain import ImageFile, chain
from millpond.domain.errors import Failed
from millpond.domain.image import ImageFormat
from millpond.domain.job import Progress
from millpond.domain.layout import disk_path
from millpond.domain.vm import Disk
from millpond.ports.live_copies import Copied, LiveCopies, LiveCopy

_OFF = "it is off, and what changed on it is not known"
_TAKEN_OVER = "the agent was restarted meanwhile, and does not know any more"


async def take(
    tree: Tree, disks: Beneath, live: LiveCopies, order: BackupOrder, report: Report
) -> dict[str, float]:
    """However it ends but well, nothing of it stays."""
    if await asyncio.to_thread(tree.read, order.config.id, order.id) is not None:
        return {}
    saved = sorted((d for d in order.config.disks if is_backed_up(d)), key=lambda d: d.target)
    folder = order.id + UNFINISHED
    copies = [LiveCopy(d.target, tree.path(order.config.id, folder, d.target)) for d in saved]
    try:
        if order.run is None:
            await asyncio.to_thread(tree.begin, order.config.id, order.id)
            copied = Copied({d.target: order.why_full or _OFF for d in saved})
            for number, disk in enumerate(saved):
                await _copy(tree, disks, order, disk, _share(report, number, len(saved)))
        else:
            copied = await _copy_live(tree, live, order, copies, report)
        backup = await _described(tree, order, saved, copied, report)
        await asyncio.to_thread(tree.publish, backup)
    except BaseException:
        await discard(tree, live, order)
        raise
    if order.run is not None:
        await live.forget(order.config.id, order.known)
    return {"bytes": float(backup.bytes)}


async def discard(tree: Tree, live: LiveCopies, order: BackupOrder) -> None:
    """End what goes on of it, and leave nothing."""
    vm = order.config.id
    if order.run is not None:
        if await live.under_way(vm, order.id):
            await live.stop(vm, order.id)
        if order.quiesce is not Quiesce.NO:
            await live.thaw(vm)
        await live.forget(vm, [order.id])
    await asyncio.to_thread(tree.remove, vm, order.id)


async def _copy_live(
    tree: Tree, live: LiveCopies, order: BackupOrder, copies: list[LiveCopy], report: Report
) -> Copied:
    vm, run = order.config.id, order.run
    if not copies or run is None:
        await asyncio.to_thread(tree.begin, vm, order.id)
        return Copied({})
    joins = await live.under_way(vm, order.id)
    if order.quiesce is not Quiesce.NO:
        await live.thaw(vm)
    if not joins:
        await asyncio.to_thread(tree.begin, vm, order.id)
    copied = await live.copy(
        vm, run, copies, order.id, order.parent, order.room, order.quiesce, report
    )
    if joins:
        frozen = order.quiesce is Quiesce.REQUIRE  # or it would not have begun
        why_not = _TAKEN_OVER if order.quiesce is Quiesce.TRY else ""
        return Copied(dict.fromkeys((c.target for c in copies), _TAKEN_OVER), frozen, why_not)
    whole = {target: order.why_full or said for target, said in copied.whole.items()}
    return copied._replace(whole=whole)


async def _copy(
    tree: Tree,
    disks: Beneath,
    order: BackupOrder,
    disk: Disk,
    on_percent: Callable[[float], None],
) -> None:
    """All of one disk that nobody writes to."""
    with ExitStack() as stack:
        source = stack.enter_context(_opened(disk, order.directory, disks))
        below = [_layer(stack, i, disks) for i in chain(order.directory, disk).backing]
        files = (tool.Image(source, ImageFormat(disk.format.value)), *below)
        for image in files:
            if image.format is ImageFormat.QCOW2:
                backed = image is not files[-1]
                look = partial(inspect, image.file, image.format, disk.source, backed=backed)
                await asyncio.to_thread(look)
        place = stack.enter_context(tree.image(order.config.id, order.id + UNFINISHED, disk.target))
        data = await tool.data_in(files, place.path)
        if data > place.free():
            raise full(place.path, f"the disk has {data} bytes of data, {place.free()} are free")
        target = stack.enter_context(await asyncio.to_thread(place.begin))
        stack.callback(place.discard)
        ends = [tool.name_of_chain(files), tool.name_of(target)]
        arguments = ["convert", "-p", "-O", "qcow2", *ends]
        open_files = [*(image.file for image in files), target]
        await tool.run(place.path, arguments, open_files, tool.copying(disk.size), on_percent)
        await asyncio.to_thread(place.finish, target)


def _opened(disk: Disk, directory: str, disks: Beneath) -> FileIO:
    path = disk_path(directory, disk.source)
    if disk.source.startswith("phy:"):
        try:
            return FileIO(os.open(path, os.O_RDONLY | os.O_CLOEXEC), "rb")
        except FileNotFoundError:  # a LUN that only QEMU reaches here
            raise Failed(
                "read the disk", f"{path} is no device of this server: start the VM, and repeat it"
            ) from None
    with disks.place(path) as place:
        return place.open()


def _layer(stack: ExitStack, image: ImageFile, disks: Beneath) -> tool.Image:
    place = stack.enter_context(disks.place(image.path))
    return tool.Image(stack.enter_context(place.open()), ImageFormat(image.format.value))


def _share(report: Report, number: int, count: int) -> Callable[[float], None]:
    return lambda percent: report(
        Progress(percent=(number * 100 + percent) / count * 0.9, message="copying")
    )


async def _described(
    tree: Tree, order: BackupOrder, saved: list[Disk], copied: Copied, report: Report
) -> Backup:
    """What has been copied, and each image's name for the one it builds on."""
    found = [await _sealed(tree, order, d, copied.whole.get(d.target, ""), report) for d in saved]
    return Backup(
        id=order.id,
        vm=order.config.id,
        pool=order.pool,
        schedule=order.schedule,
        taken=order.taken,
        live=order.run is not None,
        quiesced=copied.quiesced,
        why_not_quiesced=copied.why_not[:300],
        parent=order.parent if any(d.incremental for d in found) else None,
        config=order.config,
        disks=tuple(found),
    )


async def _sealed(
    tree: Tree, order: BackupOrder, disk: Disk, why: str, report: Report
) -> SavedDisk:
    with ExitStack() as stack:
        place = stack.enter_context(tree.image(order.config.id, order.id + UNFINISHED, disk.target))
        file = stack.enter_context(await asyncio.to_thread(partial(place.open, writable=True)))
        backing = None
        if order.parent is not None and images.holds_changes(file, place.path):
            backing = backing_name(order.parent, disk.target)
            await images.build_on(place, file, backing)
        await images.sync(file)
        size = await asyncio.to_thread(images.check, file, place.path, backing)
        return SavedDisk(
            target=disk.target,
            incremental=backing is not None,
            why_full="" if backing else why[:300],
            size=size,
            bytes=size_of(file),
            sha256=await digest(file, report),
        )
