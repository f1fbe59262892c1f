"""Changing a guest while it runs: as near to the wanted configuration as its hardware lets it.

Every decision is made from the live domain XML, so that repeating after a crash repeats nothing.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial

import libvirt
from lxml import etree

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import (
    QUOTA_PERIOD,
    Cgroup,
    Host,
    cpu_shares,
    interface_xml,
    vcpu_quota,
)
from millpond.adapters.libvirt.errors import is_gone, words
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.libvirt.xml import text
from millpond.domain.errors import Refused
from millpond.domain.vm import RECORD_FIELDS, GuestSpec, Vif, VmConfig

UNPLUG_TIMEOUT = 8.0
"""Seconds a guest gets to let go of a device; one without a driver for it never does."""
_LIVE = libvirt.VIR_DOMAIN_AFFECT_LIVE
_log = logging.getLogger(__name__)


async def apply(connection: Connection, spec: GuestSpec, host: Host, bell: asyncio.Event) -> None:
    """Raises ``Refused(vm.state)`` if the guest does not run here under ``spec.run``."""
    wanted = spec.config
    active = (await _read(connection, spec)).config
    same = {field: getattr(wanted, field) for field in RECORD_FIELDS}
    active = active.model_copy(update=same)
    for change in (_memory, _vcpus, _scheduler(host.cgroup), _io_weight(host)):
        active = await connection.call("apply", _with_domain(spec, change, active, wanted))
    await _unplug(connection, spec, bell)
    active = await connection.call("apply", _with_domain(spec, _vifs, active, wanted))

    def remember(link: libvirt.virConnect) -> None:
        domain, meta = domain_of(link, spec)
        if meta.config != active:
            view.set_metadata(domain, replace(meta, config=active))

    await connection.call("apply", remember)


Change = Callable[[libvirt.virDomain, VmConfig, VmConfig], VmConfig]
"""(domain, active, wanted) -> what is active now."""


def _with_domain(
    spec: GuestSpec, change: Change, active: VmConfig, wanted: VmConfig
) -> Callable[[libvirt.virConnect], VmConfig]:
    return lambda link: change(domain_of(link, spec)[0], active, wanted)


def domain_of(link: libvirt.virConnect, spec: GuestSpec) -> tuple[libvirt.virDomain, Metadata]:
    domain = view.lookup(link, spec.config.id)
    meta = view.metadata(domain) if domain is not None else None
    if domain is None or meta is None or meta.run != spec.run:
        raise Refused(
            "vm.state",
            f"vm {spec.config.name}",
            "this run of it is not on this server",
            "see where it is: millpond vm list",
        )
    return domain, meta


async def _read(connection: Connection, spec: GuestSpec) -> Metadata:
    return await connection.read("apply", lambda link: domain_of(link, spec)[1])


def done(what: str, action: Callable[[], object]) -> bool:
    """Whether it was done hot; what hypervisor or guest will not do waits for the next start."""
    try:
        action()
    except libvirt.libvirtError as error:
        if is_gone(error):
            raise
        _log.info("%s stays pending: %s", what, words(error))
        return False
    return True


def _memory(domain: libvirt.virDomain, active: VmConfig, wanted: VmConfig) -> VmConfig:
    if wanted.memory == active.memory or wanted.memory > active.max_memory:
        return active
    if not done("memory", lambda: domain.setMemoryFlags(wanted.memory * 1024, _LIVE)):
        return active
    return active.model_copy(update={"memory": wanted.memory})


def _vcpus(domain: libvirt.virDomain, active: VmConfig, wanted: VmConfig) -> VmConfig:
    """Taking a vCPU away needs the guest's consent, and may be half done when it withholds it."""
    count = domain.vcpusFlags(_LIVE)
    if wanted.vcpus != count and wanted.vcpus <= active.max_vcpus:
        done("vcpus", lambda: domain.setVcpusFlags(wanted.vcpus, _LIVE))
        count = domain.vcpusFlags(_LIVE)
    return active.model_copy(update={"vcpus": count})


def _scheduler(cgroup: Cgroup) -> Change:
    def change(domain: libvirt.virDomain, active: VmConfig, wanted: VmConfig) -> VmConfig:
        aimed = active.model_copy(
            update={"cpu_weight": wanted.cpu_weight, "cpu_cap": wanted.cpu_cap}
        )
        if cgroup is Cgroup.NONE:
            return aimed  # no restart would bring more than this server can do
        values = {
            "cpu_shares": cpu_shares(aimed.cpu_weight, cgroup),
            "vcpu_period": QUOTA_PERIOD,
            "vcpu_quota": vcpu_quota(aimed),
        }
        set_values = partial(domain.setSchedulerParametersFlags, values, _LIVE)
        return aimed if done("cpu weight and cap", set_values) else active

    return change


