"""What libvirt knows of a domain, as a ``Guest``. Blocking: runs in the connection's threads."""

import time

import libvirt
from lxml import etree

from millpond.adapters.libvirt.errors import is_gone
from millpond.adapters.libvirt.metadata import NAMESPACE, PREFIX, Metadata, parse
from millpond.domain.vm import Coming, Guest, Power

_ON = frozenset(
    {
        libvirt.VIR_DOMAIN_RUNNING,
        libvirt.VIR_DOMAIN_BLOCKED,
        libvirt.VIR_DOMAIN_SHUTDOWN,  # on its way off, but still here
        libvirt.VIR_DOMAIN_PMSUSPENDED,
    }
)
_JOB_POLL = 0.25
_OFF = frozenset({libvirt.VIR_DOMAIN_NOSTATE, libvirt.VIR_DOMAIN_SHUTOFF})
_ELSEWHERE = frozenset({libvirt.VIR_DOMAIN_PAUSED_STARTING_UP, libvirt.VIR_DOMAIN_PAUSED_POSTCOPY})
"""Not a guest yet, or not any more: being started or restored here; running on the other side of a
post-copy migration."""


def _names(prefix: str) -> dict[int, str]:
    return {
        value: name.removeprefix(prefix).lower().replace("_", " ")
        for name, value in vars(libvirt).items()
        if name.startswith(prefix)
    }


_FOR_GOOD = frozenset(
    {
        libvirt.VIR_DOMAIN_PAUSED_UNKNOWN,
        libvirt.VIR_DOMAIN_PAUSED_USER,
        libvirt.VIR_DOMAIN_PAUSED_IOERROR,
        libvirt.VIR_DOMAIN_PAUSED_WATCHDOG,
        libvirt.VIR_DOMAIN_PAUSED_CRASHED,
    }
)
"""Until somebody lets it run on: libvirt itself ends the other pauses (migration, snapshot, ...)."""
_REASONS = {
    libvirt.VIR_DOMAIN_RUNNING: _names("VIR_DOMAIN_RUNNING_"),
    libvirt.VIR_DOMAIN_PAUSED: _names("VIR_DOMAIN_PAUSED_"),
}


def ended(error: libvirt.libvirtError) -> bool:
    """Whether the domain went between two questions: it is not there, or is just being removed."""
    return is_gone(error) or error.get_error_code() == libvirt.VIR_ERR_OPERATION_INVALID


def lookup(connection: libvirt.virConnect, vm: str) -> libvirt.virDomain | None:
    """The domain, in whatever state; None if there is none."""
    try:
        return connection.lookupByUUIDString(vm)
    except libvirt.libvirtError as error:
        if is_gone(error):
            return None
        raise


def metadata(domain: libvirt.virDomain) -> Metadata | None:
    """None if the domain is gone or none of ours."""
    try:
        text = domain.metadata(
            libvirt.VIR_DOMAIN_METADATA_ELEMENT, NAMESPACE, libvirt.VIR_DOMAIN_AFFECT_LIVE
        )
    except libvirt.libvirtError as error:
        if ended(error):
            return None
        raise
    return parse(text)


def set_metadata(domain: libvirt.virDomain, meta: Metadata) -> None:
    domain.setMetadata(
        libvirt.VIR_DOMAIN_METADATA_ELEMENT,
        meta.bare_xml(),
        PREFIX,
        NAMESPACE,
        libvirt.VIR_DOMAIN_AFFECT_LIVE,
    )


def job(domain: libvirt.virDomain) -> int:
    """What the domain is busy with (VIR_DOMAIN_JOB_OPERATION_*), UNKNOWN (0) if with nothing."""
    try:
        stats = domain.jobStats()
    except libvirt.libvirtError as error:
        if error.get_error_code() == libvirt.VIR_ERR_OPERATION_UNSUPPORTED:
            return int(libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN)  # "only on the source host"
        if ended(error):
            return 0
        raise
    if stats.get("type", libvirt.VIR_DOMAIN_JOB_NONE) == libvirt.VIR_DOMAIN_JOB_NONE:
        return 0
    return int(stats.get(libvirt.VIR_DOMAIN_JOB_OPERATION, 0))


def wait_for_job(domain: libvirt.virDomain) -> None:
    """Until the job that somebody else began has ended, or the domain is gone."""
    while job(domain):
        time.sleep(_JOB_POLL)


