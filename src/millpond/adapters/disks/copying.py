"""Making one image from another: a reflink, or else a sparse copy."""

import asyncio
import errno
import fcntl
import os
import time
from collections.abc import Callable

from millpond.adapters.disks import tool
from millpond.adapters.disks.beneath import Beneath, Place
from millpond.adapters.storage_errors import full
from millpond.domain.job import Progress
from millpond.domain.vm import DiskFormat

FICLONE = 0x40049409
"""ioctl_ficlone(2): share all blocks of the source, copy on write."""

CANNOT = frozenset(
    {errno.EOPNOTSUPP, errno.ENOTTY, errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EBADF}
)
"""The file system has no reflinks, or not between these two files."""

METADATA = 1 << 20
"""Bytes to spare for what the file system and the image format write besides the data."""


def reflink(source: int, place: Place) -> bool:
    """Clone the open file ``source`` to ``place`` at once, as the file system can; False if it
    cannot, with nothing left behind."""
    handle = place.begin()
    try:
        fcntl.ioctl(handle, FICLONE, source)
        place.finish(handle)
    except OSError as error:
        place.discard()
        if error.errno in CANNOT:
            return False
        raise
    finally:
        os.close(handle)
    return True


async def check_space(source: int, source_format: DiskFormat, place: Place) -> None:
    """Raise ``Refused(storage.full)`` unless a copy of ``source`` fits."""
    if source_format is DiskFormat.RAW:
        data = os.fstat(source).st_blocks * 512
    else:
        data = await tool.measure(source, source_format.value)
    needed, free = data + METADATA, place.free()
    if needed > free:
        raise full(f"disk {place.path}", f"the copy needs {needed} bytes, {free} are free")


class Copy:
    """One full copy, which owns the descriptor ``source`` and closes it in the end."""

    def __init__(
        self,
        beneath: Beneath,
        source: int,
        source_format: DiskFormat,
        path: str,
        format_: DiskFormat,
        size: int,
    ) -> None:
        self._beneath = beneath
        self._source = source
        self._path = path
        self._formats = (source_format.value, format_.value)
        self._size = size

    async def run(self, report: Callable[[Progress], None]) -> dict[str, float]:
        """Copy; however it ends, an incomplete file is gone after. Raises
        ``Refused(storage.full)`` and ``Failed``."""
        started = time.monotonic()
        try:
            with await asyncio.to_thread(self._beneath.place, self._path) as place:
                handle = await asyncio.to_thread(place.begin)
                try:
                    await self._convert(
                        place.name, handle, lambda percent: report(self._progress(percent, started))
                    )
                    await asyncio.to_thread(place.finish, handle)
                finally:
                    place.discard()
                    os.close(handle)
        finally:
            os.close(self._source)
        return {"bytes": float(self._size), "seconds": time.monotonic() - started}

    async def _convert(self, name: str, target: int, on_percent: Callable[[float], None]) -> None:
        from_, to = self._formats
        ends = [tool.file_of(self._source), tool.file_of(target)]
        arguments = ["convert", "-p", "-f", from_, "-O", to, *ends]
        try:
            await tool.run(
                f"copy {name}", arguments, [self._source, target], on_percent=on_percent
            )
        except tool.ToolFailed as error:
            if error.full:
                raise full(f"disk {self._path}", "no space is left in the repository") from error
            raise

    def _progress(self, percent: float, started: float) -> Progress:
        seconds = max(time.monotonic() - started, 1e-3)
        done = int(self._size * percent / 100)
        rate = done / seconds
        left = (self._size - done) / rate if rate else None
        return Progress(
            percent=min(percent, 100.0),
            done=done,
            total=self._size,
            rate=rate,
            seconds_left=left,
            message="copying",
        )