def _io_weight(host: Host) -> Change:
    """Where it cannot be set it stays pending: what is in force is what people want to know."""

    def change(domain: libvirt.virDomain, active: VmConfig, wanted: VmConfig) -> VmConfig:
        if not host.weighs_io or wanted.io_weight == active.io_weight:
            return active
        values = {libvirt.VIR_DOMAIN_BLKIO_WEIGHT: wanted.io_weight}
        if not done("I/O weight", lambda: domain.setBlkioParameters(values, _LIVE)):
            return active
        return active.model_copy(update={"io_weight": wanted.io_weight})

    return change


def _interfaces(domain: libvirt.virDomain) -> dict[str, etree._Element]:
    """The live VIFs by MAC."""
    found = etree.fromstring(domain.XMLDesc()).iterfind("devices/interface")
    return {mac.get("address", ""): i for i in found if (mac := i.find("mac")) is not None}


async def _unplug(connection: Connection, spec: GuestSpec, bell: asyncio.Event) -> None:
    wanted = {v.mac for v in spec.config.vifs}

    def unwanted(domain: libvirt.virDomain) -> dict[str, etree._Element]:
        return {mac: vif for mac, vif in _interfaces(domain).items() if mac not in wanted}

    await unplug(connection, spec, bell, unwanted)


Devices = Callable[[libvirt.virDomain], dict[str, etree._Element]]
"""Some of a domain's live devices, by their names."""


async def unplug(
    connection: Connection, spec: GuestSpec, bell: asyncio.Event, unwanted: Devices
) -> None:
    """Ask for all unwanted devices at once, then wait until the guest has let go of them."""

    def ask(link: libvirt.virConnect) -> None:
        domain, _ = domain_of(link, spec)
        for name, device in unwanted(domain).items():
            done(f"removal of {name}", partial(domain.detachDeviceFlags, text(device), _LIVE))

    def left(link: libvirt.virConnect) -> bool:
        return bool(unwanted(domain_of(link, spec)[0]))

    if not await connection.call("apply", left):
        return
    bell.clear()
    await connection.call("apply", ask)
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(UNPLUG_TIMEOUT):
            while await connection.call("apply", left):
                await bell.wait()
                bell.clear()


def _vifs(domain: libvirt.virDomain, active: VmConfig, wanted: VmConfig) -> VmConfig:
    """Re-plug and limit what is there, plug in what is not."""
    live, before = _interfaces(domain), {v.mac: v for v in active.vifs}
    now = [before[mac] for mac in before if mac in live and mac not in {v.mac for v in wanted.vifs}]
    for vif in wanted.vifs:
        there = live.get(vif.mac)
        if there is None:
            done = _plug(domain, vif)
        elif vif == before.get(vif.mac):
            done = vif
        else:
            done = _replug(domain, there, before.get(vif.mac, vif), vif)
        if done is not None:
            now.append(done)
    order = {v.mac: n for n, v in enumerate(wanted.vifs)}
    now.sort(key=lambda v: order.get(v.mac, len(order)))
    return active.model_copy(update={"vifs": tuple(now)})


def _plug(domain: libvirt.virDomain, vif: Vif) -> Vif | None:
    attach = partial(domain.attachDeviceFlags, text(interface_xml(vif)), _LIVE)
    return vif if done(f"VIF {vif.mac}", attach) else None


def _replug(domain: libvirt.virDomain, live: etree._Element, old: Vif, new: Vif) -> Vif:
    """Another bridge or rate limit; the model is the guest's hardware and stays. Built on the live
    element, since libvirt wants to see everything else unchanged."""
    aimed = new.model_copy(update={"model": old.model})
    for outdated in live.findall("bandwidth"):
        live.remove(outdated)
    fresh = interface_xml(aimed)
    source, bandwidth = live.find("source"), fresh.find("bandwidth")
    if source is not None:
        source.set("bridge", aimed.bridge)
    # An empty element lifts a limit; a missing one would leave it as it is.
    live.append(bandwidth if bandwidth is not None else etree.Element("bandwidth"))
    update = partial(domain.updateDeviceFlags, text(live), _LIVE)
    return aimed if done(f"change of VIF {new.mac}", update) else old
