"""A VM as domain XML that any libvirt can define: without our leases, sockets and paths."""

from lxml import etree

from millpond.adapters.formats.libvirt_xml import PERIOD, V1_SHARES, cap_of
from millpond.domain.foreign import Bus, Firmware, ForeignDisk, ForeignNic, ForeignVm, Written
from millpond.domain.vm import BootDevice

_MIN_QUOTA = 1000
"""Microseconds: the least libvirt takes."""
_DEVICE = {BootDevice.DISK: "hd", BootDevice.CDROM: "cdrom", BootDevice.NETWORK: "network"}


def write(vm: ForeignVm, directory: str) -> Written:
    """The definition of a VM whose files lie in ``directory``."""
    lost = list(vm.unsaid)
    if vm.ha:
        lost.append("ha: domain XML has no word for it")
    domain = etree.Element("domain", type="kvm")
    _add(domain, "name", vm.name)
    if vm.description:
        _add(domain, "description", vm.description)
    _add(domain, "memory", str(vm.max_memory or vm.memory), unit="MiB")
    _add(domain, "currentMemory", str(vm.memory), unit="MiB")
    most = vm.max_vcpus or vm.vcpus
    _add(domain, "vcpu", str(most), placement="static", current=str(vm.vcpus))
    _cputune(domain, vm, lost)
    os_ = _add(domain, "os")
    if vm.firmware is Firmware.UEFI:
        os_.set("firmware", "efi")
    _add(os_, "type", "hvm", arch="x86_64", machine="q35")
    for device in vm.boot:
        _add(os_, "boot", dev=_DEVICE[device])
    features = _add(domain, "features")
    _add(features, "acpi")
    _add(features, "apic")
    _add(domain, "cpu", mode="host-model")
    for event, action in (("poweroff", "destroy"), ("reboot", "restart"), ("crash", "destroy")):
        _add(domain, f"on_{event}", action)
    _devices(domain, vm, directory)
    etree.indent(domain)
    return Written(etree.tostring(domain, encoding="unicode") + "\n", tuple(lost))


def _add(parent: etree._Element, tag: str, text: str = "", **attributes: str) -> etree._Element:
    made = etree.SubElement(parent, tag)
    for name, value in attributes.items():
        made.set(name, value)
    if text:
        made.text = text
    return made


def _cputune(domain: etree._Element, vm: ForeignVm, lost: list[str]) -> None:
    """``shares`` as cgroup v2 counts them. The cap is for the whole guest, ``quota`` for each vCPU."""
    if vm.cpu_weight is None and not vm.cpu_cap:
        return
    tune = _add(domain, "cputune")
    if vm.cpu_weight is not None:
        _add(tune, "shares", str(vm.cpu_weight))
        if vm.cpu_weight % V1_SHARES == 0:
            lost.append(f"cpu_weight: {vm.cpu_weight} shares are another weight with cgroup v1")
    if vm.cpu_cap:
        quota = max(_MIN_QUOTA, vm.cpu_cap * PERIOD // 100 // vm.vcpus)
        _add(tune, "period", str(PERIOD))
        _add(tune, "quota", str(quota))
        if cap_of(quota, PERIOD, vm.vcpus) != vm.cpu_cap:
            lost.append(f"cpu_cap: {vm.cpu_cap} percent are too little for {vm.vcpus} vCPUs")


def _devices(domain: etree._Element, vm: ForeignVm, directory: str) -> None:
    devices = _add(domain, "devices")
    for disk in vm.disks:
        _disk(devices, disk, directory)
    if any(d.bus is Bus.SCSI for d in vm.disks):
        _add(devices, "controller", type="scsi", index="0", model="virtio-scsi")
    for nic in vm.nics:
        _nic(devices, nic)
    _add(_add(devices, "serial", type="pty"), "target", port="0")
    graphics = _add(devices, "graphics", type="vnc", port="-1", autoport="yes")
    if vm.keyboard:
        graphics.set("keymap", vm.keyboard.value)
    _add(_add(devices, "video"), "model", type="vga")


def _disk(devices: etree._Element, disk: ForeignDisk, directory: str) -> None:
    made = _add(devices, "disk", type="block" if disk.block else "file")
    made.set("device", "cdrom" if disk.cdrom else "disk")
    _add(made, "driver", name="qemu", type=disk.format.driver if disk.format else "raw")
    path = disk.path(directory)
    _add(made, "source", **{"dev" if disk.block else "file": path})
    bus = "sata" if disk.bus is Bus.IDE else disk.bus.value
    _add(made, "target", dev=disk.target or "vda", bus=bus)
    if disk.readonly:
        _add(made, "readonly")
    if disk.shared:
        _add(made, "shareable")


def _nic(devices: etree._Element, nic: ForeignNic) -> None:
    made = _add(devices, "interface", type="bridge")
    if nic.mac:
        _add(made, "mac", address=nic.mac)
    _add(made, "source", bridge=nic.network)
    _add(made, "model", type=nic.model or "virtio")
    if nic.rate_limit:
        bandwidth = _add(made, "bandwidth")
        _add(bandwidth, "inbound", average=str(nic.rate_limit))
        _add(bandwidth, "outbound", average=str(nic.rate_limit))
