"""OVF descriptors (DMTF DSP0243, versions 1 and 2) in the styles of VirtualBox, VMware, Cisco, oVirt."""

from typing import NamedTuple

from lxml import etree

from millpond.adapters.formats.ovf_envelope import OVF1, OVF2, Envelope, Option
from millpond.adapters.formats.ovf_hardware import read_hardware
from millpond.adapters.formats.xml import local
from millpond.domain.foreign import Firmware, ForeignVm, described, unreadable
from millpond.domain.vm import BootDevice

VMWARE = "http://www.vmware.com/schema/ovf"
VIRTUALBOX = "http://www.virtualbox.org/ovf/machine"
_ANSWERED = frozenset({
    "Info", "Name", "VirtualHardwareSection", "OperatingSystemSection", "AnnotationSection",
    "References", "DiskSection", "NetworkSection", "DeploymentOptionSection", "VirtualSystem",
    "VirtualSystemCollection", "Strings", "Machine", "BootOrderSection", "ProductSection",
})  # fmt: skip
_BOOT = {
    "disk": BootDevice.DISK, "harddisk": BootDevice.DISK, "cdrom": BootDevice.CDROM,
    "dvd": BootDevice.CDROM, "net": BootDevice.NETWORK, "network": BootDevice.NETWORK,
    "ethernet": BootDevice.NETWORK,
}  # fmt: skip


class Ovf(NamedTuple):
    """``option`` is the deployment option that ``vm`` is made by, one of ``options``."""

    vm: ForeignVm
    options: tuple[Option, ...]
    option: str


def read(data: bytes, what: str, option: str = "", system: str = "") -> Ovf:
    """``option`` and ``system`` choose where there are several. Raises ``Refused``: ``import.choice``,
    ``import.unreadable``, ``import.unsafe_xml``, ``import.too_large``."""
    with described(what):
        envelope = Envelope(data, what, option, system)
        one = envelope.system
        sections = list(envelope.find(one, "VirtualHardwareSection"))
        if not sections:
            raise unreadable(what, "its virtual system has no hardware")
        if len(sections) > 1:
            envelope.unsaid.append("VirtualHardwareSection: there are several; the first is taken")
        hardware = read_hardware(envelope, sections[0])
        used = {disk.file for disk in hardware.disks}
        spare = [file.href for file in envelope.files.values() if file.href not in used]
        envelope.unsaid += [f"References: the file {href} is not used" for href in spare]
        annotation = next(envelope.find(one, "AnnotationSection"), None)
        _sections(envelope)
        vm = ForeignVm(
            name=(envelope.text(one, "Name") or envelope.attribute(one, "id"))[:255],
            memory=hardware.memory,
            vcpus=hardware.vcpus,
            firmware=_firmware(one),
            boot=_boot(one),
            disks=hardware.disks,
            nics=hardware.nics,
            description="" if annotation is None else envelope.text(annotation, "Annotation"),
            unsaid=tuple(envelope.unsaid),
        )
        return Ovf(vm, envelope.options, envelope.option)


def _firmware(system: etree._Element) -> Firmware:
    vmware = {
        c.get(f"{{{VMWARE}}}key", ""): c.get(f"{{{VMWARE}}}value", "")
        for c in system.iter(f"{{{VMWARE}}}Config")
    }
    box = system.find(f".//{{{VIRTUALBOX}}}Machine//{{*}}Firmware")
    said = vmware.get("firmware", "") or (box.get("type", "") if box is not None else "")
    return Firmware.UEFI if said.lower().startswith("efi") else Firmware.BIOS


def _boot(system: etree._Element) -> tuple[BootDevice, ...]:
    """VMware and VirtualBox each have their own way; the standard has none before version 2."""
    said = [s.get(f"{{{VMWARE}}}type", "") for s in system.iter(f"{{{VMWARE}}}BootOrderSection")]
    machine = system.find(f".//{{{VIRTUALBOX}}}Machine")
    if machine is not None:
        order = sorted(machine.iterfind(".//{*}Boot/{*}Order"), key=lambda o: o.get("position", ""))
        said += [o.get("device", "") for o in order]
    return tuple(dict.fromkeys(_BOOT[s.lower()] for s in said if s.lower() in _BOOT))


def _sections(envelope: Envelope) -> None:
    """A sentence for each section that a VM here gets nothing from."""
    if envelope.properties:
        keys = ", ".join(envelope.properties)
        envelope.unsaid.append(f"ProductSection: the guest is not told its properties: {keys}")
    for section in (*envelope.root, *envelope.system):
        name, space = local(section), etree.QName(section).namespace
        if name in _ANSWERED and space in (OVF1, OVF2, VMWARE, VIRTUALBOX):
            continue
        optional = envelope.attribute(section, "required") in ("false", "0")
        wanted = "" if optional or space in (OVF1, OVF2) else ", although it says it is required"
        envelope.unsaid.append(f"{name}: this section is not taken over{wanted}")
