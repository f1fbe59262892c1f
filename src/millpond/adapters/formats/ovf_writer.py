"""A VM as an OVF 1 descriptor that VMware and VirtualBox take too.

Their controllers are the only ones they know, so virtio disks hang on the SCSI adapter they emulate;
each drive's name says what it is here, and our own reader goes by that.
"""

from typing import NamedTuple

from lxml import etree

from millpond.adapters.formats.ovf import VMWARE
from millpond.adapters.formats.ovf_envelope import OVF1
from millpond.adapters.formats.ovf_hardware import (
    CD,
    CIM,
    CPU,
    DISK,
    ETHERNET,
    IDE,
    MEMORY,
    SCSI,
)
from millpond.domain.foreign import Bus, Firmware, ForeignDisk, ForeignVm, Written
from millpond.domain.image import ImageFormat
from millpond.domain.vm import BootDevice

RASD = f"{CIM}ResourceAllocationSettingData"
VSSD = f"{CIM}VirtualSystemSettingData"
_URIS = {
    ImageFormat.VMDK: "http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized",
    ImageFormat.QCOW2: "http://www.gnome.org/~markmc/qcow-image-format.html",
}
_ISO = "http://www.ecma-international.org/publications/standards/Ecma-119.htm"
_UNITS_OF = {IDE: 2, SCSI: 15}
"""Drives on one controller: an IDE channel's two, and a SCSI bus without its own address."""
_BOOT = {BootDevice.DISK: "disk", BootDevice.CDROM: "cdrom", BootDevice.NETWORK: "net"}
_LINUX_26_64 = "101"
"""In the OVF's table of operating systems: other Linux, 64 bits. Nobody here knows what is in it."""


class Image(NamedTuple):
    """The exported image of a drive: its file beside the descriptor, and that file's bytes."""

    href: str
    size: int
    format: ImageFormat


def write(vm: ForeignVm, images: tuple[Image, ...]) -> Written:
    """The descriptor of a VM with one image for each drive, in their order."""
    root = etree.Element(
        f"{{{OVF1}}}Envelope",
        {},
        {"ovf": OVF1, "rasd": RASD, "vssd": VSSD, "vmw": VMWARE},
    )
    _references(root, images)
    _disk_section(root, vm, images)
    networks = _section(root, "NetworkSection", "The networks it is plugged into")
    for name in dict.fromkeys(n.network for n in vm.nics):
        _ovf(networks, "Network", name=name)
    system = _ovf(root, "VirtualSystem", id=vm.name)
    _ovf(system, "Info", "A virtual machine")
    _ovf(system, "Name", vm.name)
    for device in vm.boot:
        order = etree.SubElement(system, f"{{{VMWARE}}}BootOrderSection")
        order.set(f"{{{OVF1}}}required", "false")
        order.set(f"{{{VMWARE}}}type", _BOOT[device])
        _ovf(order, "Info", "Where to boot from")
    if vm.description:
        annotation = _section(system, "AnnotationSection", "What it is for")
        _ovf(annotation, "Annotation", vm.description)
    guest = _section(system, "OperatingSystemSection", "What runs in it", id=_LINUX_26_64)
    _ovf(guest, "Description", "Other Linux (64-bit)")
    _hardware(system, vm)
    etree.indent(root)
    text = etree.tostring(root, xml_declaration=True, encoding="UTF-8").decode()
    return Written(text + "\n", losses(vm))


def losses(vm: ForeignVm) -> tuple[str, ...]:
    """Besides what only Millpond has, what version 1 of the standard, with VMware's additions, has no word for."""
    lost = list(vm.unsaid)
    if vm.max_memory not in (None, vm.memory):
        lost.append(f"max_memory: {vm.max_memory} MiB: it comes back with {vm.memory}")
    if vm.max_vcpus not in (None, vm.vcpus):
        lost.append(f"max_vcpus: {vm.max_vcpus}: it comes back with {vm.vcpus}")
    if vm.cpu_weight not in (None, 100):
        lost.append(f"cpu_weight: {vm.cpu_weight}: each product counts weights in its own way")
    if vm.cpu_cap:
        lost.append(f"cpu_cap: {vm.cpu_cap} percent: OVF has limits in MHz only")
    if vm.keyboard not in (None, "en-us"):
        lost.append(f"keyboard: {vm.keyboard}")
    if vm.ha:
        lost.append("ha: OVF has no word for it")
    limited = [n.mac or n.network for n in vm.nics if n.rate_limit]
    if limited:
        lost.append(f"vifs: {', '.join(limited)}: the rate limit")
    for disk in vm.disks:
        if disk.block:
            lost.append(f"disks: {disk.target}: the device {disk.file} is exported as a file")
        if disk.readonly and not disk.cdrom:
            lost.append(f"disks: {disk.target}: that it is read-only")
        if disk.shared:
            lost.append(f"disks: {disk.target}: that other VMs write to it too")
    return tuple(lost)


