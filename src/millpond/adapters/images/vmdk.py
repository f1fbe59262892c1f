"""VMDK in one file: monolithicSparse and streamOptimized (VMware's Virtual Disk Format 1.1)."""

import os
import re
from io import FileIO

from oslo_utils.imageutils import format_inspector

from millpond.adapters.images.reading import check_virtual_size, read, refused, size_of, unpack

_HEAD = 2 << 20
_FOOTER = 1536
_SECTOR = 512
_EXTENT = re.compile(rb'^(rw|rdonly|noaccess) \d+ sparse "[^"/\\]+"$')


def check(file: FileIO, path: str) -> int:
    """The virtual size. Raises ``Refused`` for what is spread over other files, or names a parent."""
    if read(file, 0, 4, path) != b"KDMV":
        raise refused(
            "image.extents", path, "it only describes a disk whose data are in other files"
        )
    _check_by_library(file, path)
    _, _, _, sectors, grain, where, length = unpack(file, 0, "<4sIIQQQQ", path)
    if sectors == 0:  # then QEMU takes the descriptor's word for where the data are
        raise refused(
            "image.extents", path, "its header has no size, so its descriptor would count"
        )
    if not 8 <= grain <= 128 << 10 or grain & (grain - 1):
        raise refused("image.damaged", path, f"its grains have {grain} sectors")
    text = read(file, where * _SECTOR, min(length * _SECTOR, 1 << 20), path)
    _check_descriptor(text.split(b"\0", 1)[0].lower(), path)
    return check_virtual_size(sectors * _SECTOR, path)


def _check_by_library(file: FileIO, path: str) -> None:
    """By an inspector of our own: a streamOptimized file's last sectors belong to what it looks at, and
    what lies between does not."""
    inspector = format_inspector.VMDKInspector()
    try:
        inspector.eat_chunk(os.pread(file.fileno(), _HEAD, 0))
        if size_of(file) > _HEAD:
            inspector.eat_chunk(os.pread(file.fileno(), _FOOTER, size_of(file) - _FOOTER))
        inspector.finish()
        inspector.safety_check()
    except format_inspector.SafetyCheckFailed as error:
        code = "image.extents" if "descriptor" in error.failures else "image.damaged"
        said = "; ".join(str(failure) for failure in error.failures.values())
        raise refused(code, path, said) from error
    except format_inspector.ImageFormatError as error:
        raise refused("image.damaged", path, str(error)) from error


def _check_descriptor(text: bytes, path: str) -> None:
    lines = [line.strip() for line in text.splitlines()]
    if sum(line.startswith(b"createtype") for line in lines) != 1 or text.count(b"createtype") != 1:
        raise refused("image.extents", path, "it says more than once what it is made of")
    parents = [
        v for k, _, v in (line.partition(b"=") for line in lines) if k.strip() == b"parentcid"
    ]
    if b"parentfilenamehint" in text or any(v.strip() != b"ffffffff" for v in parents):
        raise refused("image.backing_file", path, "it names a parent disk")
    extents = [line for line in lines if line.startswith((b"rw ", b"rdonly ", b"noaccess "))]
    if len(extents) != 1 or not _EXTENT.match(extents[0]):
        raise refused("image.extents", path, "its data are not in this one file alone")
