"""CD and DVD images (ECMA-119, ECMA-167)."""

from io import FileIO

from millpond.adapters.images.reading import check_virtual_size, refused, size_of, unpack

_DESCRIPTOR = 32 << 10
_PRIMARY = 1
_SLACK = 1 << 20
"""Bytes that burning programs count though nobody reads them."""


def check(file: FileIO, path: str) -> int:
    """The size of the image, which is whole. Raises ``Refused``."""
    kind, name, blocks, block = unpack(file, _DESCRIPTOR, "<B5s74xI44xH", path)
    size = size_of(file)
    if name == b"CD001" and kind == _PRIMARY and blocks * block > size + _SLACK:
        raise refused("image.damaged", path, f"it has {size} bytes of {blocks * block}")
    return check_virtual_size(size, path)
