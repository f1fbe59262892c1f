"""sanlock without sanlock: the daemon of one fake server, and what can happen to it.

It does what sanlock 3.8.5 does as far as its users can tell: generations, renewals every
2 x io_timeout, processes killed 8 x io_timeout after the last one, the watchdog. Faults are
methods. All time is the event loop's; clocks that people set do not matter.
"""

import asyncio
from collections.abc import Callable
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, field
from math import ceil
from typing import TYPE_CHECKING, NamedTuple

from millpond.adapters.fake.lockspace_store import Delta, Store, slot_of
from millpond.adapters.lease_errors import lost, silent
from millpond.domain.errors import Refused
from millpond.domain.leases import HostState, Lockspace, Resource

if TYPE_CHECKING:
    from millpond.adapters.fake.lockspace import FakeLockspaces

PATIENCE = 2.0
"""Seconds until a daemon that does not answer is called so."""


@dataclass(slots=True)
class Member:
    """This daemon's place in a lockspace. ``killing``: it is lost and its processes are dying.
    ``timers``: when it will be lost, when the watchdog will fire. ``dropped``: leases whose
    processes are gone, to be freed when the storage is back."""

    path: str
    host_id: int
    delta: Delta
    killing: bool = False
    timers: tuple[asyncio.TimerHandle, ...] = ()
    dropped: list[tuple[Resource, str]] = field(default_factory=list)

    def disarm(self) -> None:
        for timer in self.timers:
            timer.cancel()
        self.timers = ()


class Sight(NamedTuple):
    """What a daemon knows of another host from its own renewals: when it looked last, when it first
    saw the timestamp it saw then. It looks at others only when it renews."""

    last_check: float
    last_live: float
    stamp: float
    first_check: float


