"""A VM as another product describes it: what its file says, and what of that could not be used.

Readers (``adapters/formats``) make a ``ForeignVm``, writers take one. ``domain.converting`` turns it
into a VM of ours and back.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import PurePosixPath
from typing import NamedTuple
from urllib.parse import unquote

from pydantic import Field, ValidationError

from millpond.domain.chain import ImageFile
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat
from millpond.domain.names import Mac
from millpond.domain.vm import MAX_LAYERS, BootDevice, DiskTarget, Keyboard, Model

MAX_DISKS = 64
MAX_NICS = 64


class Firmware(StrEnum):
    BIOS = "bios"
    UEFI = "uefi"


class Bus(StrEnum):
    """What a disk hangs on, as its guest sees it."""

    VIRTIO = "virtio"
    SCSI = "scsi"
    IDE = "ide"
    SATA = "sata"
    NVME = "nvme"


class ForeignDisk(Model):
    """One drive. ``file`` is the reference as it stands in the description; it is empty for a drive
    without a medium, and for a disk that is to be made, which has a capacity. ``block`` says it is a device of the server. ``format`` is None and ``capacity`` (bytes)
    too where only the image can tell. ``target`` is the name the description gives it, if any."""

    file: str = Field(default="", max_length=4096)
    block: bool = False
    format: ImageFormat | None = None
    gzip: bool = Field(
        default=False, description="The file is an image packed with gzip (RFC 1952)"
    )
    capacity: int | None = Field(default=None, ge=0, le=1 << 62)
    bus: Bus = Bus.VIRTIO
    target: DiskTarget | None = None
    cdrom: bool = False
    readonly: bool = False
    shared: bool = False
    backing: tuple[ImageFile, ...] = Field(
        default=(), max_length=MAX_LAYERS, description="What lies beneath an image of ours"
    )

    def path(self, directory: str) -> str:
        """Where its file is, if what is not elsewhere lies in ``directory``."""
        return self.file if self.file.startswith("/") else f"{directory}/{self.file}"


class ForeignNic(Model):
    """One network interface. ``network`` is a bridge, a port group or any other product's name of what
    it is plugged into; ``model`` the product's own word. ``rate_limit`` is in kB/s, as a Vif's."""

    mac: Mac | None = None
    network: str = Field(default="", max_length=255)
    model: str = Field(default="", max_length=64)
    rate_limit: int | None = Field(default=None, ge=1, le=100_000_000)


class ForeignVm(Model):
    """The whole of it. Memory in MiB; None is what the description leaves open. ``unsaid`` has one
    sentence for each thing in the description that was not understood or is not taken over."""

    name: str = Field(max_length=255)
    memory: int = Field(ge=0, le=1 << 40)
    max_memory: int | None = Field(default=None, ge=0, le=1 << 40)
    vcpus: int = Field(ge=1, le=1 << 20)
    max_vcpus: int | None = Field(default=None, ge=1, le=1 << 20)
    cpu_weight: int | None = Field(default=None, ge=1, le=1 << 20)
    cpu_cap: int | None = Field(default=None, ge=0, le=1 << 20, description="Percent of one CPU")
    firmware: Firmware = Firmware.BIOS
    boot: tuple[BootDevice, ...] = ()
    disks: tuple[ForeignDisk, ...] = Field(default=(), max_length=MAX_DISKS)
    nics: tuple[ForeignNic, ...] = Field(default=(), max_length=MAX_NICS)
    keyboard: Keyboard | None = None
    description: str = Field(default="", max_length=65536)
    ha: bool | None = None
    unsaid: tuple[str, ...] = ()


class Written(NamedTuple):
    """A description made by us, and a sentence for each thing that its format cannot say. A sentence
    begins with the field it is about, as in ``tags: ...``."""

    text: str
    lost: tuple[str, ...]


def unreadable(what: str, message: str) -> Refused:
    """A description that is not of the format it should have."""
    return Refused(
        "import.unreadable",
        what,
        message,
        "check that the file is whole and of the format its name says; export it again if need be",
    )


@contextmanager
def described(what: str) -> Iterator[None]:
    """Turns values that no VM has, such as names of a megabyte, into ``Refused(import.unreadable)``."""
    try:
        yield
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise unreadable(what, f"{where}: {first['msg']}") from error


def too_large(what: str, message: str) -> Refused:
    """A description that asks for more work or room than any honest one does."""
    return Refused(
        "import.too_large",
        what,
        message,
        "write the description down without computing it, and leave out what the VM does not need",
    )


def reference(subject: str, href: str) -> str:
    """``inside`` for a reference with percent-encoding (RFC 3986)."""
    return inside(subject, unquote(href))


def inside(subject: str, path: str) -> str:
    """``path`` below the folder of a description, with ``/`` between its parts. Raises
    ``Refused(import.reference)`` if it leads anywhere else."""
    parts = PurePosixPath(path).parts
    outside = path.startswith("/") or ".." in parts or not parts
    strange = not parts or ":" in parts[0] or "\\" in path or not path.isprintable()
    if outside or strange:
        raise Refused(
            "import.reference",
            subject,
            f"it names the file {path[:200]!r}, which is not one in its own folder",
            "put all files of the VM into one folder and name them there by their relative paths",
        )
    return "/".join(parts)
