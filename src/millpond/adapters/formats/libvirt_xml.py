"""libvirt's domain XML (libvirt.org, formatdomain), as ``virsh dumpxml`` prints it."""

from lxml import etree

from millpond.adapters.formats import units
from millpond.adapters.formats.macs import read_mac
from millpond.adapters.formats.xml import parse
from millpond.domain.foreign import (
    Bus,
    Firmware,
    ForeignDisk,
    ForeignNic,
    ForeignVm,
    described,
    unreadable,
)
from millpond.domain.image import ImageFormat
from millpond.domain.vm import BootDevice, Keyboard

_MIB = 1 << 20
_BUSES = {
    "virtio": Bus.VIRTIO, "xen": Bus.VIRTIO, "ide": Bus.IDE, "sata": Bus.SATA, "scsi": Bus.SCSI,
    "nvme": Bus.NVME,
}  # fmt: skip
_BY_NAME = {"hd": Bus.IDE, "sd": Bus.SCSI, "vd": Bus.VIRTIO, "xvd": Bus.VIRTIO}
_FORMATS = {f.driver: f for f in ImageFormat if f is not ImageFormat.ISO}
_BOOT = {"hd": BootDevice.DISK, "cdrom": BootDevice.CDROM, "network": BootDevice.NETWORK}
_EVERY_GUEST_HAS = """
    emulator disk interface controller serial console channel graphics video memballoon rng input
    lease panic
"""
_DEFAULT_WEIGHT = 100
V1_SHARES = 1024
PERIOD = 100_000
"""Microseconds: libvirt's default of cputune's ``period``."""


def read(data: bytes, what: str) -> ForeignVm:
    """Raises ``Refused``: ``import.unreadable``, ``import.unsafe_xml``, ``import.too_large``."""
    with described(what):
        domain = parse(data, what)
        if domain.tag != "domain":
            raise unreadable(what, f"its root element is {domain.tag}, not domain")
        unsaid: list[str] = []
        devices = domain.find("devices")
        parts = list(devices) if devices is not None else []
        disks = [_disk(d, unsaid) for d in parts if d.tag == "disk"]
        maximum = _memory(domain, "memory", unsaid) or 0
        vcpus, most = _vcpus(domain)
        vm = {
            "name": domain.findtext("name", "")[:255],
            "memory": _memory(domain, "currentMemory", unsaid) or maximum,
            "max_memory": maximum,
            "vcpus": vcpus,
            "max_vcpus": most,
            "cpu_weight": _weight(domain),
            "cpu_cap": _cap(domain, vcpus),
            "firmware": _firmware(domain),
            "boot": _boot(domain, unsaid),
            "disks": [d for d in disks if d is not None],
            "nics": [_nic(i, unsaid) for i in parts if i.tag == "interface"],
            "keyboard": _keyboard(domain),
            "description": domain.findtext("description") or domain.findtext("title") or "",
        }
        _others(domain, parts, unsaid)
        return ForeignVm.model_validate({**vm, "unsaid": unsaid})


