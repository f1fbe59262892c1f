"""Reading the headers of a file that may lie, and refusing it in Millpond's words."""

import os
import struct
from io import FileIO
from typing import Any

from millpond.domain.errors import Refused
from millpond.domain.image import MAX_VIRTUAL_SIZE

_FIXES = {
    "image.backing_file": "flatten it where its parent is, with: qemu-img convert, and import that",
    "image.data_file": "convert it with qemu-img to a file that holds its own data",
    "image.extents": "convert it to a monolithicSparse or streamOptimized VMDK, or to qcow2",
    "image.features": "convert it with qemu-img to plain qcow2 or raw",
    "image.format": "check where it came from, and declare its real format",
    "image.size": "check where it came from: no disk is like this",
    "image.archive": "pack its files anew, side by side, with: tar --format=ustar -cf",
    "image.checksum": "get it again, or correct the checksum",
    "image.damaged": "get it again, and compare its checksum with its publisher's",
}


def refused(code: str, path: str, message: str) -> Refused:
    """The refusal of the image ``path``; ``code`` says what is wrong with it."""
    return Refused(code, f"image {path}", message, _FIXES[code])


def size_of(file: FileIO) -> int:
    """Bytes in the file."""
    return os.fstat(file.fileno()).st_size


def unpack(file: FileIO, offset: int, layout: str, path: str) -> tuple[Any, ...]:
    """``struct.unpack(layout)`` at ``offset``. Raises ``Refused(image.damaged)`` if it lies beyond the
    end."""
    return struct.unpack(layout, read(file, offset, struct.calcsize(layout), path))


def read(file: FileIO, offset: int, length: int, path: str) -> bytes:
    """Exactly ``length`` bytes at ``offset``. Raises ``Refused(image.damaged)``."""
    if offset + length > size_of(file):
        raise refused("image.damaged", path, f"it ends before byte {offset + length}")
    return os.pread(file.fileno(), length, offset)


def check_virtual_size(size: int, path: str) -> int:
    """``size`` if a disk may be so large. Raises ``Refused(image.size)``."""
    if not 512 <= size <= MAX_VIRTUAL_SIZE:
        raise refused(
            "image.size",
            path,
            f"it claims to be a disk of {size} bytes, at most {MAX_VIRTUAL_SIZE} can be",
        )
    return size
