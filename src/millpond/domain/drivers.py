"""Drivers that a guest of another product needs here, and the program that puts them into its disks."""

from millpond.domain.vm import Model

LOG = "virt-v2v.log"
"""In the VM's directory: what virt-v2v said. It is there once all its disks are done."""


class DriverTool(Model):
    """virt-v2v as a server has it. ``windows``: with drivers for that, which Debian has not."""

    version: str
    windows: bool
