"""The virtual hardware of an OVF: its items, of which a deployment option picks some, as devices.

Numbers of resource types are those of CIM_ResourceAllocationSettingData (DMTF DSP1041).
"""

from collections.abc import Iterator
from typing import NamedTuple

from lxml import etree

from millpond.adapters.formats import units
from millpond.adapters.formats.macs import read_mac
from millpond.adapters.formats.ovf_envelope import DiskEntry, Envelope, File
from millpond.adapters.formats.xml import local
from millpond.domain.foreign import MAX_DISKS, Bus, ForeignDisk, ForeignNic, too_large
from millpond.domain.image import ImageFormat

CIM = "http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2/CIM_"
CPU, MEMORY, IDE, SCSI, ETHERNET, FLOPPY, CD, DVD, DISK, STORAGE = (
    3,
    4,
    5,
    6,
    10,
    14,
    15,
    16,
    17,
    20,
)
_ITEMS = ("Item", "StorageItem", "EthernetPortItem")
_SHRUG = frozenset({1, 13, 24})
"""Other, keyboard and mouse and so on, graphics: what every guest has or none misses."""
_NAMES = {8: "FC adapter", FLOPPY: "floppy drive", 18: "tape", 21: "serial port",
          22: "parallel port", 23: "USB controller", 35: "sound card"}  # fmt: skip
_MIB = 1 << 20
_EXTENSIONS = {
    "vmdk": ImageFormat.VMDK, "qcow2": ImageFormat.QCOW2, "vhd": ImageFormat.VHD,
    "vhdx": ImageFormat.VHDX, "iso": ImageFormat.RAW, "img": ImageFormat.RAW, "raw": ImageFormat.RAW,
}  # fmt: skip
_INTERFACES = {"virtio": Bus.VIRTIO, "virtio_scsi": Bus.SCSI, "ide": Bus.IDE, "sata": Bus.SATA}


class Item(NamedTuple):
    """``values`` maps names such as ResourceType to their (first) text; ``extensions`` are the producer's
    own, as ``name = text``."""

    type: int
    id: str
    values: dict[str, str]
    required: bool
    extensions: tuple[str, ...]

    def said(self, name: str) -> str:
        return self.values.get(name, "")

    @property
    def called(self) -> str:
        return self.said("ElementName") or self.said("Caption") or f"item {self.id}"


class Hardware(NamedTuple):
    """Memory in MiB."""

    memory: int
    vcpus: int
    disks: tuple[ForeignDisk, ...]
    nics: tuple[ForeignNic, ...]


def read_hardware(envelope: Envelope, section: etree._Element) -> Hardware:
    """A VirtualHardwareSection; what is not understood goes to ``envelope.unsaid``."""
    items = list(_selected(envelope, section))
    _say_others(envelope, items)
    buses = {i.id: bus for i in items if (bus := _bus(i)) is not None}
    found = [
        (place, drive)
        for i in items
        if i.type in (CD, DVD, DISK)
        for place, drive in _drive(envelope, i, buses)
    ]
    if len(found) > MAX_DISKS:
        raise too_large(envelope.what, "it has more drives than any VM")
    if any(drive.target is None for _, drive in found):
        found.sort(key=lambda entry: entry[0])
    return Hardware(
        memory=sum(_memory(envelope, i) for i in items if i.type == MEMORY),
        vcpus=max(1, sum(_quantity(i) or 0 for i in items if i.type == CPU)),
        disks=tuple(drive for _, drive in found),
        nics=tuple(_nic(envelope, i) for i in items if i.type == ETHERNET),
    )


def _selected(envelope: Envelope, section: etree._Element) -> Iterator[Item]:
    """The items of the option in force: those for it take the place of the general ones with the same
    id. ``bound`` marks limits, which are no devices."""
    chosen: dict[str, tuple[bool, Item]] = {}
    elements = [e for e in section if local(e) in _ITEMS]
    for number, element in enumerate(elements):
        options = envelope.attribute(element, "configuration").split()
        bound = envelope.attribute(element, "bound") not in ("", "normal")
        if bound or (options and envelope.option not in options):
            continue
        item = _item(envelope, element, number)
        before = chosen.get(item.id)
        if before is None or (options and not before[0]):
            chosen[item.id] = (bool(options), item)
    for _, item in chosen.values():
        yield item


def _item(envelope: Envelope, element: etree._Element, number: int) -> Item:
    values: dict[str, str] = {}
    extensions = []
    for child in element:
        text = (child.text or "").strip()
        if (etree.QName(child).namespace or "").startswith(CIM):
            values.setdefault(local(child), text)
        elif text:
            extensions.append(f"{local(child)} = {text[:80]!r}")
    type_ = units.scaled(values.get("ResourceType"), 1)
    if type_ is None:
        type_ = ETHERNET if local(element) == "EthernetPortItem" else 0
    required = envelope.attribute(element, "required") not in ("false", "0")
    return Item(
        type_, values.get("InstanceID") or f"#{number}", values, required, tuple(extensions)
    )


