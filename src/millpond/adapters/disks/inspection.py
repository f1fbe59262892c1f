"""Looking into an image before any tool opens it."""

import os
from io import FileIO
from typing import Any

from oslo_utils.imageutils import format_inspector

from millpond.domain.errors import Refused
from millpond.domain.vm import DiskFormat

ENOUGH = 4 << 20
"""Bytes from the start within which every format we know shows itself."""

RAW_CONTENTS = frozenset({"raw", "gpt", "iso", "luks"})
"""What a raw disk may well contain: nothing known, a partition table, a CD, an encrypted volume.
Anything else is an image of another format that somebody calls raw."""


def inspect(file: FileIO, declared: DiskFormat, path: str) -> int:
    """The virtual size in bytes of the image in ``file``.

    Its contents must be of the ``declared`` format and of no other, and safe: no backing file, no
    external data file, no feature we do not know. Raises ``Refused(storage.refused_image)``.
    """
    found = _formats(file, path)
    names = sorted(str(inspector) for inspector in found)
    if declared is DiskFormat.RAW:
        surprises = set(names) - RAW_CONTENTS
        if surprises:
            raise _refused(path, f"it is declared raw but contains {', '.join(sorted(surprises))}")
        return os.fstat(file.fileno()).st_size
    if names != [declared.value]:
        raise _refused(path, f"it is declared {declared.value} but contains {', '.join(names)}")
    try:
        found[0].safety_check()
    except format_inspector.SafetyCheckFailed as error:
        what = ", ".join(sorted(error.failures)).replace("_", " ")
        raise _refused(path, f"it is not safe to open: {what}") from error
    except format_inspector.ImageFormatError as error:
        raise _refused(path, str(error)) from error
    return int(found[0].virtual_size)


def virtual_size(file: FileIO, declared: DiskFormat, path: str) -> int:
    """The virtual size in bytes of one of our own images. What a guest wrote into a raw disk is
    never looked at: the record says what the format is."""
    if declared is DiskFormat.RAW:
        return os.fstat(file.fileno()).st_size
    return inspect(file, declared, path)


def _formats(file: FileIO, path: str) -> list[Any]:
    with FileIO(os.dup(file.fileno())) as stream:
        stream.seek(0)
        wrapper = format_inspector.InspectWrapper(stream)
        while wrapper.formats is None and stream.tell() < ENOUGH:
            if not wrapper.read(65536):
                break
        wrapper.close()
    found = wrapper.formats
    if not found:
        raise _refused(path, "its format cannot be told")
    return list(found)


def _refused(path: str, message: str) -> Refused:
    return Refused(
        "storage.refused_image",
        f"image {path}",
        message,
        "check where the image came from; convert it with qemu-img and declare its real format",
    )