class FakeSanlock:
    """``server`` is the daemon's name: two daemons of one name take each other for the same host, as
    in the original. ``reset`` is called when the watchdog fires, if there is one. ``latency`` in
    seconds is what one access to the storage takes; from io_timeout on it is as good as none."""

    def __init__(
        self,
        store: Store,
        server: str,
        watchdog: str | None = None,
        reset: Callable[[], None] | None = None,
    ) -> None:
        self.store = store
        self.server = server
        self.watchdog = watchdog
        self.latency = 0.0
        self.processes: dict[str, FakeLockspaces] = {}
        self.spaces: dict[str, Member] = {}
        self.joining: dict[str, Member] = {}
        self._reset = reset
        self._doom: tuple[asyncio.TimerHandle, ...] = ()
        self._answers = True
        self._reachable = True
        self._context = copy_context()  # its timers outlive whoever makes it set them
        store.watch(self._changed)

    # What happens to it

    def cut(self) -> None:
        """The storage is gone for this server."""
        self._reachable = False
        self._stop_renewals()

    def restore(self) -> None:
        """The storage is back; the next renewal is now."""
        self._reachable = True
        self._renew()

    def slow(self, latency: float) -> None:
        """Every access takes this many seconds from now on."""
        self.latency = latency
        self._renew()

    def freeze(self) -> None:
        """It gets no processor: no renewals, no answers, and it kills nobody."""
        self._answers = False
        self._stop_renewals()

    def thaw(self) -> None:
        """If it is too late for its leases, it kills their holders now."""
        self._answers = True
        self._renew()

    def end(self) -> None:
        """It dies. What holds leases runs on, unless a watchdog stands behind."""
        self.freeze()

    def restart(self) -> None:
        """A new daemon after ``end``: in no lockspace, and it knows of no process' leases. They are
        free for all as soon as this host has joined again. The watchdog still waits for the daemon
        that died (wdmd(8)), and nobody but a reset can end that."""
        for member in self.spaces.values():
            self._doom += member.timers
            member.timers = ()
        self._forget()
        for process in self.processes.values():
            process.held.clear()

    def crash(self) -> None:
        """A power cut, or the watchdog fired: nothing is left but what is on the storage. The
        server then boots in no lockspace; its processes are to be made anew."""
        self._stop_renewals()
        for member in self.joining.values():
            member.delta.until = member.delta.renewed(self.store.now())
            self._write(member)
        self.joining.clear()
        self._forget()
        for timer in self._doom:
            timer.cancel()
        self._doom = ()
        self.processes.clear()

    # What its processes and their leases see

    async def storage(self, io_timeout: int = 1) -> None:
        """One access. Raises ``Refused``: ``lease.daemon``, ``storage.unavailable``."""
        await self.answer()
        await self.reach(io_timeout)

    async def reach(self, io_timeout: int) -> None:
        """The same past the daemon."""
        if not self._reachable or self.latency >= io_timeout:
            await asyncio.sleep(io_timeout)
            raise lost("the lockspace")
        await asyncio.sleep(self.latency)

    async def answer(self) -> None:
        """Raises ``Refused(lease.daemon)``."""
        if not self._answers:
            await asyncio.sleep(PATIENCE)
        if not self._answers:
            raise silent(f"did not answer within {PATIENCE:g} s")

    def member(self, lockspace: Lockspace) -> Member | None:
        """Its place in the lockspace, also one that another process of this server's agent took."""
        found = self.spaces.get(lockspace.name)
        if found is None and self.store.outlives:
            delta = self.store.read(lockspace.path).hosts.get(lockspace.host_id)
            if delta is None or delta.server != self.server or not delta.renewing:
                return None
            if self.store.now() < delta.joined + delta.period:
                return None  # it is just joining
            found = self.took(lockspace, delta)
        return None if found is None or found.killing else found

    def took(self, lockspace: Lockspace, delta: Delta) -> Member:
        """The host id is ours."""
        member = Member(lockspace.path, lockspace.host_id, delta)
        self.spaces[lockspace.name] = member
        if not self._reaches(member):
            self._stop(lockspace.name, member)
        return member

    def left(self, pool: str) -> None:
        self.spaces.pop(pool).disarm()

    def drop(self, resource: Resource, process: str) -> None:
        """The process let go of it or died. Free it on the storage, now or with the next renewal;
        a lost lockspace is dropped once nobody holds leases there."""
        member = self.spaces.get(resource.lockspace)
        if member is None:
            return
        if member.killing:
            self._settle(resource.lockspace, member)
        elif self._reaches(member):
            self._free(resource, process, member.host_id)
        else:
            member.dropped.append((resource, process))

    def _settle(self, pool: str, member: Member) -> None:
        if not self.holders(pool) and self.spaces.get(pool) is member:
            self.left(pool)

    def _free(self, resource: Resource, process: str, host_id: int) -> None:
        with suppress(Refused), self.store.edit(resource.path) as file:  # damaged: nothing to free
            slot = slot_of(file, resource)
            if (slot.host_id, slot.process) == (host_id, process):
                slot.host_id = 0

    def holders(self, pool: str) -> "list[FakeLockspaces]":
        return [p for p in self.processes.values() if any(r.lockspace == pool for r in p.held)]

    # Its renewals

    def _reaches(self, member: Member) -> bool:
        return self._answers and self._reachable and self.latency < member.delta.io_timeout

    def _stop_renewals(self) -> None:
        for pool, member in self.spaces.items():
            self._stop(pool, member)

    def _stop(self, pool: str, member: Member) -> None:
        delta = member.delta
        delta.until = delta.renewed(self.store.now())
        self._write(member)
        member.disarm()
        if self._answers and not member.killing:
            self._at(member, delta.until + delta.lease_lost, self._lose, pool)
        if self.watchdog:
            self._at(member, delta.until + delta.host_dead - 1, self._fire)

    def _at(self, member: Member, when: float, work: Callable[..., None], *args: str) -> None:
        at = asyncio.get_running_loop().call_at
        member.timers += (at(when, work, *args, context=self._context),)

    def _renew(self) -> None:
        now = self.store.now()
        for pool, member in list(self.spaces.items()):
            delta = member.delta
            if not self._reaches(member):
                self._stop(pool, member)
            elif now - delta.renewed(now) >= delta.lease_lost or not self._owns(member):
                self._lose(pool)
            elif delta.until is not None and not member.killing:
                delta.until, delta.since = None, now
                self._write(member)
                member.disarm()
                while member.dropped:
                    self._free(*member.dropped.pop(), member.host_id)

    def _owns(self, member: Member) -> bool:
        """Whether its delta lease is what it wrote there."""
        try:
            there = self.store.read(member.path).hosts.get(member.host_id)
        except Refused:
            return False
        return there is not None and there.generation == member.delta.generation

    def _write(self, member: Member) -> None:
        if self._owns(member):
            with self.store.edit(member.path) as file:
                file.hosts[member.host_id] = member.delta

    def _changed(self, path: str) -> None:
        """The next renewal finds out."""
        now = self.store.now()
        for pool, member in self.spaces.items():
            if member.path == path and member.delta.until is None:
                at = member.delta.renewed(now) + member.delta.period
                self._at(member, at, self._look, pool)

    def _look(self, pool: str) -> None:
        if not self._owns(self.spaces[pool]):
            self._lose(pool)

    def _lose(self, pool: str) -> None:
        member = self.spaces[pool]
        if not member.killing:
            member.killing = True
            self._stop(pool, member)
            for process in self.holders(pool):
                (process.killed or process.die)()
            self._settle(pool, member)

    def _forget(self) -> None:
        for member in self.spaces.values():
            member.disarm()
        self.spaces.clear()
        self._answers = True

    def _fire(self) -> None:
        self.crash()
        if self._reset is not None:
            self._reset()


def sight(own: Delta, other: Delta, now: float) -> Sight | None:
    """What the host of ``own`` knows of ``other``; None before it has looked at all."""
    last_check = own.renewed(now)
    first_check = own.joined + own.period
    if last_check < first_check:
        return None
    stamp = other.renewed(last_check)
    turns = ceil((stamp - own.since) / own.period)
    last_live = min(last_check, max(first_check, own.since + turns * own.period))
    return Sight(last_check, last_live, stamp, first_check)


def state(own: Delta | None, other: Delta, now: float) -> HostState:
    """sanlock's judgement (get_host_flag), but as fresh as the storage."""
    if other.free:
        return HostState.FREE
    if own is other:
        return HostState.LIVE
    seen = sight(own, other, now) if own is not None else None
    if seen is None:
        return HostState.UNKNOWN
    if other.renewed(now) != seen.stamp:
        return HostState.LIVE
    age = now - seen.last_live
    if age > other.host_dead:
        return HostState.DEAD
    if age > other.lease_lost:
        return HostState.FAIL
    return HostState.UNKNOWN if seen.last_live == seen.first_check else HostState.LIVE
