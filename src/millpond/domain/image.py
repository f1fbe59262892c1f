"""Images from outside: their formats, how far they may go, and what becomes of them in a pool."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from millpond.domain.names import Id, Name, Text
from millpond.domain.vm import Model

MAX_VIRTUAL_SIZE = 64 << 40
"""Bytes. VHDX ends there (MS-VHDX 2.6.2.2), the other formats' tools at about the same."""

Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

Url = Annotated[str, StringConstraints(pattern=r"^https?://[\x21-\x7e]+$", max_length=2048)]


class ImageFormat(StrEnum):
    """What an image may be said to be. ``vhd`` is what QEMU calls vpc."""

    RAW = "raw"
    QCOW2 = "qcow2"
    VMDK = "vmdk"
    VHD = "vhd"
    VHDX = "vhdx"
    ISO = "iso"

    @property
    def driver(self) -> str:
        """QEMU's block driver for it (``-f``)."""
        return {"vhd": "vpc", "iso": "raw"}.get(self.value, self.value)


class ImageKind(StrEnum):
    """What it is imported as: something to clone VMs from, a CD, or a disk for several VMs."""

    TEMPLATE = "template"
    ISO = "iso"
    DISK = "disk"


class ImageState(StrEnum):
    """importing: arriving, nothing can use it. pending: checked and complete, waits for an
    administrator's word. approved: in its folder of the repository."""

    IMPORTING = "importing"
    PENDING = "pending"
    APPROVED = "approved"


class ImageFacts(Model):
    """What was found when the image had arrived. Bytes; ``sha256`` is that of what arrived."""

    received: int = Field(ge=0)
    sha256: Sha256
    virtual_size: int = Field(ge=0)


class ImageDocument(Model):
    """``.millpond/images/<id>/image.json``. ``format`` is what the image has in the repository; ``source``
    says where it came from; ``memory`` (MiB) and ``vcpus`` are a template's. ``repository`` is where it
    lies, None being the cluster root."""

    id: Id
    name: Name
    kind: ImageKind
    format: ImageFormat
    state: ImageState
    source: str = Field(max_length=2100)
    description: Text = ""
    memory: int = Field(default=1024, ge=32, le=16_777_216)
    vcpus: int = Field(default=1, ge=1, le=288)
    facts: ImageFacts | None = None
    repository: Id | None = None
    generation: int = Field(ge=1)


class Staged(Model):
    """An import's folder: bytes received, whether that is all, and the facts once it was checked."""

    received: int
    complete: bool
    facts: ImageFacts | None = None