def is_handing_over(domain: libvirt.virDomain, state: int, reason: int) -> bool:
    """In the switch from one server to the other, neither claims the guest; and it is not here
    while it is still arriving."""
    if state != libvirt.VIR_DOMAIN_PAUSED:
        return False
    if reason in _ELSEWHERE:
        return True
    return reason == libvirt.VIR_DOMAIN_PAUSED_MIGRATION and job(domain) in (
        libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT,
        libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN,
    )


def is_paused(domain: libvirt.virDomain) -> bool:
    state, _ = domain.state()
    return bool(state == libvirt.VIR_DOMAIN_PAUSED)


def stands_still(domain: libvirt.virDomain) -> bool:
    """Whether it is paused, and will be until somebody lets it run on."""
    state, reason = domain.state()
    if state != libvirt.VIR_DOMAIN_PAUSED:
        return False
    moving = bool(reason == libvirt.VIR_DOMAIN_PAUSED_MIGRATION)
    return reason in _FOR_GOOD or (moving and _is_restored(domain))


def _is_restored(domain: libvirt.virDomain) -> bool:
    """Of one paused as for a migration: libvirt calls that so too which it restored and left paused."""
    meta = metadata(domain)
    return meta is not None and meta.saving and not meta.target and not job(domain)


def is_starting(connection: libvirt.virConnect, vm: str) -> bool:
    """Whether libvirtd is just starting or restoring the domain."""
    domain = lookup(connection, vm)
    try:
        return domain is not None and domain.state() == [
            libvirt.VIR_DOMAIN_PAUSED,
            libvirt.VIR_DOMAIN_PAUSED_STARTING_UP,
        ]
    except libvirt.libvirtError as error:
        if ended(error):
            return False
        raise


def describe(domain: libvirt.virDomain) -> Guest | None:
    """The guest behind a domain; None if there is none that this server may claim."""
    meta = metadata(domain)
    if meta is None or meta.left:
        return None
    try:
        state, reason = domain.state()
        if state in _OFF or is_handing_over(domain, state, reason):
            return None
        _, _, memory, _, cpu_time = domain.info()
        devices = passed_through(domain.XMLDesc())
    except libvirt.libvirtError as error:
        if ended(error):
            return None
        raise
    return Guest(
        id=meta.config.id,
        run=meta.run,
        power=Power.RUNNING if state in _ON else Power.PAUSED,
        config=meta.config,
        mark=meta.mark,
        devices=devices,
        uptime=max(0.0, time.time() - meta.started),
        cpu_time=cpu_time / 1e9,
        memory=memory // 1024,
        reason=_REASONS.get(state, {}).get(reason, ""),
        directory=meta.directory,
    )


def passed_through(xml: str) -> tuple[str, ...]:
    """The server's own devices in a live domain XML (``<hostdev>``), such as "pci 0000:03:00.0"."""
    if "<hostdev" not in xml:  # nearly always: spare the parsing
        return ()
    found = []
    for device in etree.fromstring(xml).iterfind("devices/hostdev"):
        address = device.find("source/address")
        where = (
            ""
            if address is None
            else ":".join(str(v) for v in address.attrib.values()).replace("0x", "")
        )
        found.append(f"{device.get('type', 'device')} {where}".strip())
    return tuple(found)


def coming(connection: libvirt.virConnect) -> list[Coming]:
    """What libvirtd is starting, restoring or receiving."""
    paused = libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE | libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED
    domains = connection.listAllDomains(paused)
    metas = [metadata(domain) for domain in domains if _is_coming(domain)]
    return [Coming(vm=meta.config.id, run=meta.run) for meta in metas if meta is not None]


def _is_coming(domain: libvirt.virDomain) -> bool:
    try:
        state, reason = domain.state()
        if state != libvirt.VIR_DOMAIN_PAUSED:
            return False
        arriving = libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_IN
        starting = bool(reason == libvirt.VIR_DOMAIN_PAUSED_STARTING_UP)
        moving = bool(reason == libvirt.VIR_DOMAIN_PAUSED_MIGRATION)
        return starting or (moving and job(domain) == arriving)
    except libvirt.libvirtError as error:
        if ended(error):
            return False
        raise


def at_work(connection: libvirt.virConnect) -> bool:
    """Whether libvirtd is at anything that its restart would break off: it starts, restores, receives,
    moves or saves a domain."""
    domains = connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    return any(_is_coming(domain) or job(domain) for domain in domains)


def guest(connection: libvirt.virConnect, vm: str) -> Guest | None:
    domain = lookup(connection, vm)
    return None if domain is None else describe(domain)


def guests(connection: libvirt.virConnect) -> list[Guest]:
    domains = connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_ACTIVE)
    return [found for domain in domains if (found := describe(domain)) is not None]
