"""Looking into an image before any tool opens it."""

import os
from collections.abc import Callable
from io import FileIO
from typing import Any

from oslo_utils.imageutils import format_inspector

from millpond.adapters.images import iso, qcow2, vhd, vmdk
from millpond.adapters.images.reading import check_virtual_size, refused, size_of
from millpond.domain.image import ImageFormat

_ENOUGH = 4 << 20
"""Bytes from the start within which every format we know shows itself."""

_MAY_SHOW: dict[ImageFormat, frozenset[str]] = {
    ImageFormat.RAW: frozenset({"raw", "gpt", "iso", "luks"}),
    ImageFormat.ISO: frozenset({"iso", "gpt"}),
}
"""What else than its own name the contents may look like. A raw disk: nothing known, a partition table,
a CD, an encrypted volume. A CD that boots from a disk as well has a partition table. Everything more is an
image of another format that somebody calls by this name, or one made to be taken for two."""

_BACKING = frozenset({"backing_file"})

_CODES = {
    "backing_file": "image.backing_file",
    "data_file": "image.data_file",
    "unknown_features": "image.features",
}
"""The library's name of a failed check, and ours."""

_CHECKS: dict[ImageFormat, Callable[[FileIO, str], int]] = {
    ImageFormat.RAW: lambda file, path: check_virtual_size(size_of(file), path),
    ImageFormat.QCOW2: qcow2.check,
    ImageFormat.VMDK: vmdk.check,
    ImageFormat.VHD: vhd.check_vhd,
    ImageFormat.VHDX: vhd.check_vhdx,
    ImageFormat.ISO: iso.check,
}


def inspect(file: FileIO, declared: ImageFormat, path: str, *, backed: bool = False) -> int:
    """The virtual size in bytes of the image in ``file``. One that is ``backed`` is our own and may
    name what lies beneath it, which nobody goes by.

    Its contents must be of the ``declared`` format and of no other, and stand by themselves: no backing
    file, no data in other files, no feature we do not know, no size that no disk has. Raises
    ``Refused(image.*)``.
    """
    found = _formats(file)
    names = {str(inspector) for inspector in found}
    if vhd.ends_as_vhd(file):  # the library looks for it at the start alone
        names = names - {"raw", "gpt"} | {"vhd"}
    if names - _MAY_SHOW.get(declared, frozenset({declared.value})) or not _is(declared, names):
        contains = ", ".join(sorted(names))
        raise refused("image.format", path, f"it is declared {declared} but contains {contains}")
    if declared is ImageFormat.QCOW2:
        _check_by_library(found[0], path, _BACKING if backed else frozenset())
    return _CHECKS[declared](file, path)


def _is(declared: ImageFormat, names: set[str]) -> bool:
    return declared is ImageFormat.RAW or declared.value in names


def _formats(file: FileIO) -> list[Any]:
    with FileIO(os.dup(file.fileno())) as stream:
        stream.seek(0)
        wrapper = format_inspector.InspectWrapper(stream)
        while wrapper.formats is None and stream.tell() < _ENOUGH:
            if not wrapper.read(65536):
                break
        wrapper.close()
    return list(wrapper.formats or ())


def _check_by_library(inspector: Any, path: str, allowed: frozenset[str]) -> None:
    try:
        inspector.safety_check()
    except format_inspector.SafetyCheckFailed as error:
        what = sorted(error.failures.keys() - allowed)
        if not what:
            return
        said = ", ".join(what).replace("_", " ")
        code = _CODES.get(what[0], "image.damaged")
        raise refused(code, path, f"it is not safe to open: {said}") from error
    except format_inspector.ImageFormatError as error:
        raise refused("image.damaged", path, str(error)) from error
