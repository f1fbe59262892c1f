"""A template: a folder of ``seed_pool`` that new VMs are cloned from."""

from pydantic import Field

from millpond.domain.image import Sha256
from millpond.domain.names import Id, Name, Text
from millpond.domain.vm import DiskFormat, DiskTarget, Model


class TemplateDisk(Model):
    """``file`` lies beside ``template.json``; ``size`` is the virtual size in bytes. ``sha256`` is that of
    what was imported, None for a disk that was a VM's."""

    target: DiskTarget
    file: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")
    format: DiskFormat
    size: int = Field(ge=512)
    sha256: Sha256 | None = None


class TemplateFile(Model):
    """A disk's file. ``size`` in bytes; ``version`` is another one once it has been changed."""

    size: int = Field(ge=0)
    version: str


MAX_PIECE = 1 << 20
"""Bytes of a disk's file that are sent at once."""


class TemplatePiece(Model):
    """Data (Base64, RFC 4648) of a disk's file from byte ``offset`` on, of one ``version``."""

    offset: int = Field(ge=0)
    data: str = Field(max_length=2 * MAX_PIECE)
    version: str

    @property
    def end(self) -> int:
        """The byte after it."""
        return self.offset + len(self.data) * 3 // 4 - self.data[-2:].count("=")


class TemplateDocument(Model):
    """``seed_pool/<name>/template.json``. Memory in MiB. ``repository`` is where it lies, None being the
    cluster root."""

    name: Name
    description: Text = ""
    memory: int = Field(ge=32)
    vcpus: int = Field(ge=1)
    disks: tuple[TemplateDisk, ...] = Field(min_length=1)
    repository: Id | None = None
