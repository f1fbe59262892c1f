"""The pool's high availability at a glance, as its master tells it."""

from pydantic import Field

from millpond.domain.ha.failover import Measured
from millpond.domain.names import Id, Name
from millpond.domain.vm import Model

DEAD = frozenset({"dead", "left"})
"""States of a server in which nothing of it runs any more."""


class HostStatus(Model):
    """Ages in seconds, None = never heard of. ``state`` is a word: online, joining (it
    has no host id in the lockspace yet: no guest can start there), silent, isolated, storage-lost,
    fencing, dead, left, maintenance. ``alarms`` are sentences with their fix."""

    server: Id
    name: Name
    state: str
    network_age: float | None
    storage_age: float | None
    watchdog: str | None
    devices: int = Field(description="Fence devices it has")
    alarms: tuple[str, ...] = ()


class HaStatus(Model):
    """``sentence`` is what the brain last said. Bounds in seconds. ``last`` and ``worst``: the failover
    that ended last, and the one that took most of its promised time, of those on record."""

    pool: Id
    term: int
    master: Id
    enabled: bool
    armed: bool
    sentence: str
    hosts: tuple[HostStatus, ...]
    waiting: tuple[str, ...] = Field(
        default=(), description="HA VMs that are off for want of room, with the reason"
    )
    promised_fenced: float
    promised_by_leases: float
    last: Measured | None = None
    worst: Measured | None = None
    unread: dict[Id, str] = Field(
        default_factory=dict, description="Repositories that the master cannot read, and why"
    )
    alarms: tuple[str, ...] = ()
