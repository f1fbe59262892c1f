"""The stamp disk: a raw file that template tiny's guests write their name on, over and over.

Sector 0 asks for it (``MAGIC``). Sector 1 holds ``<boot> <n>``: a random name for this boot of the
guest, and a number that grows. The guest reads it back before each write; what another has
written meanwhile it copies to sector 2, and that is never overwritten with less.
"""

import os
from dataclasses import dataclass
from pathlib import Path

MAGIC = b"millpond stamp"
SIZE = 1 << 20
TARGET = "vdb"
_SECTOR = 512


@dataclass(frozen=True)
class Stamp:
    boot: str
    number: int


def ask(disk: Path) -> None:
    """Make guests that are started with the disk stamp it."""
    with disk.open("r+b") as file:
        file.write(MAGIC.ljust(_SECTOR, b"\n"))


def read(disk: Path) -> Stamp | None:
    """The newest stamp; None before the first, or while one is being written."""
    words = _sector(disk, 1).split()
    if len(words) != 2 or not words[1].isdigit():
        return None
    return Stamp(words[0].decode(), int(words[1]))


def evidence(disk: Path) -> str:
    """What the guest itself saw of another writer; "" if nothing."""
    return _sector(disk, 2).strip(b"\0 \n").decode(errors="replace")


def _sector(disk: Path, number: int) -> bytes:
    handle = os.open(disk, os.O_RDONLY)
    try:
        return os.pread(handle, _SECTOR, number * _SECTOR)
    finally:
        os.close(handle)
