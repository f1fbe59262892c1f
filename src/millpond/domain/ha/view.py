"""What is known of a pool at one moment: all that the brain may look at.

Times are seconds of the observer's monotonic clock; ages are seconds before ``now``. What was never
seen has an infinite age.
"""

from dataclasses import dataclass
from enum import StrEnum
from math import inf

from millpond.domain.ha.proof import Proof
from millpond.domain.ha.settings import HaSettings
from millpond.domain.leases import HostState
from millpond.domain.timing import Timing
from millpond.domain.vm import Power, Wanted


class FenceState(StrEnum):
    """How far the attempt to prove a host dead has come."""

    NONE = "none"
    RUNNING = "running"
    PROVEN = "proven"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class GuestView:
    """``outdated``: it is paused for good, for another server has held its lease since."""

    run: str
    power: Power
    outdated: bool = False


@dataclass(frozen=True, slots=True)
class HostView:
    """A member. ``network_age``: since it last answered a pulse. ``storage_age``: since its delta
    lease was last seen to advance, at ``timestamp``. ``lease`` is sanlock's own judgement of it.
    ``guests`` by VM id,
    as of the last pulse, ``coming`` the VMs (ids) that it was bringing to life. ``fenceable``: it has fence devices that work as far as is known.
    ``fence_seconds``: what all of its devices may take; None: it has none.
    ``retry_at``: when a failed fence may be tried again. ``switched_off``: an earlier master had it
    fenced, and it has not been back since. ``joined``: it said that its host id is its
    own; ``generation`` is what the storage has of that. ``repositories``: those it can use. Memory in MiB; what the last pulse said."""

    id: str
    name: str
    host_id: int
    generation: int | None
    network_age: float
    storage_age: float
    lease: HostState
    hypervisor: bool
    guests: dict[str, GuestView]
    vm_role: bool
    maintenance: bool
    memory: int
    bridges: frozenset[str]
    fenceable: bool
    fence_seconds: float | None = None
    fence: FenceState = FenceState.NONE
    proof: Proof | None = None
    retry_at: float = 0.0
    timestamp: int = 0
    joined: bool = True
    coming: frozenset[str] = frozenset()
    switched_off: bool = False
    repositories: frozenset[str] = frozenset()


class VmLease(StrEnum):
    """Who holds a VM's lease by what the storage says. ``UNREAD``: nobody has looked, because its
    guest runs where it should or the storage did not answer."""

    UNREAD = "unread"
    FREE = "free"
    HELD = "held"


@dataclass(frozen=True, slots=True)
class VmView:
    """A VM of the pool. ``ha``: its own flag. ``changed_age``: since its record was last written,
    by an operation or by us. ``busy``: we are acting on it already; ``target`` is the server (id) if
    we are starting it. ``lease_host`` is the host id that holds its lease when ``lease`` is HELD,
    ``lease_generation`` that host's generation. ``gone_age``: since any server last had its guest, or was
    bringing it to life. ``coming_age``: for how long servers have been doing that now, 0 if none is.
    ``repositories``: those it lies in, besides the cluster root.
    ``attempts``: starts by us after which it did not stay, the last of which ended ``attempt_age``
    ago; a guest that has run for ``STAYED`` seconds has stayed, and they count from 0 again."""

    id: str
    name: str
    ha: bool
    priority: int
    wanted: Wanted
    placed_on: str | None
    migrating_to: str | None
    run: str | None
    max_memory: int
    bridges: frozenset[str]
    preferred: tuple[str, ...]
    changed_age: float
    busy: bool
    lease: VmLease = VmLease.UNREAD
    lease_host: int = 0
    lease_generation: int = 0
    attempts: int = 0
    attempt_age: float = 0.0
    target: str | None = None
    gone_age: float = inf
    coming_age: float = 0.0
    repositories: frozenset[str] = frozenset()


STAYED = 60.0
"""Seconds."""

COMING = 900.0
"""Seconds for which a guest is waited for that a server says it is bringing to life: as long as a
restore may take before its caller gives up."""


@dataclass(frozen=True, slots=True)
class PoolView:
    """``storage_ok``: the observer itself renews its own lease. ``mastered_age``: since this observer
    became master, or was last unable to look (its own lease did not renew, its loop stood still);
    nobody is called silent before there was time to hear of it."""

    now: float
    mastered_age: float
    storage_ok: bool
    me: str
    timing: Timing
    settings: HaSettings
    hosts: tuple[HostView, ...]
    vms: tuple[VmView, ...]