def _quantity(item: Item) -> int | None:
    return units.scaled(item.said("VirtualQuantity"), 1)


def _memory(envelope: Envelope, item: Item) -> int:
    unit = item.said("AllocationUnits") or item.said("VirtualQuantityUnits") or "byte * 2^20"
    size = units.scaled(item.said("VirtualQuantity"), units.programmatic(unit))
    if size is None:
        amount = f"{item.said('VirtualQuantity')!r} {unit!r}"
        envelope.unsaid.append(f"{item.called}: {amount} is no size of memory")
    return -(-(size or 0) // _MIB)


def _bus(item: Item) -> Bus | None:
    """What hangs on a controller is on this bus."""
    kind = item.said("ResourceSubType").lower()
    if item.type == IDE:
        return Bus.IDE
    if item.type == SCSI:
        return Bus.VIRTIO if "virtio" in kind.split() else Bus.SCSI
    if item.type == STORAGE:
        known = {"ahci": Bus.SATA, "sata": Bus.SATA, "nvme": Bus.NVME, "virtio": Bus.VIRTIO}
        return next((bus for word, bus in known.items() if word in kind), None)
    return None


def _drive(
    envelope: Envelope, item: Item, buses: dict[str, Bus]
) -> Iterator[tuple[tuple[int, int], ForeignDisk]]:
    """The drive, if it can be used, with its place: its controller's and its own number there."""
    cdrom = item.type in (CD, DVD)
    parent = item.said("Parent")
    controllers = list(buses)
    place = (
        controllers.index(parent) if parent in buses else len(controllers),
        units.scaled(item.said("AddressOnParent"), 1) or 0,
    )
    kind, _, key = item.said("HostResource").removeprefix("ovf:").strip("/").partition("/")
    entry = envelope.disks.get(key) if kind == "disk" else None
    bus = buses.get(parent) or _bus_of_none(envelope, item, entry, cdrom)
    if not item.said("HostResource") and cdrom:
        yield place, ForeignDisk(bus=bus, cdrom=True, readonly=True)
        return
    file = envelope.files.get(entry.file if entry else key if kind == "file" else "")
    why_not = _why_not(entry, file, kind)
    if why_not:
        envelope.unsaid.append(f"{item.called}: it is left out, for {why_not}")
        return
    href = file.href if file else ""
    given = entry.format if entry else None
    yield (
        place,
        ForeignDisk(
            file=href,
            gzip=file.gzip if file else False,
            format=_format(href, given),
            capacity=entry.capacity if entry else None,
            bus=bus,
            target=_target(item),
            cdrom=cdrom,
            readonly=cdrom,
        ),
    )


def _why_not(entry: DiskEntry | None, file: File | None, kind: str) -> str:
    if entry is None and (kind != "file" or file is None):
        return "it names no disk or file of the envelope"
    if entry is not None and entry.parent:
        return "its image only has the difference to another one"
    if entry is not None and entry.file and file is None:
        return f"the envelope has no file {entry.file}"
    return file.why_not if file else ""


def _bus_of_none(envelope: Envelope, item: Item, entry: DiskEntry | None, cdrom: bool) -> Bus:
    """The bus of a drive without a controller that is known."""
    said = _INTERFACES.get(entry.interface.lower()) if entry else None
    if said is None and not cdrom:
        envelope.unsaid.append(f"{item.called}: it is on no bus known here, so it becomes virtio")
    return said or (Bus.IDE if cdrom else Bus.VIRTIO)


def _format(href: str, given: ImageFormat | None) -> ImageFormat | None:
    name = href.lower().removesuffix(".gz")
    return given or _EXTENSIONS.get(name.rpartition(".")[2])


def _target(item: Item) -> str | None:
    """A name such as vdb, where the producer calls the drive so."""
    name = item.said("ElementName")
    known = len(name) in (3, 4) and name[:-1] in ("vd", "xvd", "sd", "hd")
    return name if known and "a" <= name[-1] <= "z" else None


def _nic(envelope: Envelope, item: Item) -> ForeignNic:
    return ForeignNic(
        mac=read_mac(item.said("Address"), envelope.unsaid),
        network=item.said("Connection")[:255],
        model=item.said("ResourceSubType")[:64],
    )


def _say_others(envelope: Envelope, items: list[Item]) -> None:
    for item in items:
        known = item.type in (CPU, MEMORY, IDE, SCSI, ETHERNET, CD, DVD, DISK) or (
            item.type == STORAGE and _bus(item) is not None
        )
        if not known and item.type not in _SHRUG:
            name = _NAMES.get(item.type, f"resource of type {item.type}")
            wanted = ", although it says it is required" if item.required else ""
            envelope.unsaid.append(f"{item.called}: a {name} is left out{wanted}")
        for extension in item.extensions:
            envelope.unsaid.append(f"{item.called}: {extension}: there is nothing of that here")
        for limit in ("Reservation", "Limit"):
            if item.said(limit) not in ("", "0", "-1"):
                envelope.unsaid.append(
                    f"{item.called}: its {limit} of {item.said(limit)} is not taken over"
                )
