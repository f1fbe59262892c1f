"""``ports.disks`` on the directories of this server's repositories."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import Beneath, NoDirectory, Place
from millpond.adapters.disks.copying import Copy, check_space, reflink
from millpond.adapters.disks.inspection import inspect, virtual_size
from millpond.adapters.storage_errors import full, unavailable
from millpond.domain.errors import Refused
from millpond.domain.job import Progress
from millpond.domain.vm import DiskFormat

Work = Callable[[Callable[[Progress], None]], Awaitable[dict[str, float]]]


class Runner(Protocol):
    """What starts the long work (``adapters/tasks``)."""

    def start(self, name: str, work: Work) -> None:
        """Run ``work`` under ``name``; joins the one that runs under it, if any."""
        ...


class QemuImgDisks:
    """Images below ``roots`` (such as /OVS and /var/ovs/mount) and nowhere else."""

    def __init__(self, roots: Sequence[str], runner: Runner) -> None:
        self._beneath = Beneath(roots)
        self._runner = runner

    async def create(self, path: str, format: DiskFormat, size: int) -> None:  # noqa: A002
        with await self._place(path) as place:
            if await asyncio.to_thread(_is_there, place, format, size):
                return
            handle = await asyncio.to_thread(place.begin)
            try:
                await _make(handle, format, size, path)
                await asyncio.to_thread(place.finish, handle)
            finally:
                place.discard()
                os.close(handle)

    async def clone(
        self,
        task: str,
        source: str,
        source_format: DiskFormat,
        path: str,
        format: DiskFormat,  # noqa: A002
    ) -> None:
        with await self._place(source) as origin, await self._place(path) as place:
            handle = await asyncio.to_thread(origin.open, os.O_RDONLY)
            try:
                size = await asyncio.to_thread(inspect, handle, source_format, source)
                work = await self._work(handle, size, source_format, place, format)
            except BaseException:
                os.close(handle)
                raise
        self._runner.start(task, work)

    async def grow(self, path: str, format: DiskFormat, size: int) -> None:  # noqa: A002
        with await self._place(path) as place:
            handle = await asyncio.to_thread(place.open, os.O_RDWR)
            try:
                if await asyncio.to_thread(virtual_size, handle, format, path) < size:
                    await _resize(handle, format, size, path)
                    await asyncio.to_thread(os.fsync, handle)
            finally:
                os.close(handle)

    async def size(self, path: str) -> int | None:
        def allocated() -> int | None:
            try:
                with self._beneath.place(path) as place:
                    status = place.status()
            except NoDirectory:
                return None
            return status.st_blocks * 512 if status is not None else None

        return await asyncio.to_thread(allocated)

    async def remove(self, path: str) -> None:
        def remove() -> None:
            try:
                with self._beneath.place(path) as place:
                    place.remove()
            except NoDirectory:
                return

        await asyncio.to_thread(remove)

    async def _place(self, path: str) -> Place:
        try:
            return await asyncio.to_thread(self._beneath.place, path)
        except NoDirectory as error:
            raise unavailable(f"disk {path}", "its directory is not seen here") from error

    async def _work(
        self, handle: int, size: int, source_format: DiskFormat, place: Place, to: DiskFormat
    ) -> Work:
        """What is left to do for a clone, once it is known that it can be done."""
        if place.status() is not None:
            return _nothing_left(handle)
        if source_format is to and await asyncio.to_thread(reflink, handle, place):
            return _nothing_left(handle)
        await check_space(handle, source_format, place)
        return Copy(self._beneath, handle, source_format, place.path, to, size).run
