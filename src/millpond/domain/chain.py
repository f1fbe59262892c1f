"""A disk as the files it consists of."""

from posixpath import dirname, relpath
from typing import NamedTuple

from millpond.domain.layout import disk_path, layer_path
from millpond.domain.names import AbsolutePath
from millpond.domain.vm import Disk, DiskFormat, Model


class ImageFile(Model):
    """An image, by its absolute path."""

    path: AbsolutePath
    format: DiskFormat

    def seen_from(self, path: str) -> str:
        """Its way from the directory of the file ``path``: so the two are found together wherever
        their repository is mounted."""
        return relpath(self.path, dirname(path))


class Chain(NamedTuple):
    """``top`` is what is written to; ``backing`` lies beneath it, the nearest first."""

    top: str
    backing: tuple[ImageFile, ...]

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.top, *(image.path for image in self.backing))


def chain(directory: str, disk: Disk) -> Chain:
    """Of a VM's disk, whose own files lie in ``directory``."""
    return Chain(
        disk_path(directory, disk.source),
        tuple(
            ImageFile(path=layer_path(directory, layer.source), format=layer.format)
            for layer in disk.backing
        ),
    )
