"""A raw disk image that a PC BIOS boots: an MBR, one FAT partition and SYSLINUX on it.

Written with mtools and the syslinux installer that works on image files, so nothing is mounted.
"""

import os
import struct
import subprocess
from pathlib import Path

from millpond.adapters.templates.sources import require
from millpond.domain.errors import Failed

_SECTOR = 512
_PARTITION_START = 2048  # sectors; 1 MiB, the customary alignment
_FAT16_LBA = 0x0E
_BOOT_TIME = 315532800  # 1980-01-01, where FAT's calendar begins: the same files, the same bytes


def write_boot_disk(image: Path, work: Path, files: dict[str, bytes], size: int) -> None:
    """Make ``image``, ``size`` bytes long and sparse, with ``files`` (names of at most 8.3
    characters) and SYSLINUX, whose configuration is the file "syslinux.cfg".

    ``work`` is an empty directory for temporary files. Raises Failed.
    """
    _write_partition_table(image, size)
    offset = _PARTITION_START * _SECTOR
    drive = f"{image}@@{offset}"
    sectors = size // _SECTOR - _PARTITION_START
    _run("mformat", "-i", drive, "-T", str(sectors), "-h", "255", "-s", "63", "-N", "0",
         "-H", str(_PARTITION_START), "-v", "MILLPOND", "::")  # fmt: skip
    for name, content in files.items():
        path = work / name
        path.write_bytes(content)
        os.utime(path, (_BOOT_TIME, _BOOT_TIME))
        _run("mcopy", "-m", "-i", drive, str(path), f"::{name}")
    _run("syslinux", "--install", "--offset", str(offset), str(image))


def _write_partition_table(image: Path, size: int) -> None:
    """One active partition (the "classical generic MBR"), with SYSLINUX's boot code."""
    code = require("/usr/lib/syslinux/mbr/mbr.bin", "syslinux-common").read_bytes()
    entry = struct.pack(
        "<B3sB3sII",
        0x80,
        b"\xfe\xff\xff",  # cylinder, head, sector are unused: "too large"
        _FAT16_LBA,
        b"\xfe\xff\xff",
        _PARTITION_START,
        size // _SECTOR - _PARTITION_START,
    )
    with image.open("wb") as out:
        out.write(code.ljust(446, b"\0") + entry.ljust(64, b"\0") + b"\x55\xaa")
        out.truncate(size)


def _run(*argv: str) -> None:
    environment = os.environ | {
        "SOURCE_DATE_EPOCH": str(_BOOT_TIME),
        "MTOOLS_SKIP_CHECK": "1",
        "TZ": "UTC",
    }
    done = subprocess.run(argv, capture_output=True, text=True, env=environment, check=False)
    if done.returncode != 0:
        raise Failed("build the template's disk", f"{argv[0]}: {done.stderr.strip()}")
