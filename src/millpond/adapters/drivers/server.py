"""Drivers for the disks of a VM on this server's file systems.

virt-v2v writes to a layer over each disk. Once all layers are complete they are merged into their disks; so a
disk is as it was, or as it shall be, and what was broken off can be repeated.
"""

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import NamedTuple

from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import Beneath, Place
from millpond.adapters.disks.committing import commit
from millpond.adapters.drivers import virt_v2v
from millpond.adapters.images.inspection import inspect
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.drivers import LOG, DriverTool
from millpond.domain.foreign import ForeignDisk
from millpond.domain.image import ImageFormat
from millpond.domain.job import Progress

_LAYER = ".drivers"
"""What the name of a layer ends in, after its disk's."""


class _Disk(NamedTuple):
    foreign: ForeignDisk
    image: Place
    layer: Place

    @property
    def format(self) -> ImageFormat:
        return self.foreign.format or ImageFormat.RAW


class ServerDrivers:
    """For VMs in repositories below ``roots``. What is needed while it works lies in ``work``, a directory
    that the agent empties as it starts."""

    def __init__(self, roots: Sequence[str], runner: TaskRunner, work: Path) -> None:
        self._beneath = Beneath(roots)
        self._runner = runner
        self._work = work

    async def tool(self) -> DriverTool:
        return await virt_v2v.found()

    async def installed(self, directory: str) -> bool:
        def look() -> bool:
            with self._beneath.place(f"{directory}/{LOG}") as log:
                return log.status() is not None

        return await asyncio.to_thread(look)

    async def install(self, task: str, directory: str, disks: tuple[ForeignDisk, ...]) -> None:
        async def work(report: Report) -> dict[str, float]:
            with self._beneath.place(f"{directory}/{LOG}") as log, self._places(disks) as places:
                if not await self.installed(directory):
                    await _install(places, log, self._work, report)
                for disk in places:
                    disk.layer.remove()
            return {}

        self._runner.start(task, work)

    @contextmanager
    def _places(self, disks: Sequence[ForeignDisk]) -> Iterator[list[_Disk]]:
        with ExitStack() as stack:
            names = [(d, d.file, f"{d.file}{_LAYER}") for d in disks]
            yield [
                _Disk(
                    disk,
                    stack.enter_context(self._beneath.place(image)),
                    stack.enter_context(self._beneath.place(layer)),
                )
                for disk, image, layer in names
            ]


async def _install(disks: Sequence[_Disk], log: Place, work: Path, report: Report) -> None:
    if not all(disk.layer.status() for disk in disks):
        try:
            await _write_layers(disks, log, work, report)
        finally:
            for disk in disks:
                disk.layer.discard()
    await _merge(disks, report)
    with log.resume() as file:
        log.finish(file)


async def _write_layers(disks: Sequence[_Disk], log: Place, work: Path, report: Report) -> None:
    """All layers get their names once all are complete. What there is of an earlier try goes first: with one
    of its layers missing, none was merged."""
    await virt_v2v.found()
    layers = []
    with ExitStack() as stack:
        for number, disk in enumerate(disks):
            disk.layer.remove()
            base = stack.enter_context(disk.image.open())
            size = await asyncio.to_thread(inspect, base, disk.format, disk.image.path)
            top = stack.enter_context(disk.layer.begin())
            await virt_v2v.over(disk.layer.path, top, number, disk.foreign, size)
            layers.append(virt_v2v.Layer(disk.foreign, top, base))
        said = await virt_v2v.convert(work, layers, lambda s: report(Progress(message=s)))
        with log.begin() as file:
            file.write(said.encode())
        for disk, layer in zip(disks, layers, strict=True):
            await asyncio.to_thread(disk.layer.finish, layer.top)


async def _merge(disks: Sequence[_Disk], report: Report) -> None:
    for disk in disks:
        with ExitStack() as stack:
            top = stack.enter_context(disk.layer.open(writable=True))
            image = stack.enter_context(disk.image.open(writable=True))
            files = [tool.Image(top, ImageFormat.QCOW2), tool.Image(image, disk.format)]
            await commit(files, disk.layer.path, report)
            await asyncio.to_thread(partial(inspect, image, disk.format, disk.image.path))
