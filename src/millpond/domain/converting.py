"""From another product's VM to one of ours, and from ours to what other products can be told."""

import re
from collections.abc import Mapping
from string import ascii_lowercase
from typing import NamedTuple

from pydantic import Field, ValidationError

from millpond.domain.chain import chain
from millpond.domain.cloud_init import is_seed, without_seed
from millpond.domain.errors import Refused
from millpond.domain.foreign import Bus, Firmware, ForeignDisk, ForeignNic, ForeignVm
from millpond.domain.image import ImageFormat
from millpond.domain.layout import disk_path
from millpond.domain.names import NAME_PATTERN, InterfaceName, Name, new_mac
from millpond.domain.vm import (
    DRIVES,
    BootDevice,
    Disk,
    DiskFormat,
    Model,
    Vif,
    VifModel,
    VmConfig,
    device_name,
)

_PREFIX = {Bus.VIRTIO: "vd", Bus.SCSI: "sd", Bus.IDE: "hd", Bus.SATA: "hd", Bus.NVME: "vd"}
_BUS = {"vd": Bus.VIRTIO, "xv": Bus.VIRTIO, "sd": Bus.SCSI, "hd": Bus.IDE}
_SECTOR = 512
_TEXT_MAX = 4096
_WEIGHT_MAX = 10_000


class Wishes(Model):
    """How the imported VM shall differ from its description."""

    name: Name | None = Field(default=None, description="Its name; from the description without")
    bridges: dict[str, InterfaceName] = Field(
        default={}, max_length=64, description="For each network of the description, a bridge"
    )
    new_macs: bool = Field(default=False, description="Fresh MAC addresses instead of those given")
    format: DiskFormat = Field(default=DiskFormat.QCOW2, description="Of the imported disks")
    virtio: bool = Field(default=False, description="Its guest will have drivers for that")

    def bus(self, drive: ForeignDisk) -> Bus:
        """What the drive hangs on here. A CD needs no driver."""
        return Bus.VIRTIO if self.virtio and not drive.cdrom else drive.bus


class ImportedDisk(NamedTuple):
    """A drive of the description and the disk it becomes."""

    foreign: ForeignDisk
    disk: Disk


class Converted(NamedTuple):
    """``notes`` has a sentence for each thing that is other than the description says."""

    config: VmConfig
    disks: tuple[ImportedDisk, ...]
    notes: tuple[str, ...]


def to_config(vm: ForeignVm, id_: str, wishes: Wishes, bridges: frozenset[str]) -> Converted:
    """The VM as it would be here, in a pool with these ``bridges``. Raises ``Refused``:
    ``import.network`` for a network without a bridge, ``import.invalid`` for what no VM can be."""
    notes = list(vm.unsaid)
    disks = _disks(vm, wishes, notes)
    fields = {
        "id": id_,
        "name": wishes.name or foreign_name(vm.name, notes),
        "memory": vm.memory,
        "max_memory": max(vm.memory, vm.max_memory or 0),
        "vcpus": vm.vcpus,
        "max_vcpus": max(vm.vcpus, vm.max_vcpus or 0),
        "boot": vm.boot or (BootDevice.DISK,),
        "disks": [d.disk for d in disks],
        "vifs": [_vif(nic, wishes, bridges, notes) for nic in vm.nics],
        "description": _description(vm.description, notes),
        "cpu_weight": _weight(vm.cpu_weight, notes),
        "cpu_cap": vm.cpu_cap,
        "keyboard": vm.keyboard,
        "ha": vm.ha,
    }
    if vm.firmware is Firmware.UEFI:
        notes.append(
            "firmware: it boots by UEFI, and guests here have a BIOS: it will only start if its disk"
            " has a boot loader for that too"
        )
    config = _valid(vm.name, {k: v for k, v in fields.items() if v is not None})
    return Converted(config, disks, tuple(notes))


