"""Leases on shared storage: who may run what, written where every server of a pool can read it.

The terms are sanlock's (sanlock(8)): a lockspace gives each host an id and a delta lease that it
renews; a resource is a paxos lease that one host holds. A host's generation grows each time it
joins, so a lease held under an older generation is free.
"""

from enum import StrEnum

from pydantic import Field

from millpond.domain.names import Id
from millpond.domain.vm import Model

MAX_HOSTS = 255
"""Host ids that Millpond gives out, from 1; a pool has no more members than that."""

SLOT = 1 << 20
"""Bytes one lockspace or resource takes on storage (sanlock's alignment for 512-byte sectors)."""


RENEWAL = 2
LEASE_LOST = 8
WATCHDOG = 60
"""sanlock's patience, the first two in units of its io_timeout (sanlock 3.8.5, timeouts.h): seconds
between two renewals of a delta lease; after which a host that could not renew has lost its leases;
and what others wait beyond that, for the watchdog to have fired. All three are constants there."""


def host_dead(io_timeout: int) -> int:
    """Seconds after which others may take what a silent host held."""
    return LEASE_LOST * io_timeout + WATCHDOG


class HostState(StrEnum):
    """What sanlock makes of a host's delta lease (sanlock_get_hosts)."""

    FREE = "free"
    UNKNOWN = "unknown"
    LIVE = "live"
    FAIL = "fail"
    DEAD = "dead"


class LeaseHost(Model):
    """One host of a lockspace. ``timestamp`` is that host's own clock (seconds) at its last renewal:
    it says nothing but that it advances while the host lives."""

    host_id: int = Field(ge=1, le=2000)
    generation: int
    timestamp: int
    io_timeout: int
    state: HostState


class LeaseOwner(Model):
    """Who holds a resource, as the storage has it."""

    host_id: int
    generation: int


def in_the_way(owner: LeaseOwner | None, hosts: tuple[LeaseHost, ...]) -> LeaseHost | None:
    """The host that may still use a lease which ``owner`` holds by what the storage says; None if
    the lease can be taken at once, since its owner has left, has joined anew, or is dead."""
    if owner is None:
        return None
    gone = (HostState.FREE, HostState.DEAD)
    for host in hosts:
        if (host.host_id, host.generation) == (owner.host_id, owner.generation):
            return None if host.state in gone else host
    return None


NEVER_TAKEN = -1
"""The version of a lease that nobody has had."""


class Lockspace(Model):
    """A server's place in its pool's lockspace; ``name`` is the pool's id."""

    name: Id
    path: str
    host_id: int = Field(ge=1, le=MAX_HOSTS)
    io_timeout: int = Field(ge=1, le=60, description="Seconds; sanlock's unit of patience")


class Resource(Model):
    """A lease that one server holds at a time. ``name`` is a VM's id, ``master`` or
    ``succession``; ``offset`` in bytes."""

    lockspace: Id
    name: str = Field(pattern=r"^[a-z0-9-]{1,48}$")
    path: str
    offset: int = 0


MASTER = "master"
"""The resource whose holder is the pool master."""

SUCCESSION = "succession"
"""Held by the one server that is replacing a dead master."""
