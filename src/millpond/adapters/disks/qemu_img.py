"""``ports.disks`` on the directories of this server's repositories."""

import asyncio
import errno
import os
import stat
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from io import FileIO

from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import Beneath, NoDirectory, Place
from millpond.adapters.disks.committing import commit
from millpond.adapters.disks.copying import Source, check_space, copy, reflink, to_the_end
from millpond.adapters.images import qcow2
from millpond.adapters.images.inspection import inspect
from millpond.adapters.storage_errors import unavailable
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.chain import ImageFile
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.domain.job import TaskStatus
from millpond.domain.vm import DiskFormat


class QemuImgDisks:
    """Images below ``roots`` (such as /OVS and /var/ovs/mount) and nowhere else."""

    def __init__(self, roots: Sequence[str], runner: TaskRunner) -> None:
        self._beneath = Beneath(roots)
        self._runner = runner

    async def create(
        self,
        path: str,
        format: DiskFormat,  # noqa: A002
        size: int,
        thick: bool = False,
    ) -> None:
        """Raises ``Refused(object.exists)`` if it is there with another size."""
        with await self._place(path) as place:
            if place.status() is not None:
                await asyncio.to_thread(_check_size, place, format, size)
                return
            with await asyncio.to_thread(place.begin) as file:
                try:
                    await _make(place, file, format, size, thick=thick)
                    await to_the_end(partial(place.finish, file))
                finally:
                    place.discard()

    async def overlay(self, path: str, backing: ImageFile, size: int) -> None:
        """Raises ``Refused(object.exists)`` if there is something else."""
        name = backing.seen_from(path)
        async with self._opened(backing.path, writable=False):
            pass
        with await self._place(path) as place:
            if place.status() is not None:
                await asyncio.to_thread(_check_overlay, place, name, size)
                return
            with await asyncio.to_thread(place.begin) as file:
                try:
                    await _make_overlay(place, file, name, backing.format, size)
                    await to_the_end(partial(place.finish, file))
                finally:
                    place.discard()

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
        """What can be refused is refused here; a reflink is made here too, since it takes no time,
        and the task then has nothing left to do."""
        if (await self._runner.state(task, 0)).status is TaskStatus.RUNNING:
            return
        alike = source_format is format and not (backing and flat)
        as_it_is = bool(backing) and not flat
        async with self._source(source, source_format, backing) as origin:
            if as_it_is:
                await asyncio.to_thread(
                    _check_name, origin.file, source, backing[0].seen_from(path)
                )
            with await self._place(path) as place:
                ready = place.status() is not None or (
                    alike and await asyncio.to_thread(reflink, origin.file, place)
                )
                if not ready:
                    await check_space(origin, place, format, as_it_is)

        async def work(report: Report) -> dict[str, float]:
            if ready:
                return {}
            async with self._source(source, source_format, backing) as origin:
                with await self._place(path) as place:
                    return await copy(origin, place, format, report, as_it_is)

        self._runner.start(task, work)

    async def commit(self, task: str, path: str, backing: tuple[ImageFile, ...]) -> None:
        async def work(report: Report) -> None:
            async with AsyncExitStack() as stack:
                top = ImageFile(path=path, format=DiskFormat.QCOW2)
                written = [await self._layer(stack, i, writable=True) for i in (top, backing[0])]
                below = [await self._layer(stack, image) for image in backing[1:]]
                await commit([*written, *below], path, report)
                await to_the_end(partial(os.fsync, written[1].file.fileno()))

        self._runner.start(task, work)

    async def rebase(self, path: str, backing: ImageFile) -> None:
        async with self._opened(path, writable=True) as (place, file):
            name = backing.seen_from(path)
            if await asyncio.to_thread(qcow2.backing_name, file, path) != name:
                asked = ["rebase", "-u", "-f", "qcow2", "-b", name, "-F", backing.format.value]
                await tool.run(place.path, [*asked, tool.name_of(file)], [file])
                await to_the_end(partial(os.fsync, file.fileno()))

    async def link(self, source: str, path: str) -> None:
        async with self._opened(source, writable=False) as (_, file):
            with await self._place(path) as place:
                await asyncio.to_thread(place.link, file)

    async def grow(
        self,
        path: str,
        format: DiskFormat,  # noqa: A002
        size: int,
        backing: tuple[ImageFile, ...] = (),
    ) -> None:
        async with AsyncExitStack() as stack:
            opened = self._opened(path, writable=True)
            place, file = await stack.enter_async_context(opened)
            below = [await self._layer(stack, image) for image in backing]
            if await asyncio.to_thread(_virtual_size, file, format, path) < size:
                await resize(place, file, format, size, below)
                await to_the_end(partial(os.fsync, file.fileno()))

    async def capacity(
        self,
        path: str,
        format: DiskFormat,  # noqa: A002
        backed: bool = False,
    ) -> int | None:
        if path.startswith("/dev/"):
            return await asyncio.to_thread(_device_size, path)
        with await self._place(path) as place:
            if place.status() is None:
                return None
            file = await asyncio.to_thread(place.open)
            with file:
                if format is DiskFormat.QCOW2 and not backed:
                    await asyncio.to_thread(inspect, file, ImageFormat.QCOW2, path)
                return await asyncio.to_thread(_virtual_size, file, format, path)

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

    async def make_directory(self, path: str) -> None:
        with await self._place(path) as place:
            await asyncio.to_thread(place.make_directory, 0o755)

    async def remove_directory(self, path: str) -> None:
        def remove() -> None:
            try:
                with self._beneath.place(path) as place:
                    place.remove_directory()
            except NoDirectory:
                return
            except OSError as error:
                if error.errno != errno.ENOTEMPTY:
                    raise

        await asyncio.to_thread(remove)

    async def _place(self, path: str) -> Place:
        try:
            return await asyncio.to_thread(self._beneath.place, path)
        except NoDirectory as error:
            raise unavailable(f"disk {path}", "its directory is not seen here") from error

    @asynccontextmanager
    async def _source(
        self, path: str, format_: DiskFormat, backing: tuple[ImageFile, ...]
    ) -> AsyncIterator[Source]:
        """The image to copy, open and inspected; what is open cannot be exchanged any more."""
        async with AsyncExitStack() as stack:
            _, file = await stack.enter_async_context(self._opened(path, writable=False))
            declared = ImageFormat(format_.value)
            look = partial(inspect, file, declared, path, backed=bool(backing))
            size = await asyncio.to_thread(look)
            below = [await self._layer(stack, image) for image in backing]
            yield Source(file, declared, size, tuple(below))

    async def _layer(
        self, stack: AsyncExitStack, image: ImageFile, *, writable: bool = False
    ) -> tool.Image:
        """One of a chain, open and inspected."""
        opened = self._opened(image.path, writable)
        _, file = await stack.enter_async_context(opened)
        declared = ImageFormat(image.format.value)
        if declared is not ImageFormat.RAW:
            await asyncio.to_thread(partial(inspect, file, declared, image.path, backed=True))
        return tool.Image(file, declared)

    @asynccontextmanager
    async def _opened(self, path: str, writable: bool) -> AsyncIterator[tuple[Place, FileIO]]:
        with await self._place(path) as place:
            file = await asyncio.to_thread(place.open, writable)
            with file:
                yield place, file


