"""The first sector of a disk with one active partition (the "classical generic MBR")."""

import struct

SECTOR = 512
PARTITION_START = 2048  # sectors; 1 MiB, the customary alignment


def boot_sector(code: bytes, partition: int, size: int) -> bytes:
    """``code`` runs first; ``partition`` is the type of the only one, which ends with the disk of ``size``
    bytes."""
    entry = struct.pack(
        "<B3sB3sII",
        0x80,
        b"\xfe\xff\xff",  # cylinder, head, sector are unused: "too large"
        partition,
        b"\xfe\xff\xff",
        PARTITION_START,
        size // SECTOR - PARTITION_START,
    )
    return code.ljust(446, b"\0") + entry.ljust(64, b"\0") + b"\x55\xaa"