def _ovf(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    made = etree.SubElement(parent, f"{{{OVF1}}}{tag}")
    for name, value in attributes.items():
        made.set(f"{{{OVF1}}}{name}", value)
    if text:
        made.text = text
    return made


def _section(parent: etree._Element, tag: str, info: str, **attributes: str) -> etree._Element:
    made = _ovf(parent, tag, **attributes)
    _ovf(made, "Info", info)
    return made


def _references(root: etree._Element, images: tuple[Image, ...]) -> None:
    references = _ovf(root, "References")
    for number, image in enumerate(images):
        _ovf(references, "File", id=f"file{number}", href=image.href, size=str(image.size))


def _disk_section(root: etree._Element, vm: ForeignVm, images: tuple[Image, ...]) -> None:
    section = _section(root, "DiskSection", "Its disks")
    for number, (disk, image) in enumerate(zip(vm.disks, images, strict=True)):
        made = _ovf(section, "Disk", diskId=f"disk{number}", fileRef=f"file{number}")
        made.set(f"{{{OVF1}}}capacity", str(disk.capacity))
        made.set(f"{{{OVF1}}}capacityAllocationUnits", "byte")
        made.set(f"{{{OVF1}}}format", _ISO if disk.cdrom else _URIS[image.format])


def _hardware(system: etree._Element, vm: ForeignVm) -> None:
    section = _section(system, "VirtualHardwareSection", "Its devices")
    frame = _ovf(section, "System")
    for tag, value in (
        ("ElementName", "Virtual Hardware Family"),
        ("InstanceID", "0"),
        ("VirtualSystemIdentifier", vm.name),
        ("VirtualSystemType", "vmx-10 virtualbox-2.2"),
    ):
        etree.SubElement(frame, f"{{{VSSD}}}{tag}").text = value
    items = _Items(section)
    cpus = f"{vm.vcpus} virtual CPU(s)"
    items.add(CPU, cpus, VirtualQuantity=str(vm.vcpus), AllocationUnits="hertz * 10^6")
    memory = f"{vm.memory}MB of memory"
    items.add(MEMORY, memory, VirtualQuantity=str(vm.memory), AllocationUnits="byte * 2^20")
    for number, disk in enumerate(vm.disks):
        items.drive(number, disk)
    for number, nic in enumerate(vm.nics):
        model = {"virtio": "virtio", "e1000": "E1000", "rtl8139": "RTL8139"}.get(
            nic.model, nic.model
        )
        address = {"Address": nic.mac} if nic.mac else {}
        items.add(
            ETHERNET,
            f"Ethernet {number}",
            AutomaticAllocation="true",
            Connection=nic.network,
            ResourceSubType=model,
            **address,
        )
    if vm.firmware is Firmware.UEFI:
        config = etree.SubElement(section, f"{{{VMWARE}}}Config")
        config.set(f"{{{OVF1}}}required", "false")
        config.set(f"{{{VMWARE}}}key", "firmware")
        config.set(f"{{{VMWARE}}}value", "efi")


class _Items:
    """The items of a section, numbered; controllers come into being with what hangs on them."""

    def __init__(self, section: etree._Element) -> None:
        self._section = section
        self._count = 0
        self._hanging: dict[int, int] = {}
        self._controller: dict[int, str] = {}

    def add(self, type_: int, name: str, **values: str) -> str:
        """The item's id. The schema wants the names in alphabetical order."""
        self._count += 1
        every = {
            "ElementName": name,
            "InstanceID": str(self._count),
            "ResourceType": str(type_),
            **values,
        }
        item = _ovf(self._section, "Item")
        for tag in sorted(every):
            etree.SubElement(item, f"{{{RASD}}}{tag}").text = every[tag]
        return str(self._count)

    def drive(self, number: int, disk: ForeignDisk) -> None:
        kind = IDE if disk.bus is Bus.IDE else SCSI
        place = self._hanging.get(kind, 0)
        self._hanging[kind] = place + 1
        controller, unit = divmod(place, _UNITS_OF[kind])
        if unit == 0:
            self._controller[kind] = self._add_controller(kind, controller)
        self.add(
            CD if disk.cdrom else DISK,
            disk.target or f"Drive {number}",
            AddressOnParent=str(unit + (kind == SCSI and unit >= 7)),
            HostResource=f"ovf:/disk/disk{number}",
            Parent=self._controller[kind],
        )

    def _add_controller(self, kind: int, number: int) -> str:
        if kind == IDE:
            return self.add(IDE, f"IDE {number}", Address=str(number), ResourceSubType="PIIX4")
        return self.add(SCSI, f"SCSI {number}", Address=str(number), ResourceSubType="lsilogic")
