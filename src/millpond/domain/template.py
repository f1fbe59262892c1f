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


class TemplateDocument(Model):
    """``seed_pool/<name>/template.json``. Memory in MiB. ``repository`` is where it lies, None being the
    cluster root."""

    name: Name
    description: Text = ""
    memory: int = Field(ge=32)
    vcpus: int = Field(ge=1)
    disks: tuple[TemplateDisk, ...] = Field(min_length=1)
    repository: Id | None = None
