"""qcow2: what the library's checks leave open (QEMU's docs/interop/qcow2.txt)."""

from io import FileIO

from millpond.adapters.images.reading import check_virtual_size, read, refused, size_of, unpack

MAX_SNAPSHOTS = 256
"""QEMU reads them all when it opens an image, and takes 65536."""

_MAX_NAME = 1023
"""Bytes of the name of a backing file."""

_CORRUPT = 1 << 1
_EXTERNAL_DATA_FILE = 0x44415441
_ENCRYPTION = 0x0537BE77
_MAX_EXTENSIONS = 64


def check(file: FileIO, path: str) -> int:
    """The virtual size of an image whose backing and data files were looked for already. Raises
    ``Refused``."""
    header = unpack(file, 0, ">4sIQIIQIIQQIIQ", path)
    (
        _,
        version,
        _,
        _,
        cluster_bits,
        size,
        crypt,
        l1_size,
        l1,
        refcounts,
        tables,
        snapshots,
        where,
    ) = header
    size = check_virtual_size(size, path)
    if not 9 <= cluster_bits <= 21:
        raise refused("image.damaged", path, f"clusters of 2^{cluster_bits} bytes do not exist")
    if crypt:
        raise refused("image.features", path, "it is encrypted")
    if snapshots > MAX_SNAPSHOTS:
        raise refused("image.size", path, f"it has {snapshots} internal snapshots")
    cluster = 1 << cluster_bits
    covers = cluster * (cluster // 8)  # by one L1 entry
    if l1_size > -(-size // covers) + MAX_SNAPSHOTS or l1_size * 8 > 32 << 20:
        raise refused("image.size", path, f"its first-level table has {l1_size} entries")
    if tables * cluster > 8 << 20:
        raise refused("image.size", path, f"its refcount table has {tables} clusters")
    for offset in (l1, refcounts, where if snapshots else 0):
        if offset % cluster or offset > size_of(file):
            raise refused("image.damaged", path, "a table lies where none can be")
    length = 72
    if version == 3:
        incompatible, _, _, order, length = unpack(file, 72, ">QQQII", path)
        if incompatible & _CORRUPT:
            raise refused("image.damaged", path, "it is marked as corrupt")
        if order > 6 or not 104 <= length <= cluster or length % 8:
            raise refused("image.damaged", path, "its header contradicts itself")
    _check_extensions(file, length, cluster, path)
    return int(size)


def backing_name(file: FileIO, path: str) -> str:
    """What the image says lies beneath it, "" if nothing. Raises ``Refused(image.damaged)``."""
    offset, length = unpack(file, 8, ">QI", path)
    if not offset:
        return ""
    if length > _MAX_NAME:
        raise refused("image.damaged", path, "the name of its backing file is too long")
    return read(file, offset, length, path).decode(errors="surrogateescape")


def _check_extensions(file: FileIO, offset: int, end: int, path: str) -> None:
    for _ in range(_MAX_EXTENSIONS):
        if offset + 8 > min(end, size_of(file)):
            return
        kind, length = unpack(file, offset, ">II", path)
        if kind == 0:
            return
        if kind == _EXTERNAL_DATA_FILE:
            raise refused("image.data_file", path, "it names a file that holds its data")
        if kind == _ENCRYPTION:
            raise refused("image.features", path, "it is encrypted")
        read(file, offset + 8, length, path)
        offset += 8 + -(-length // 8) * 8
    raise refused("image.size", path, "its header has no end")