def _memory(domain: etree._Element, tag: str, unsaid: list[str]) -> int | None:
    """MiB, rounded up."""
    found = domain.find(tag)
    if found is None:
        return None
    size = units.scaled(found.text, units.named(found.get("unit", "KiB"), decimal=True))
    if size is None:
        unsaid.append(f"{tag}: {found.text!r} {found.get('unit', 'KiB')!r} is no size")
        return None
    return -(-size // _MIB)


def _vcpus(domain: etree._Element) -> tuple[int, int]:
    """How many it starts with, and the most it may have."""
    found = domain.find("vcpu")
    most = _whole(found.text if found is not None else None) or 1
    current = _whole(found.get("current") if found is not None else None) or most
    return min(current, most), most


def _whole(text: str | None) -> int | None:
    return units.scaled(text, 1)


def _weight(domain: etree._Element) -> int | None:
    """Shares of cgroup v1 are 1024 by default, those of v2 100; a number that both could have given is
    taken for v2's, as ours are."""
    shares = _whole(domain.findtext("cputune/shares"))
    if not shares:
        return None
    v1 = shares % V1_SHARES == 0
    return max(1, min(shares * _DEFAULT_WEIGHT // V1_SHARES if v1 else shares, 10_000))


def _cap(domain: etree._Element, vcpus: int) -> int | None:
    quota = _whole(domain.findtext("cputune/quota"))
    period = _whole(domain.findtext("cputune/period")) or PERIOD
    return None if quota is None else cap_of(quota, period, vcpus)


def cap_of(quota: int, period: int, vcpus: int) -> int:
    """Percent of one CPU, where each vCPU may run ``quota`` per ``period``."""
    return round(quota * vcpus * 100 / period)


def _firmware(domain: etree._Element) -> Firmware:
    loader = domain.find("os/loader")
    os_ = domain.find("os")
    pflash = loader is not None and loader.get("type") == "pflash"
    efi = os_ is not None and os_.get("firmware") == "efi"
    return Firmware.UEFI if pflash or efi else Firmware.BIOS


def _boot(domain: etree._Element, unsaid: list[str]) -> tuple[BootDevice, ...]:
    """``os/boot``, or the order that devices carry themselves."""
    order: list[BootDevice] = []
    for found in domain.iterfind("os/boot"):
        device = _BOOT.get(found.get("dev", ""))
        if device is None:
            unsaid.append(
                f"os/boot: {found.get('dev')!r}: nothing of that kind is booted from here"
            )
        else:
            order.append(device)
    ranked = []
    for found in domain.iterfind("devices/*/boot"):
        owner = found.getparent()
        rank = _whole(found.get("order"))
        if owner is not None and rank is not None:
            ranked.append((rank, _kind(owner)))
    order += [device for _, device in sorted(ranked, key=lambda r: r[0])]
    return tuple(dict.fromkeys(order))


def _kind(device: etree._Element) -> BootDevice:
    if device.tag == "interface":
        return BootDevice.NETWORK
    return BootDevice.CDROM if device.get("device") == "cdrom" else BootDevice.DISK


def _keyboard(domain: etree._Element) -> Keyboard | None:
    said = domain.find("devices/graphics[@keymap]")
    value = said.get("keymap", "") if said is not None else ""
    return Keyboard(value) if value in set(Keyboard) else None


def _disk(disk: etree._Element, unsaid: list[str]) -> ForeignDisk | None:
    kind = disk.get("device", "disk")
    target, source, driver = disk.find("target"), disk.find("source"), disk.find("driver")
    name = target.get("dev", "") if target is not None else ""
    said = target.get("bus", "") if target is not None else ""
    cdrom = kind == "cdrom"
    if kind not in ("disk", "cdrom"):
        unsaid.append(f"disk {name}: a {kind} is left out")
        return None
    place = disk.get("type", "file")
    path = source.get("dev" if place == "block" else "file", "") if source is not None else ""
    if not cdrom and (place not in ("file", "block") or not path):
        unsaid.append(f"disk {name}: it is left out, for its source is of the type {place!r}")
        return None
    prefix = name[:-1]
    bus = _BUSES.get(said) or _BY_NAME.get(prefix, Bus.VIRTIO)
    type_ = driver.get("type") if driver is not None else None
    if type_ is not None and type_ not in _FORMATS:
        unsaid.append(f"disk {name}: the format {type_!r} is not known")
    if disk.find("encryption") is not None:
        unsaid.append(f"disk {name}: it is encrypted, and its key is not taken over")
    return ForeignDisk(
        file=path,
        block=place == "block",
        format=_FORMATS.get(type_ or "raw"),
        bus=bus,
        target=_ours(name, bus),
        cdrom=cdrom,
        readonly=disk.find("readonly") is not None,
        shared=disk.find("shareable") is not None,
    )


def _ours(name: str, bus: Bus) -> str | None:
    """libvirt calls SATA disks ``sdX`` as well; here that is what a SCSI disk is called."""
    if _BY_NAME.get(name[:-1]) is None or not name[-1:].islower():
        return None
    if bus is Bus.SATA:
        return f"hd{name[-1]}"
    return name if _BY_NAME[name[:-1]] is bus else None


def _nic(interface: etree._Element, unsaid: list[str]) -> ForeignNic:
    source, mac, model = (interface.find(tag) for tag in ("source", "mac", "model"))
    attributes = {str(k): str(v) for k, v in source.items()} if source is not None else {}
    network = next((attributes[k] for k in ("network", "bridge", "dev") if k in attributes), "")
    if interface.get("type") not in ("bridge", "network"):
        unsaid.append(f"interface {network}: it was of the type {interface.get('type')!r}")
    for tag in ("vlan", "virtualport", "filterref", "guest", "link"):
        if interface.find(tag) is not None:
            unsaid.append(f"interface {network}: its {tag} is not taken over")
    inbound = interface.find("bandwidth/inbound")
    return ForeignNic(
        mac=read_mac(mac.get("address") if mac is not None else None, unsaid),
        network=network[:255],
        model=(model.get("type", "") if model is not None else "rtl8139")[:64],
        rate_limit=_whole(inbound.get("average") if inbound is not None else None) or None,
    )


_ELEMENTS = {
    "cpu": "its CPU is the one all guests have here",
    "numatune": "it gets its memory wherever there is some",
    "memoryBacking": "its memory is backed as all guests' is",
    "iothreads": "its disks have no threads of their own",
    "blkiotune": "its disk I/O is not limited",
    "launchSecurity": "its memory is not encrypted",
    "seclabel": "its security label is the server's choice",
    "sysinfo": "it sees this server's SMBIOS strings",
}
_NOT_ASKED = {"host-model", "host-passthrough"}


def _others(domain: etree._Element, devices: list[etree._Element], unsaid: list[str]) -> None:
    """A sentence for each element that changes what the guest is and is not taken over."""
    for tag, sentence in _ELEMENTS.items():
        found = domain.find(tag)
        if found is not None and not (tag == "cpu" and found.get("mode") in _NOT_ASKED):
            unsaid.append(f"{tag}: {sentence}")
    for tag in ("kernel", "initrd", "cmdline", "bootmenu", "smbios"):
        if domain.find(f"os/{tag}") is not None:
            unsaid.append(f"os/{tag}: it is started from its disks alone")
    clock = domain.find("clock")
    if clock is not None and clock.get("offset", "utc") != "utc":
        unsaid.append(f"clock: its clock shows UTC here, not {clock.get('offset')}")
    for tag in dict.fromkeys(str(d.tag) for d in devices):
        if tag not in _EVERY_GUEST_HAS.split():
            unsaid.append(f"devices/{tag}: there is nothing of that here")
