"""The heartbeat over the network: what a member answers when its master asks how it is."""

from pydantic import Field

from millpond.domain.names import Id, InterfaceName
from millpond.domain.vm import Coming, Model, Power


class GuestPulse(Model):
    vm: Id
    run: Id
    power: Power
    outdated: bool = False


class Pulse(Model):
    """One member, now. ``generation`` is that of its host id in the pool's lockspace, None while it
    has not joined. ``hypervisor`` is False while libvirt does not answer: ``guests`` is then what was
    last known, and ``processes`` the VMs whose guest is here as a process all the same. ``coming`` was
    asked before ``guests``. Memory in MiB. ``problems`` are sentences for the administrator."""

    server: Id
    boot_id: str
    term: int = Field(description="The highest master's term this member has seen")
    host_id: int
    generation: int | None
    hypervisor: bool
    guests: tuple[GuestPulse, ...]
    processes: frozenset[Id] = frozenset()
    coming: tuple[Coming, ...] = ()
    memory: int
    memory_free: int
    bridges: frozenset[InterfaceName]
    repositories: frozenset[Id] = frozenset()
    watchdog: str | None
    problems: tuple[str, ...] = ()
