"""Making one image from another: a reflink, a sparse copy of the file, or a conversion."""

import asyncio
import errno
import fcntl
import os
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from io import FileIO

from millpond.adapters.daemon_thread import in_daemon_thread
from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import Place
from millpond.adapters.storage_errors import full
from millpond.adapters.tasks.runner import Report
from millpond.domain.errors import Failed
from millpond.domain.image import ImageFormat
from millpond.domain.job import Progress
from millpond.domain.vm import DiskFormat

FICLONE = 0x40049409
"""ioctl_ficlone(2): share all blocks of the source, copy on write."""

CANNOT = frozenset(
    {errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EBADF}
)
"""The file system has no reflinks, or not between these two files."""

PIECE = 64 << 20
"""Bytes copied between two looks at whether anybody still wants the copy."""

METADATA = 1 << 20
"""Bytes to spare for what the file system and the image format write besides the data."""
_FREED_WITHIN = 2.0
"""Seconds after which XFS has surely given back the room of a file that was removed: what a power cut left of
this copy, for example."""


@dataclass(frozen=True)
class Source:
    """An image that was inspected; ``size`` is its virtual size in bytes, ``backing`` what lies beneath
    it, the nearest first."""

    file: FileIO
    format: ImageFormat
    size: int
    backing: tuple[tool.Image, ...] = ()

    @property
    def images(self) -> tuple[tool.Image, ...]:
        return (tool.Image(self.file, self.format), *self.backing)


def reflink(source: FileIO, place: Place) -> bool:
    """Clone ``source`` to ``place`` at once, as the file system can; False if it cannot, with
    nothing left behind."""
    with place.begin() as file:
        try:
            fcntl.ioctl(file, FICLONE, source.fileno())
            place.finish(file)
        except OSError as error:
            place.discard()
            if error.errno in CANNOT:
                return False
            raise
    return True


async def check_space(source: Source, place: Place, to: DiskFormat, as_it_is: bool = False) -> None:
    """Raise ``Refused(storage.full)`` unless a copy of ``source`` as an image of format ``to`` fits;
    ``as_it_is``, without what lies beneath. The half copy that a power cut left goes first, for it takes room."""
    await asyncio.to_thread(place.discard)
    alone = as_it_is or not source.backing
    if source.format in (to.value, ImageFormat.RAW) and alone:
        data = os.fstat(source.file.fileno()).st_blocks * 512
    else:
        data = await tool.data_in(source.images, place.path)
    needed, free = data + METADATA, place.free()
    deadline = time.monotonic() + _FREED_WITHIN
    while needed > free and time.monotonic() < deadline:
        await asyncio.sleep(0.1)
        free = place.free()
    if needed > free:
        raise full(f"disk {place.path}", f"the copy needs {needed} bytes, {free} are free")


async def copy(
    source: Source, place: Place, to: DiskFormat, report: Report, as_it_is: bool = False
) -> dict[str, float]:
    """Copy ``source`` to ``place`` as an image of format ``to``, or ``as_it_is``, over the same images;
    however it ends, an incomplete file is gone after. Raises ``Refused(storage.full)`` and ``Failed``."""
    started = time.monotonic()

    def told(percent: float) -> None:
        report(_progress(source.size, percent, started))

    alike = source.format == to.value and (as_it_is or not source.backing)
    with await asyncio.to_thread(place.begin) as target:
        try:
            if not (alike and await _copy_file(source, target, told)):
                if as_it_is:
                    raise Failed("copy", "the file system copies no files by itself")
                await _convert(source, target, place, to, told)
            await to_the_end(partial(place.finish, target))
        finally:
            place.discard()
    return {"bytes": float(source.size), "seconds": time.monotonic() - started}


async def to_the_end(work: Callable[[], None]) -> None:
    """``work`` in a thread; cancelling waits for it, because it uses files that we would close."""
    thread = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        await asyncio.shield(thread)
    except asyncio.CancelledError:
        await asyncio.wait([thread])
        raise


async def _copy_file(source: Source, target: FileIO, on_percent: Callable[[float], None]) -> bool:
    """The file as it is, holes left out, within the kernel or even the file server
    (copy_file_range(2)); False if it cannot be done between these two."""
    unwanted = threading.Event()
    copying = partial(_copy_data, source.file, target, on_percent, unwanted)
    thread = asyncio.ensure_future(in_daemon_thread("copy", copying))
    try:
        await asyncio.shield(thread)
    except asyncio.CancelledError:
        unwanted.set()
        await asyncio.wait([thread])
        raise
    except OSError as error:
        if error.errno in CANNOT:
            return False
        raise
    return True


def _copy_data(
    source: FileIO, target: FileIO, on_percent: Callable[[float], None], unwanted: threading.Event
) -> None:
    size = os.fstat(source.fileno()).st_size
    os.ftruncate(target.fileno(), size)
    for start, end in _extents(source.fileno(), size):
        while start < end and not unwanted.is_set():
            piece = min(PIECE, end - start)
            copied = os.copy_file_range(source.fileno(), target.fileno(), piece, start, start)
            if copied == 0:
                raise Failed("copy", "the image became shorter meanwhile")
            start += copied
            on_percent(100 * start / size)


def _extents(file: int, size: int) -> Iterator[tuple[int, int]]:
    """Where the file has data: from, to (lseek(2), SEEK_DATA)."""
    end = 0
    while end < size:
        try:
            start = os.lseek(file, end, os.SEEK_DATA)
        except OSError as error:
            if error.errno == errno.ENXIO:  # a hole up to the end
                return
            raise
        end = os.lseek(file, start, os.SEEK_HOLE)
        yield start, end


async def _convert(
    source: Source,
    target: FileIO,
    place: Place,
    to: DiskFormat,
    on_percent: Callable[[float], None],
) -> None:
    ends = [tool.name_of_chain(source.images), tool.name_of(target)]
    arguments = ["convert", "-p", "-O", to.value, *ends]
    files = [*(image.file for image in source.images), target]
    await tool.run(place.path, arguments, files, tool.copying(source.size), on_percent)


def _progress(size: int, percent: float, started: float) -> Progress:
    done = int(size * percent / 100)
    rate = done / max(time.monotonic() - started, 1e-3)
    return Progress(
        percent=min(percent, 100.0),
        done=done,
        total=size,
        rate=rate,
        seconds_left=(size - done) / rate if rate else None,
        message="copying",
    )