def from_config(config: VmConfig, directory: str = "") -> ForeignVm:
    """What of a VM, whose own files lie in ``directory``, other products have a word for; ``unsaid`` names what only Millpond has."""
    unsaid = []
    if config.tags:
        unsaid.append(f"tags: {', '.join(config.tags)}: no other product has them")
    if config.preferred_servers:
        unsaid.append(
            f"preferred_servers: {', '.join(config.preferred_servers)}: servers of this pool"
        )
    if config.restart_priority != VmConfig.model_fields["restart_priority"].default:
        unsaid.append(f"restart_priority: {config.restart_priority}: it belongs to this pool's HA")
    if config.io_weight != VmConfig.model_fields["io_weight"].default:
        unsaid.append(f"io_weight: {config.io_weight}: it weighs the VMs of one server")
    if any(is_seed(d) for d in config.disks):
        unsaid.append("disks: the CD with its cloud-init data, which may hold secrets, stays here")
    unsaid += [
        f"disks: {d.target}: the limits of its input and output"
        for d in config.disks
        if d.iops_limit or d.rate_limit
    ]
    unsaid += [f"disks: the empty CD drive {d.target} is left out" for d in config.disks if d.empty]
    return ForeignVm(
        name=config.name,
        memory=config.memory,
        max_memory=config.max_memory,
        vcpus=config.vcpus,
        max_vcpus=config.max_vcpus,
        cpu_weight=config.cpu_weight,
        cpu_cap=config.cpu_cap,
        boot=config.boot,
        disks=tuple(_foreign(d, directory) for d in without_seed(config.disks) if not d.empty),
        nics=tuple(
            ForeignNic(mac=v.mac, network=v.bridge, model=v.model.value, rate_limit=v.rate_limit)
            for v in config.vifs
        ),
        keyboard=config.keyboard,
        description=config.description,
        ha=config.ha,
        unsaid=tuple(unsaid),
    )


def _foreign(disk: Disk, directory: str) -> ForeignDisk:
    kind, _, rest = disk.source.partition(":")
    return ForeignDisk(
        file=disk_path(directory, disk.source) if kind in ("iso", "shared") else rest,
        block=kind == "phy",
        format=ImageFormat(disk.format.value),
        capacity=disk.size,
        bus=_BUS[disk.target[:2]],
        target=disk.target,
        cdrom=disk.cdrom,
        readonly=disk.readonly,
        shared=disk.sharable,
        backing=chain(directory, disk).backing if directory else (),
    )


def _valid(name: str, fields: Mapping[str, object]) -> VmConfig:
    try:
        return VmConfig.model_validate(fields)
    except ValidationError as error:
        raise _invalid(f"vm {name[:63]}", error) from error


def _invalid(subject: str, error: ValidationError) -> Refused:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    return Refused(
        "import.invalid",
        subject,
        f"{where}: {message}" if where else message,
        "correct the description and repeat the import",
    )


def foreign_name(said: str, notes: list[str]) -> str:
    """A name of ours for what is called ``said`` elsewhere; a note if it is another one."""
    name = re.sub(r"[^A-Za-z0-9_.-]+", "-", said).strip("-._")[:63] or "imported"
    if not re.match(NAME_PATTERN, name) or name != said:
        notes.append(f"name: {said!r} is no name here, so it becomes {name}")
    return name


def _description(said: str, notes: list[str]) -> str:
    kept = "".join(c for c in said if c in "\t\n" or (ord(c) >= 32 and c not in "\x7f\ufffe\uffff"))
    if len(kept) > _TEXT_MAX:
        notes.append(f"description: only its first {_TEXT_MAX} characters are kept")
    return kept[:_TEXT_MAX]


def _weight(said: int | None, notes: list[str]) -> int | None:
    """Oracle VM 3 goes up to 65535, and gives 27500 to those that nobody thought about."""
    if said is None or said <= _WEIGHT_MAX:
        return said
    notes.append(f"cpu_weight: {said} is more than there is here, so it becomes {_WEIGHT_MAX}")
    return _WEIGHT_MAX


def _vif(nic: ForeignNic, wishes: Wishes, bridges: frozenset[str], notes: list[str]) -> Vif:
    bridge = wishes.bridges.get(nic.network, nic.network)
    if bridge not in bridges:
        there = ", ".join(sorted(bridges)) or "none"
        raise Refused(
            "import.network",
            f"network {nic.network!r}",
            f"no bridge is named for it, and the pool has these: {there}",
            "name one of them for it, as in --network 'VM Network=xenbr0'",
        )
    mac = None if wishes.new_macs else nic.mac
    which = mac or "with a new MAC address"
    model = VifModel.VIRTIO if wishes.virtio else _model(nic, which, notes)
    return Vif(mac=mac or new_mac(), bridge=bridge, model=model, rate_limit=nic.rate_limit)


