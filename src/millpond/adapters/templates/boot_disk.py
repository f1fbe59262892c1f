"""A raw disk image that a PC BIOS boots: an MBR, one FAT partition and SYSLINUX on it.

Written with mtools and the syslinux installer that works on image files, so nothing is mounted.
"""

import os
import subprocess
from pathlib import Path

from millpond.adapters.templates.mbr import PARTITION_START, SECTOR, boot_sector
from millpond.adapters.templates.sources import require
from millpond.domain.errors import Failed

_FAT16_LBA = 0x0E
_BOOT_TIME = 315532800  # 1980-01-01, where FAT's calendar begins: the same files, the same bytes


def write_boot_disk(image: Path, work: Path, files: dict[str, bytes], size: int) -> None:
    """Make ``image``, ``size`` bytes long and sparse, with ``files`` (names of at most 8.3
    characters) and SYSLINUX, whose configuration is the file "syslinux.cfg".

    ``work`` is an empty directory for temporary files. Raises Failed.
    """
    _write_partition_table(image, size)
    offset = PARTITION_START * SECTOR
    drive = f"{image}@@{offset}"
    sectors = size // SECTOR - PARTITION_START
    _run("mformat", "-i", drive, "-T", str(sectors), "-h", "255", "-s", "63", "-N", "0",
         "-H", str(PARTITION_START), "-v", "MILLPOND", "::")  # fmt: skip
    for name, content in files.items():
        path = work / name
        path.write_bytes(content)
        os.utime(path, (_BOOT_TIME, _BOOT_TIME))
        _run("mcopy", "-m", "-i", drive, str(path), f"::{name}")
    _run("syslinux", "--install", "--offset", str(offset), str(image))


def _write_partition_table(image: Path, size: int) -> None:
    """One active partition (the "classical generic MBR"), with SYSLINUX's boot code."""
    code = require("/usr/lib/syslinux/mbr/mbr.bin", "syslinux-common").read_bytes()
    with image.open("wb") as out:
        out.write(boot_sector(code, _FAT16_LBA, size))
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
