"""What operations on snapshots share: their requests, and the files of a VM that they make and remove."""

import asyncio
from collections.abc import Iterable

from pydantic import Field

from millpond.domain.chain import ImageFile, chain
from millpond.domain.job import Observation
from millpond.domain.layout import disk_path
from millpond.domain.names import Id, Name
from millpond.domain.pool import PoolDocument
from millpond.domain.snapshots import files, is_kept, memories
from millpond.domain.vm import VmConfig, VmDocument
from millpond.operations.base import Context, Step, seen
from millpond.operations.utility import utility_server
from millpond.operations.vms import Vm, VmPlan, VmSpec


class SnapshotSpec(VmSpec):
    snapshot: Name = Field(description="The snapshot's name", examples=["before-upgrade"])


class SnapshotPlan(VmPlan):
    """``utility`` makes, merges and removes the files."""

    utility: Id


def utility_of(pool: PoolDocument, document: VmDocument) -> str:
    """Raises ``Refused(server.role)``."""
    key = document.repository
    return utility_server(pool, document.config.id, pool.repository(key) if key else None)


def layers_step(vm: Vm, utility: str, config: VmConfig) -> Step:
    """Make the layers that ``config`` has on top of its disks, empty. Undone by removing them, unless the
    VM's record has them."""

    async def directory() -> str:
        return await vm.directory()

    async def observe() -> Observation:
        disks, where = (await vm.agent(utility)).disks, await directory()
        paths = [disk_path(where, d.source) for d in config.disks if is_kept(d)]
        sizes = await asyncio.gather(*(disks.size(path) for path in paths))
        return seen(None not in sizes)

    async def act(_: Context) -> None:
        disks, where = (await vm.agent(utility)).disks, await directory()
        for disk in config.disks:
            if is_kept(disk):
                images = chain(where, disk)
                await disks.overlay(images.top, images.backing[0], disk.size)

    async def undo() -> None:
        document = await vm.read()
        in_use = files(document) if document is not None else frozenset()
        tops = {d.source for d in config.disks if is_kept(d)}
        await remove_files(vm, utility, tops - in_use)

    return Step("layers", observe, act, undo)


async def remove_files(vm: Vm, utility: str, sources: Iterable[str]) -> None:
    disks, where = (await vm.agent(utility)).disks, await vm.directory()
    for source in sorted(sources):
        await disks.remove(disk_path(where, source))


def removal_step(vm: Vm, utility: str, before: VmDocument) -> Step:
    """Remove the files that the VM's record named ``before`` and names no more."""

    async def unused() -> list[str]:
        document = await vm.read()
        if document is None:
            return []
        gone = memories(before) - memories(document)
        return sorted((files(before) - files(document)) | {f"file:{name}" for name in gone})

    async def observe() -> Observation:
        disks, where = (await vm.agent(utility)).disks, await vm.directory()
        sizes = [await disks.size(disk_path(where, source)) for source in await unused()]
        return seen(not any(size is not None for size in sizes))

    async def act(_: Context) -> None:
        await remove_files(vm, utility, await unused())

    return Step("remove files", observe, act)


def image(directory: str, config: VmConfig, source: str) -> tuple[ImageFile, ...]:
    """The image of that source among the VM's disks, and all beneath it; empty if it is not there."""
    for disk in config.disks:
        images = chain(directory, disk)
        line = (ImageFile(path=images.top, format=disk.format), *images.backing)
        for number, found in enumerate(line):
            if found.path == disk_path(directory, source):
                return line[number:]
    return ()
