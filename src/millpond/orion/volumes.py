"""The volumes of a test: the files or block devices that its .lun file names, one a line."""

import fcntl
import os
import stat
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from io import FileIO
from pathlib import Path

from millpond.domain.errors import Refused
from millpond.orion.request import Request

SUFFIX = ".lun"

_BLKSSZGET = 0x1268
"""Of linux/fs.h: the logical block size."""


@dataclass(frozen=True)
class Volume:
    """``size`` in bytes; ``block`` too, of which an I/O has to be a multiple."""

    path: str
    size: int
    block: int = 512


def read(testname: str) -> tuple[Volume, ...]:
    """The volumes that ``<testname>.lun`` names. Raises ``Refused(request.not_found)`` without such a file and
    ``Refused(volume.unfit)`` for a volume that cannot be measured."""
    where = Path(testname + SUFFIX)
    try:
        lines = where.read_text().splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "is no text"
        raise Refused(
            "request.not_found",
            str(where),
            f"cannot be read: {why}",
            "write the devices or files to measure into it, one a line",
        ) from error
    paths = [line.strip() for line in lines if line.strip()]
    if not paths:
        raise unfit(str(where), "names no volume", "write devices or files into it, one a line")
    volumes = tuple(_volume(path) for path in paths)
    _check_once(volumes)
    return volumes


def check_sizes(volumes: Sequence[Volume], request: Request, most_streams: int) -> None:
    """Raises ``Refused(volume.unfit)`` if a volume cannot take an I/O of these sizes, or is smaller than what
    is measured on it: one large I/O, or one for each of ``most_streams`` sequential streams."""
    kilobytes = max(request.size_small, request.size_large)
    needed = kilobytes * 1024 * max(1, most_streams if request.sequential else 1)
    for volume in volumes:
        for option in ("size_small", "size_large"):
            if getattr(request, option) * 1024 % volume.block:
                raise unfit(
                    volume.path,
                    f"has blocks of {volume.block} bytes, of which -{option} is no multiple",
                    f"give a multiple: -{option} {volume.block // 1024}",
                )
        if volume.size < needed:
            raise unfit(
                volume.path,
                f"has {volume.size} bytes, and the largest load needs {needed}",
                "take a larger file or device, or smaller loads and sizes",
            )


def unfit(subject: str, message: str, fix: str) -> Refused:
    return Refused("volume.unfit", subject, message, fix)


def _volume(path: str) -> Volume:
    try:
        found = Path(path).stat()
        if not stat.S_ISREG(found.st_mode) and not stat.S_ISBLK(found.st_mode):
            raise unfit(path, "is neither a file nor a block device", "name one that is")
        with Path(path).open("rb", buffering=0) as file:
            size = file.seek(0, os.SEEK_END)
            return Volume(path, size, _block(file) if stat.S_ISBLK(found.st_mode) else 512)
    except OSError as error:
        raise unfit(
            path, f"cannot be opened: {error.strerror}", "correct the .lun file, or run as root"
        ) from error


def _block(device: FileIO) -> int:
    size = bytearray(4)
    fcntl.ioctl(device, _BLKSSZGET, size)
    return int.from_bytes(size, sys.byteorder)


def _check_once(volumes: Sequence[Volume]) -> None:
    """One file or device by two names would get twice its share of the load."""
    seen: dict[tuple[int, int], str] = {}
    for volume in volumes:
        found = Path(volume.path).stat()
        key = (0, found.st_rdev) if stat.S_ISBLK(found.st_mode) else (found.st_dev, found.st_ino)
        if key in seen:
            raise unfit(volume.path, f"is the same as {seen[key]}", "name each volume once")
        seen[key] = volume.path
