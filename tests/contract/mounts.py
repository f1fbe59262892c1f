"""Small file systems of their own, for tests of full disks and reflinks."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def tmpfs(place: Path, size: str) -> Iterator[Path]:
    """A tmpfs of ``size`` (such as "2M") on ``place``; needs root."""
    place.mkdir(exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)


@contextmanager
def xfs(place: Path, image: Path, size: int = 320 << 20) -> Iterator[Path]:
    """An XFS with reflinks on ``place``, in the sparse file ``image`` of ``size`` bytes; needs root and
    xfsprogs."""
    place.mkdir(exist_ok=True)
    with image.open("wb") as stream:
        stream.truncate(size)
    subprocess.run(["mkfs.xfs", "-q", "-m", "reflink=1", image], check=True)
    subprocess.run(["mount", "-o", "loop", image, place], check=True)
    try:
        yield place
    finally:
        subprocess.run(["umount", "-l", place], check=True)
