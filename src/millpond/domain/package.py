"""A VM's description with its images: what is imported and exported."""

from enum import StrEnum

from pydantic import Field

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


class PackedImage(StrEnum):
    """Formats of the disks in an OVA; vmdk (streamOptimized) is what every product reads."""

    VMDK = "vmdk"
    QCOW2 = "qcow2"
