"""A VM in other products' words."""

from millpond.adapters.formats import libvirt_writer, xen
from millpond.domain.foreign import ForeignVm, Written
from millpond.domain.package import ExportFormat


def describe(vm: ForeignVm, directory: str, format_: ExportFormat) -> Written:
    """A description of a VM whose disks stay in ``directory``."""
    if format_ is ExportFormat.XML:
        return libvirt_writer.write(vm, directory)
    return xen.write(vm, directory, xl=format_ is ExportFormat.XL_CFG)