def _check_size(place: Place, format_: DiskFormat, size: int) -> None:
    with place.open() as file:
        found = _virtual_size(file, format_, place.path)
    if found != size:
        raise Refused(
            "object.exists",
            f"disk {place.path}",
            f"it is there with {found} bytes, not {size}",
            "choose another name, or remove it first",
        )


def _check_overlay(place: Place, name: str, size: int) -> None:
    with place.open() as file:
        _check_name(file, place.path, name)
    _check_size(place, DiskFormat.QCOW2, size)


def _check_name(file: FileIO, path: str, name: str) -> None:
    """Whether the image says that it lies over what is called so from where it is."""
    found = qcow2.backing_name(file, path)
    if found != name:
        raise Refused(
            "object.exists",
            f"disk {path}",
            f"it is there, over {found or 'nothing'}",
            "choose another name, or remove it first",
        )


def _device_size(path: str) -> int | None:
    """A block device has no size in its status (stat(2)): its end tells."""
    try:
        device = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise unavailable(f"disk {path}", str(error)) from error
    try:
        if not stat.S_ISBLK(os.fstat(device).st_mode):
            raise Refused(
                "request.invalid",
                f"disk {path}",
                "it is no block device",
                "name a LUN or a multipath device",
            )
        return os.lseek(device, 0, os.SEEK_END)
    finally:
        os.close(device)


def _virtual_size(file: FileIO, declared: DiskFormat, path: str) -> int:
    """The virtual size in bytes of one of our own images. What a guest wrote into a raw disk is
    never looked at: the record says what the format is."""
    if declared is DiskFormat.RAW:
        return os.fstat(file.fileno()).st_size
    return inspect(file, ImageFormat(declared.value), path, backed=True)


async def _make_overlay(
    place: Place, file: FileIO, name: str, format_: DiskFormat, size: int
) -> None:
    """``-u``: what lies beneath is named, not opened."""
    arguments = ["create", "-q", "-u", "-f", "qcow2", "-b", name, "-F", format_.value]
    await tool.run(place.path, [*arguments, tool.name_of(file), str(size)], [file])


async def _make(place: Place, file: FileIO, format_: DiskFormat, size: int, *, thick: bool) -> None:
    if format_ is DiskFormat.RAW:
        make = os.posix_fallocate if thick else _sparse
        await to_the_end(partial(make, file.fileno(), 0, size))
        return
    options = ["-o", "preallocation=falloc"] if thick else []
    arguments = ["create", "-q", "-f", format_.value, *options, tool.name_of(file), str(size)]
    await tool.run(place.path, arguments, [file], tool.copying(size))


def _sparse(file: int, _start: int, size: int) -> None:
    os.ftruncate(file, size)


async def resize(
    place: Place,
    file: FileIO,
    format_: DiskFormat,
    size: int,
    backing: Sequence[tool.Image] = (),
) -> None:
    """Give the image that virtual size, in bytes; a larger one than it has."""
    if format_ is DiskFormat.RAW:
        await asyncio.to_thread(os.ftruncate, file.fileno(), size)
        return
    images = (tool.Image(file, ImageFormat(format_.value)), *backing)
    arguments = ["resize", "-q", tool.name_of_chain(images), str(size)]
    await tool.run(place.path, arguments, [image.file for image in images])
