"""From a VM's configuration to libvirt's domain XML (https://libvirt.org/formatdomain.html).

Pure: what has to be known of the server comes in as ``Host``. lxml does all escaping.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from lxml import etree

from millpond.adapters.iscsi.attached import RELAY_PORT, target_name
from millpond.adapters.libvirt.metadata import Metadata, find
from millpond.adapters.libvirt.xml import E, element, text
from millpond.domain.chain import Chain, chain
from millpond.domain.cloud_init import is_seed
from millpond.domain.pool_lun import PoolLun
from millpond.domain.server import Acceleration
from millpond.domain.vm import (
    DEFAULT_IO_WEIGHT,
    BootDevice,
    Disk,
    Vif,
    VifModel,
    VmConfig,
    device_name,
)

AGENT_CHANNEL = "org.qemu.guest_agent.0"
SMALL_GUEST = 512
"""MiB of memory up to which a TCG guest gets a small translation cache (QEMU's own default of
1 GiB is more than such a guest)."""
SPARE_PORTS = 8
"""Empty PCIe ports a guest is born with: how many VIFs and virtio disks can be plugged in while it runs.
The first SCSI disk needs one too, for its controller."""
QUOTA_PERIOD = 100_000
_EMULATION_SEES_ALL_WRITES = 9_000_000
_QEMU = "http://libvirt.org/schemas/domain/qemu/1.0"
_ALWAYS_ON_PCIE = 3  # virtio-serial, balloon, rng
_SMALL_TB_CACHE = 32
_MIN_QUOTA = 1000


class Cgroup(StrEnum):
    """The CPU controller libvirt can use on a server."""

    NONE = "none"
    V1 = "v1"
    V2 = "v2"


@dataclass(frozen=True)
class Host:
    """What the XML needs to know of the server. ``direct`` says whether a file can be opened past
    the page cache (O_DIRECT); ``hypervisor`` is QEMU's version as virConnectGetVersion gives it.
    ``lun`` gives what stands for a device, if the server has it through the relay (``adapters.iscsi``).
    ``weighs_io``: libvirt can set weights for disk time."""

    acceleration: Acceleration
    cgroup: Cgroup
    direct: Callable[[str], bool]
    hypervisor: int = 0
    weighs_io: bool = False
    lun: Callable[[str], PoolLun | None] = lambda path: None


def serial_log(vm: str) -> str:
    """The log of the serial console, started anew when the guest starts on, or comes to, a server:
    it is named after the VM alone because its name moves with the guest."""
    return f"/var/log/libvirt/qemu/millpond-{vm}.serial.log"


def cpu_shares(weight: int, cgroup: Cgroup) -> int:
    """``cpu_weight`` in the kernel's terms: 100 is the default weight of both cgroup versions."""
    return weight if cgroup is Cgroup.V2 else max(2, weight * 1024 // 100)


def vcpu_quota(config: VmConfig) -> int:
    """Microseconds each vCPU may run per ``QUOTA_PERIOD``; -1 = no limit. The cap is for the whole
    guest, so the vCPUs share it; QEMU's own threads stay outside, lest its monitor starve."""
    if config.cpu_cap == 0:
        return -1
    return max(_MIN_QUOTA, config.cpu_cap * QUOTA_PERIOD // 100 // config.vcpus)


def domain_xml(meta: Metadata, host: Host) -> str:
    """The whole domain. It is transient: libvirt keeps nothing of it once the guest is off."""
    config = meta.config
    tcg = host.acceleration is Acceleration.TCG
    domain = E.domain(
        E.name(config.name),
        E.uuid(config.id),
        E.metadata(meta.element()),
        E.memory(str(config.max_memory), unit="MiB"),
        E.currentMemory(str(config.memory), unit="MiB"),
        E.vcpu(str(config.max_vcpus), placement="static", current=str(config.vcpus)),
        _vcpus(config),
        *_cputune(config, host.cgroup),
        *_blkiotune(config, host),
        E.os(E.type("hvm", arch="x86_64", machine="q35")),
        _features(config, tcg=tcg),
        _cpu(tcg=tcg),
        E.clock(E.timer(name="hpet", present="no"), offset="utc"),
        E.on_poweroff("destroy"),
        E.on_reboot("restart"),
        E.on_crash("destroy"),
        _devices(meta, host),
        type="qemu" if tcg else "kvm",
    )
    if tcg and host.hypervisor < _EMULATION_SEES_ALL_WRITES:
        domain.append(_odd_memory(config))
    return text(domain)


def _odd_memory(config: VmConfig) -> etree._Element:
    """Give an emulated guest 8 KiB less than libvirt says.

    QEMU before 9.0 looks for changed memory 64 pages at a time and then forgets to make the
    emulated CPU report its next writes to them, so a live migration can lose a write and the guest
    panics later. It does not do so where the memory is no multiple of 64 pages, and libvirt can
    only be told whole MiB: hence memory of our own instead of the one libvirt asks QEMU for.
    """
    size = (config.max_memory << 10) - 8
    command_line = etree.Element(f"{{{_QEMU}}}commandline", {}, {"qemu": _QEMU})
    for argument in (
        "-object",
        f"memory-backend-ram,id=millpond.ram,size={size << 10}",
        "-machine",
        "memory-backend=millpond.ram",
        "-m",
        f"{size}k",
    ):
        etree.SubElement(command_line, f"{{{_QEMU}}}arg").set("value", argument)
    return command_line


def _vcpus(config: VmConfig) -> etree._Element:
    """All but the first are hot-pluggable, so that they can be taken away again too."""
    vcpus = E.vcpus()
    for number in range(config.max_vcpus):
        enabled = number < config.vcpus
        vcpu = E.vcpu(
            id=str(number),
            enabled="yes" if enabled else "no",
            hotpluggable="yes" if number else "no",
        )
        if enabled:
            vcpu.set("order", str(number + 1))
        vcpus.append(vcpu)
    return vcpus


def _cputune(config: VmConfig, cgroup: Cgroup) -> list[etree._Element]:
    if cgroup is Cgroup.NONE:
        return []
    tune = E.cputune(E.shares(str(cpu_shares(config.cpu_weight, cgroup))))
    if config.cpu_cap:
        tune.append(E.period(str(QUOTA_PERIOD)))
        tune.append(E.quota(str(vcpu_quota(config))))
    return [tune]


def _blkiotune(config: VmConfig, host: Host) -> list[etree._Element]:
    """A group of its own has the kernel's weight anyway."""
    if not host.weighs_io or config.io_weight == DEFAULT_IO_WEIGHT:
        return []
    return [E.blkiotune(E.weight(str(config.io_weight)))]


def _features(config: VmConfig, *, tcg: bool) -> etree._Element:
    features = E.features(E.acpi(), E.apic())
    if tcg and config.max_memory <= SMALL_GUEST:
        features.append(E.tcg(element("tb-cache", str(_SMALL_TB_CACHE), unit="MiB")))
    return features


def _cpu(*, tcg: bool) -> etree._Element:
    if tcg:
        return E.cpu(
            E.model("qemu64", fallback="forbid"), mode="custom", match="exact", check="none"
        )
    return E.cpu(mode="host-model", check="partial")


def _devices(meta: Metadata, host: Host) -> etree._Element:
    config = meta.config
    boot = _boot_order(config)
    return E.devices(
        *(disk_xml(d, meta.directory, host, boot.get(d.target)) for d in config.disks),
        _lease(meta),
        *_controllers(config),
        *(interface_xml(v, boot.get(v.mac)) for v in config.vifs),
        E.serial(E.target(port="0"), E.log(file=serial_log(config.id), append="off"), type="pty"),
        E.channel(E.target(type="virtio", name=AGENT_CHANNEL), type="unix"),
        E.graphics(E.listen(type="socket"), type="vnc", keymap=config.keyboard.value),
        E.video(E.model(type="vga", vram="16384")),
        E.memballoon(E.stats(period="10"), model="virtio"),
        E.rng(E.backend("/dev/urandom", model="random"), model="virtio"),
    )


def _lease(meta: Metadata) -> etree._Element:
    """What libvirt's lock driver takes before the guest runs (lock_driver_sanlock.c)."""
    lease = meta.lease
    return E.lease(
        E.lockspace(lease.lockspace),
        E.key(lease.name),
        E.target(path=lease.path, offset=str(lease.offset)),
    )


def _controllers(config: VmConfig) -> list[etree._Element]:
    """No USB (its polling costs an emulated guest dearly); PCIe ports to plug devices into, besides
    those that libvirt will fill with the devices the guest has from the start."""
    scsi = any(d.target.startswith("sd") for d in config.disks)
    ports = _ALWAYS_ON_PCIE + scsi + sum(_on_virtio(d) for d in config.disks) + SPARE_PORTS
    ports += sum(v.model is VifModel.VIRTIO for v in config.vifs)
    found = [E.controller(type="usb", model="none"), E.controller(type="pci", model="pcie-root")]
    found += [E.controller(type="pci", model="pcie-root-port") for _ in range(ports)]
    if scsi:
        found.append(scsi_controller_xml())
    return found


def _is_cdrom(disk: Disk) -> bool:
    return disk.cdrom or is_seed(disk)


def _boot_order(config: VmConfig) -> dict[str, int]:
    """Disk targets and VIF MACs in the order the firmware shall try them, from 1."""
    candidates = {
        BootDevice.DISK: [d.target for d in config.disks if not _is_cdrom(d)],
        BootDevice.CDROM: [d.target for d in config.disks if _is_cdrom(d)],
        BootDevice.NETWORK: [v.mac for v in config.vifs],
    }
    order = [key for kind in config.boot for key in candidates[kind]]
    return {key: number for number, key in enumerate(order, start=1)}


def _on_virtio(disk: Disk) -> bool:
    return device_name(disk.target).startswith("vd")


def disk_xml(disk: Disk, directory: str, host: Host, boot: int | None = None) -> etree._Element:
    """One disk, also as ``virDomainAttachDevice`` wants it."""
    images = chain(directory, disk)
    path, block = images.top, disk.source.startswith("phy:")
    lun = host.lun(path) if block else None
    bus = "virtio" if _on_virtio(disk) else "scsi" if disk.target.startswith("sd") else "sata"
    made = E.disk(
        _disk_driver(disk, not _is_cdrom(disk) and (disk.sharable or host.direct(path)))
        if lun is None
        else _lun_driver(),
        E.target(dev=device_name(disk.target), bus=bus),
        type="network" if lun else "block" if block else "file",
        device="cdrom" if _is_cdrom(disk) else "disk",
    )
    if lun is not None:
        made.insert(1, _lun_source(lun))
    elif not disk.empty:
        made.insert(1, E.source(dev=path) if block else E.source(file=path))
        made.insert(2, backing_xml(images))
    if disk.readonly:
        made.append(E.readonly())
    if disk.sharable:
        made.append(E.shareable())
    limits = io_limits(disk)
    if any(limits.values()):
        made.append(E.iotune(*(element(k, str(v)) for k, v in limits.items() if v)))
    if boot:
        made.append(E.boot(order=str(boot)))
    return made


def backing_xml(images: Chain) -> etree._Element:
    """All that lies beneath a disk, down to the empty element that says that there is no more: so
    libvirt opens what the record names, in the formats it names, and looks into no image for that."""
    found = E.backingStore()
    for image in reversed(images.backing):
        found = E.backingStore(
            E.format(type=image.format.value), E.source(file=image.path), found, type="file"
        )
    return found


def io_limits(disk: Disk) -> dict[str, int]:
    """For ``<iotune>``, and under the same names for virDomainSetBlockIoTune; 0 is no limit."""
    return {
        "total_bytes_sec": (disk.rate_limit or 0) << 10,
        "total_iops_sec": disk.iops_limit or 0,
    }


def scsi_controller_xml() -> etree._Element:
    """What sd disks hang on, also as ``virDomainAttachDevice`` wants it."""
    return E.controller(type="scsi", index="0", model="virtio-scsi")


def _disk_driver(disk: Disk, direct: bool) -> etree._Element:
    """``cache=none`` is the safe mode for a disk that two servers open in turn: neither keeps
    pages the other would not see, and libvirt accepts it for live migration. A file system without
    O_DIRECT leaves write-back: QEMU flushes when it hands a disk over and drops its pages when it
    takes one over, and a guest's own flushes are obeyed either way. A disk that two servers have open
    at once can only do without a page cache. A drive cannot change its mode with its CD, which nobody
    writes to."""
    driver = E.driver(name="qemu", type=disk.format.value, discard="unmap")
    driver.set("cache", "none" if direct else "writeback")
    if direct:
        driver.set("io", "native")
    return driver


def _lun_driver() -> etree._Element:
    """Nothing of it is kept here: two servers have it open while its guest migrates."""
    return E.driver(name="qemu", type="raw", discard="unmap", cache="none")


def _lun_source(lun: PoolLun) -> etree._Element:
    """The same on every server, for the relay of each knows the server's own name and the array's ports."""
    relay = E.host(name="127.0.0.1", port=str(RELAY_PORT))
    return E.source(relay, protocol="iscsi", name=f"{target_name(lun.uid)}/{lun.hlu}")


def interface_xml(vif: Vif, boot: int | None = None) -> etree._Element:
    """One VIF, also as ``virDomainAttachDevice`` wants it. Its boot ROM is left out unless it is to
    boot from: running it would only delay the guest."""
    made = E.interface(
        E.mac(address=vif.mac),
        E.source(bridge=vif.bridge),
        E.model(type=vif.model.value),
        type="bridge",
    )
    if vif.rate_limit is not None:
        average = str(vif.rate_limit)
        made.append(E.bandwidth(E.inbound(average=average), E.outbound(average=average)))
    made.append(E.boot(order=str(boot)) if boot else E.rom(enabled="no"))
    return made


def update_saved(saved: str, meta: Metadata) -> str:
    """The XML a saved guest is restored with: its devices are what its memory expects, so only
    what the guest cannot see is taken from ``meta``: paths, lease, bridges and the metadata itself."""
    domain = etree.fromstring(saved)
    old, devices = find(domain), domain.find("devices")
    parent = None if old is None else old.getparent()
    if old is None or parent is None or devices is None:
        raise ValueError("the saved memory is not of a Millpond VM")
    parent.replace(old, meta.element())
    for disk in meta.config.disks:
        name = device_name(disk.target)
        for drive in domain.iterfind(f"devices/disk/target[@dev='{name}']/.."):
            _exchange(drive, disk, chain(meta.directory, disk))
    for lease in devices.findall("lease"):
        devices.remove(lease)
    devices.append(_lease(meta))
    for vif in meta.config.vifs:
        for source in domain.iterfind(f"devices/interface/mac[@address='{vif.mac}']/../source"):
            source.set("bridge", vif.bridge)
    return text(domain)


def _exchange(drive: etree._Element, disk: Disk, images: Chain) -> None:
    """Put other files into a drive that a saved guest knows."""
    driver, source = drive.find("driver"), drive.find("source")
    if driver is None or source is None:  # an empty CD drive
        return
    if drive.get("type") == "network":  # a LUN has the same name everywhere
        return
    driver.set("type", disk.format.value)
    source.set("dev" if disk.source.startswith("phy:") else "file", images.top)
    for outdated in drive.findall("backingStore"):
        drive.remove(outdated)
    source.addnext(backing_xml(images))