def _model(nic: ForeignNic, which: str, notes: list[str]) -> VifModel:
    said = nic.model.lower().split()
    if not said or "virtio" in said or "netfront" in said:
        return VifModel.VIRTIO
    for model in (VifModel.E1000, VifModel.RTL8139):
        if model.value in said:
            return model
    notes.append(
        f"vif {which}: there is no network card {nic.model!r} here, so it becomes an e1000"
    )
    return VifModel.E1000


def _disks(vm: ForeignVm, wishes: Wishes, notes: list[str]) -> tuple[ImportedDisk, ...]:
    """Targets that the description gives are kept first, as far as the limits allow, and a disk stays on what
    it hung on."""
    found: dict[int, str] = {}
    media = {n: d for n, d in enumerate(vm.disks) if not _is_empty(d, notes)}
    for number, drive in media.items():
        target = drive.target if wishes.bus(drive) is drive.bus else None
        if target and _is_free(target, found) and target[-1] in _letters(target[:-1]):
            found[number] = target
    for number, drive in media.items():
        if number not in found:
            found[number] = _target(drive, wishes.bus(drive), found, notes)
    return tuple(_imported(d, found[n], wishes, notes) for n, d in media.items())


def _is_empty(drive: ForeignDisk, notes: list[str]) -> bool:
    """A drive without a medium. A disk without a file, but with a capacity, is a new one."""
    if drive.file or (drive.capacity and not drive.cdrom):
        return False
    what = "CD-ROM drive" if drive.cdrom else f"{drive.bus} drive"
    notes.append(f"disks: an empty {what} is left out")
    return True


def _is_free(target: str, taken: Mapping[int, str]) -> bool:
    return device_name(target) not in {device_name(t) for t in taken.values()}


def _letters(prefix: str) -> str:
    return ascii_lowercase[: DRIVES.get(prefix)]


def _target(drive: ForeignDisk, bus: Bus, taken: Mapping[int, str], notes: list[str]) -> str:
    prefix = "hd" if drive.cdrom else _PREFIX[bus]
    free = [prefix + c for c in _letters(prefix) if _is_free(prefix + c, taken)]
    if not free:
        notes.append(
            f"disk {drive.file}: a guest has {DRIVES.get(prefix, 26)} drives {prefix}X at most, so it"
            " becomes a virtio disk, for which the guest needs a driver"
        )
        free = ["vd" + c for c in ascii_lowercase if _is_free("vd" + c, taken)]
    if free:
        return free[0]
    raise Refused(
        "import.invalid",
        f"disk {drive.file[:200]}",
        "the VM has more drives than there are letters",
        "leave some of them out of the description",
    )


def _imported(drive: ForeignDisk, target: str, wishes: Wishes, notes: list[str]) -> ImportedDisk:
    if drive.capacity is None:
        raise Refused(
            "import.invalid",
            f"disk {drive.file[:200]}",
            "neither the description nor an image says how large it is",
            "put the disk's image beside the description",
        )
    sharable = drive.shared and drive.block
    if drive.shared and not sharable:
        notes.append(f"disk {target}: other VMs write to it too there; here it is this VM's alone")
    if wishes.bus(drive) is Bus.NVME:
        notes.append(f"disk {target}: it was an NVMe disk; the guest needs a virtio driver for it")
    if drive.bus is Bus.SCSI and target.startswith("sd") and drive.target is None:
        notes.append(
            f"disk {target}: its SCSI adapter is virtio-scsi here; the guest needs a driver for it"
        )
    image = DiskFormat.RAW if drive.block or drive.cdrom else wishes.format
    source = f"phy:{drive.file}" if drive.block else f"file:{target}.{image.value}"
    fields = {
        "target": target,
        "source": source,
        "format": image,
        "size": -(-drive.capacity // _SECTOR) * _SECTOR,
        "readonly": drive.readonly or drive.cdrom,
        "sharable": sharable,
    }
    try:
        return ImportedDisk(drive, Disk.model_validate(fields))
    except ValidationError as error:
        raise _invalid(f"disk {drive.file[:200]}", error) from error
