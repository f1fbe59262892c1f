"""VHD (Microsoft's Virtual Hard Disk Image Format Specification 1.0) and VHDX (MS-VHDX)."""

import struct
from io import FileIO
from uuid import UUID

from millpond.adapters.images.reading import check_virtual_size, read, refused, size_of, unpack

COOKIE = b"conectix"
_FIXED, _DYNAMIC, _DIFFERENCING = 2, 3, 4
_SECTOR = 512

_METADATA = UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e")
_BAT = UUID("2dc27766-f623-4200-9d64-115e9bfd4a08")
_PARAMETERS = UUID("caa16737-fa36-4d43-b3b6-33f0aa44e76b")
_SIZE = UUID("2fa54224-cd1b-4876-b211-5dbed83bf4b8")
_PARENT_LOCATOR = UUID("a8d35f2d-b30b-454d-abf7-d3d84834ab0c")
_HARMLESS = {
    UUID("8141bf1d-a96f-4709-ba47-f233a8faab5f"),  # logical sector size
    UUID("cda348c7-445d-4471-9cc9-e9885251c556"),  # physical sector size
    UUID("beca12ab-b2e6-4523-93ef-c309e000c746"),  # page 83 data
}
_HAS_PARENT = 1 << 1
_ITEM_REQUIRED = 1 << 2
_MOST_ENTRIES = 2047


def ends_as_vhd(file: FileIO) -> bool:
    """Whether a VHD's footer stands at the end: a fixed one has it there alone."""
    size = size_of(file)
    return size > _SECTOR and read(file, size - _SECTOR, 8, "") == COOKIE


def check_vhd(file: FileIO, path: str) -> int:
    """The virtual size of a fixed or dynamic VHD. Raises ``Refused``."""
    dynamic = read(file, 0, 8, path) == COOKIE
    footer = read(file, 0 if dynamic else size_of(file) - _SECTOR, _SECTOR, path)
    table, size, kind, checksum = struct.unpack(">16xQ24xQ4xII", footer[:68])
    if kind == _DIFFERENCING:
        raise refused("image.backing_file", path, "it is a differencing disk")
    if kind != (_DYNAMIC if dynamic else _FIXED):
        raise refused("image.damaged", path, f"its footer says type {kind}")
    if checksum != ~sum(footer[:64] + footer[68:]) & 0xFFFFFFFF:
        raise refused("image.damaged", path, "its footer's checksum is wrong")
    check_virtual_size(size, path)
    if not dynamic:
        if size > size_of(file) - _SECTOR:
            raise refused("image.damaged", path, "it is shorter than it says")
        return int(size)
    _check_dynamic(file, table, size, path)
    return int(size)


def _check_dynamic(file: FileIO, offset: int, size: int, path: str) -> None:
    cookie, bat, entries, block = unpack(file, offset, ">8s8xQ4xII", path)
    if cookie != b"cxsparse" or block < 4096 or block & (block - 1):
        raise refused("image.damaged", path, "its header is not that of a dynamic VHD")
    parent, locators = read(file, offset + 40, 16, path), read(file, offset + 576, 8 * 24, path)
    if any(parent) or any(locators):
        raise refused("image.backing_file", path, "it names a parent disk")
    if entries * block < size or entries > (size // block + 1) * 2 + 1024:
        raise refused("image.size", path, f"its table has {entries} entries")
    read(file, bat, entries * 4, path)


def check_vhdx(file: FileIO, path: str) -> int:
    """The virtual size of a VHDX without a parent that was closed cleanly. Raises ``Refused``."""
    headers = [unpack(file, start, "<4s4xQ16s16s16s", path) for start in (64 << 10, 128 << 10)]
    good = [h for h in headers if h[0] == b"head"]
    if not good:
        raise refused("image.damaged", path, "it has no header")
    if any(max(good, key=lambda h: h[1])[4]):
        raise refused("image.damaged", path, "it was not closed cleanly: its log is not empty")
    items = _vhdx_items(file, _vhdx_metadata(file, path), path)
    if _PARENT_LOCATOR in items:
        raise refused("image.backing_file", path, "it names a parent disk")
    if _PARAMETERS not in items or _SIZE not in items:
        raise refused("image.damaged", path, "it does not say how large it is")
    _, flags = unpack(file, items[_PARAMETERS], "<II", path)
    if flags & _HAS_PARENT:
        raise refused("image.backing_file", path, "it is a differencing disk")
    (size,) = unpack(file, items[_SIZE], "<Q", path)
    return check_virtual_size(size, path)


def _vhdx_metadata(file: FileIO, path: str) -> int:
    """Where the metadata region begins."""
    start = 192 << 10
    signature, count = unpack(file, start, "<4s4xI", path)
    if signature != b"regi" or count > _MOST_ENTRIES:
        raise refused("image.damaged", path, "its region table is none")
    found = None
    for n in range(count):
        guid, offset, required = unpack(file, start + 16 + n * 32, "<16sQ4xI", path)
        region = UUID(bytes_le=guid)
        if region == _METADATA:
            found = offset
        elif region != _BAT and required & 1:
            raise refused("image.features", path, f"it has a region of an unknown kind, {region}")
    if found is None:
        raise refused("image.damaged", path, "it has no metadata")
    return int(found)


def _vhdx_items(file: FileIO, start: int, path: str) -> dict[UUID, int]:
    signature, count = unpack(file, start, "<8s2xH", path)
    if signature != b"metadata" or count > _MOST_ENTRIES:
        raise refused("image.damaged", path, "its metadata table is none")
    items: dict[UUID, int] = {}
    for n in range(count):
        guid, offset, flags = unpack(file, start + 32 + n * 32, "<16sI4xI", path)
        item = UUID(bytes_le=guid)
        known = item in _HARMLESS or item in (_PARAMETERS, _SIZE, _PARENT_LOCATOR)
        if not known and flags & _ITEM_REQUIRED:
            raise refused("image.features", path, f"it has metadata of an unknown kind, {item}")
        if item in items:
            raise refused("image.damaged", path, f"it has the metadata {item} twice")
        items[item] = start + offset
    return items
