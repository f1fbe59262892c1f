"""A VM's description with its images: what is imported and exported."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StringConstraints

from millpond.domain.foreign import ForeignVm
from millpond.domain.vm import Model


class DeploymentOption(Model):
    """A size that an OVF offers."""

    id: str
    label: str


class Package(Model):
    """What lies on a server to be imported. Capacities of images are filled in where they can be told
    without unpacking them. ``remarks`` are about the package itself: who signed it, what its manifest
    does not cover. ``size``: bytes of the images' files as they are."""

    vm: ForeignVm
    options: tuple[DeploymentOption, ...] = ()
    option: str = ""
    remarks: tuple[str, ...] = ()
    size: int = Field(default=0, ge=0)


class ExportFormat(StrEnum):
    """An OVA holds everything in one file; the others describe a VM whose disks stay where they are."""

    OVA = "ova"
    VM_CFG = "vm.cfg"
    XL_CFG = "xl.cfg"
    XML = "xml"


class Notation(StrEnum):
    """A VM as text: in Millpond's own words, or in those of another product. ``xml`` is libvirt's,
    ``vm.cfg`` that of xm and Oracle VM Server, ``xl.cfg`` Xen's own."""

    YAML = "yaml"
    XML = ExportFormat.XML.value
    VM_CFG = ExportFormat.VM_CFG.value
    XL_CFG = ExportFormat.XL_CFG.value


class PackedImage(StrEnum):
    """Formats of the disks in an OVA; vmdk (streamOptimized) is what every product reads."""

    VMDK = "vmdk"
    QCOW2 = "qcow2"


ExportName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$")]
"""A file in ``publish_pool``."""


class ExportedFile(Model):
    """``version`` is another one once the file is. Bytes, and seconds since 1970 UTC."""

    name: ExportName
    size: int
    modified: float
    version: str


class ExportedPiece(Model):
    """Some bytes of a file, in Base64 (RFC 4648), and which version of it they are of."""

    data: str
    version: str
