"""Disks plugged, unplugged and changed while their guest runs, and CDs changed in their drives."""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import libvirt
from lxml import etree

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import (
    Host,
    disk_xml,
    io_limits,
    scsi_controller_xml,
)
from millpond.adapters.libvirt.hot import domain_of, done, unplug
from millpond.adapters.libvirt.xml import text
from millpond.domain.hot_disks import disk_changes, in_order
from millpond.domain.vm import Disk, GuestSpec, device_name

_LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE
_OF_A_MEDIUM = ("source", "backingStore")


async def apply(connection: Connection, spec: GuestSpec, host: Host, bell: asyncio.Event) -> None:
    """What the guest will not let go of, or the hypervisor refuses, waits for the next start. Raises
    ``Refused(vm.state)`` if the guest does not run here under ``spec.run``."""
    active = await connection.read("apply", lambda link: _active(link, spec))
    changes = disk_changes(active, spec.config.disks)
    unwanted = {device_name(d.target) for d in changes.unplugged}

    def leaving(domain: libvirt.virDomain) -> dict[str, etree._Element]:
        return {name: found for name, found in live(domain).items() if name in unwanted}

    await unplug(connection, spec, bell, leaving)

    def work(link: libvirt.virConnect) -> None:
        domain, meta = domain_of(link, spec)
        names = live(domain)
        now = {d.target: d for d in meta.config.disks if device_name(d.target) in names}
        for disk in changes.plugged:
            if disk.target not in now and _plug(domain, disk, spec.directory, host):
                now[disk.target] = disk
        for old, new in changes.changed:
            found = names.get(device_name(old.target))
            if found is not None:
                now[old.target] = _change(domain, found, old, new, spec.directory, host)
        disks = in_order(now, spec.config.disks)
        if disks != meta.config.disks:
            config = meta.config.model_copy(update={"disks": disks})
            view.set_metadata(domain, replace(meta, config=config))

    await connection.call("apply", work)


def _active(link: libvirt.virConnect, spec: GuestSpec) -> tuple[Disk, ...]:
    """The disks of the metadata that the guest has in fact: it may have let go of one late."""
    domain, meta = domain_of(link, spec)
    names = live(domain)
    return tuple(d for d in meta.config.disks if device_name(d.target) in names)


def live(domain: libvirt.virDomain) -> dict[str, etree._Element]:
    """A domain's live disks, by libvirt's names."""
    found = etree.fromstring(domain.XMLDesc()).iterfind("devices/disk")
    return {t.get("dev", ""): d for d in found if (t := d.find("target")) is not None}


def _plug(domain: libvirt.virDomain, disk: Disk, directory: str, host: Host) -> bool:
    """A first SCSI disk brings its controller along: libvirt would make one of another model."""
    scsi = disk.target.startswith("sd")
    if scsi and etree.fromstring(domain.XMLDesc()).find("devices/controller[@type='scsi']") is None:
        controller = partial(domain.attachDeviceFlags, text(scsi_controller_xml()), _LIVE)
        if not done("SCSI controller", controller):
            return False
    attach = partial(domain.attachDeviceFlags, text(disk_xml(disk, directory, host)), _LIVE)
    return done(f"disk {disk.target}", attach)


def _change(
    domain: libvirt.virDomain,
    found: etree._Element,
    old: Disk,
    new: Disk,
    directory: str,
    host: Host,
) -> Disk:
    """The disk as it is now. Each change is one of its own, and may be left for the next start."""
    changed = old
    if old.cdrom:
        exchange = partial(_exchange, domain, found, disk_xml(new, directory, host))
        return new if done(f"CD in {old.target}", exchange) else old
    for fields, action in _ACTIONS:
        values = {field: getattr(new, field) for field in fields}
        aimed = changed.model_copy(update=values)
        work = partial(action, domain, device_name(old.target), new)
        if aimed != changed and done(f"{fields[0]} of {old.target}", work):
            changed = aimed
    return changed


def _exchange(domain: libvirt.virDomain, found: etree._Element, fresh: etree._Element) -> None:
    """Built on the live element, since libvirt wants to see everything else unchanged. A guest that
    has locked the tray keeps its CD."""
    for name in _OF_A_MEDIUM:
        for outdated in found.findall(name):
            found.remove(outdated)
    found.extend([part for part in fresh if part.tag in _OF_A_MEDIUM])
    found.set("type", fresh.get("type", "file"))
    domain.updateDeviceFlags(text(found), _LIVE)


def _resize(domain: libvirt.virDomain, name: str, disk: Disk) -> None:
    """The image, by the QEMU that has it open, and what the guest sees of it."""
    domain.blockResize(name, disk.size, libvirt.VIR_DOMAIN_BLOCK_RESIZE_BYTES)


def _limit(domain: libvirt.virDomain, name: str, disk: Disk) -> None:
    domain.setBlockIoTune(name, io_limits(disk), _LIVE)


_ACTIONS: tuple[tuple[tuple[str, ...], Callable[[libvirt.virDomain, str, Disk], None]], ...] = (
    (("size",), _resize),
    (("iops_limit", "rate_limit"), _limit),
)
