"""On the master: what is known of the pool at this moment, as the brain wants it."""

import asyncio
from collections.abc import Container
from dataclasses import dataclass
from math import inf

from millpond.domain.errors import MillpondError
from millpond.domain.fencing import longest
from millpond.domain.ha.pulse import GuestPulse, Pulse
from millpond.domain.ha.view import (
    COMING,
    FenceState,
    GuestView,
    HostView,
    PoolView,
    VmLease,
    VmView,
)
from millpond.domain.leases import HostState, Resource
from millpond.domain.placement import repositories_of
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Role
from millpond.domain.vm import Power, VmDocument, Wanted
from millpond.ha.env import Env
from millpond.ha.fencing import Fencer
from millpond.ha.keeper import Keeper
from millpond.ha.peers import Peers
from millpond.ha.place import Place
from millpond.ha.tries import Tries
from millpond.operations.records import every_vm

RECORDS_SECONDS = 2.0
"""The master writes the records itself and knows of each change; people may mend one by hand."""
AT_ONCE = 16
"""Leases read at a time."""


@dataclass(frozen=True)
class Holder:
    """What the storage says of a VM's lease."""

    lease: VmLease
    host_id: int = 0
    generation: int = 0


UNREAD = Holder(VmLease.UNREAD)
FREE = Holder(VmLease.FREE)


class Monitor:
    def __init__(
        self, env: Env, place: Place, keeper: Keeper, peers: Peers, fencer: Fencer, tries: Tries
    ) -> None:
        self.documents: dict[str, VmDocument] = {}
        self.unread: dict[str, str] = {}
        self._env = env
        self._place = place
        self._keeper = keeper
        self._peers = peers
        self._fencer = fencer
        self._tries = tries
        self._since = self._now()
        self._looked = self._now()
        self._read_at = -inf
        self._stale = True
        self._written: dict[str, tuple[int, float]] = {}
        self._seen_at: dict[str, float] = {}
        self._coming: dict[str, float] = {}
        self._leases: dict[str, Holder] = {}

    def record_changed(self) -> None:
        """A record was written here: read them again before the next decision."""
        self._stale = True

    async def look(self, pool: PoolDocument) -> PoolView:
        """Raises ``Refused(storage.unavailable)`` where the records cannot be read."""
        self._watch_ourselves()
        self._peers.ask(pool)
        if self._stale or self._now() - self._read_at >= RECORDS_SECONDS:
            await self._read_records(pool)
        where = self._where(pool)
        self._wait_for_unseen(pool, where)
        await self._read_leases(pool, where)
        now = self._now()
        return PoolView(
            now=now,
            mastered_age=now - self._since,
            storage_ok=self._keeper.storage_ok,
            me=self._env.me,
            timing=self._place.timing,
            settings=pool.ha,
            hosts=tuple(self._host(m) for m in pool.members),
            vms=tuple(self._vm(d, now) for d in self.documents.values() if not d.creating),
        )

    def silent(self, member: Member) -> bool:
        """Whether nothing is heard or seen of it, by all that is known at this very moment; False
        while we are not looking."""
        t, sightings = self._place.timing, self._keeper.sightings
        return (
            self._keeper.storage_ok
            and sightings.current
            and self._now() - self._looked <= t.network_silent
            and self._peers.age(member.id) > t.network_silent
            and sightings.age(member.host_id) > t.storage_silent
        )

    def _watch_ourselves(self) -> None:
        """Whoever was asleep or blind has to listen anew before judging anybody."""
        now, t = self._now(), self._place.timing
        if not self._keeper.storage_ok or now - self._looked > t.network_silent:
            self._since = now
        self._looked = now

    async def _read_records(self, pool: PoolDocument) -> None:
        at, first = self._now(), self._read_at == -inf
        self._read_at, self._stale = at, False
        found = await every_vm(self._env.records, pool)
        self.unread = found.unread
        documents = found.with_known(self.documents.values())
        # Of what was there when we began, nobody knows how old it is: an operation that the last
        # master served may just be at it.
        since = self._since if first else at
        self.documents = {d.config.id: d for d in documents}
        for vm, document in self.documents.items():
            self._seen_at.setdefault(vm, since)
            before = self._written.get(vm)
            if before is None or before[0] != document.generation:
                self._written[vm] = (document.generation, since)
        for known in (self._written, self._seen_at, self._leases):
            for vm in [vm for vm in known if vm not in self.documents]:
                del known[vm]
        self._tries.keep(self.documents)

    def _where(self, pool: PoolDocument) -> dict[str, list[tuple[str, GuestPulse]]]:
        """The servers that say right now that they have a VM's guest."""
        found: dict[str, list[tuple[str, GuestPulse]]] = {}
        now = self._now()
        for member in pool.members:
            pulse = self._current(member)
            if pulse is None or not pulse.hypervisor:
                continue
            for guest in pulse.guests:
                if guest.power is not Power.STOPPED:
                    found.setdefault(guest.vm, []).append((member.id, guest))
                    if guest.power is Power.RUNNING or self._stands(guest, member.id):
                        self._seen_at[guest.vm] = now
                        self._tries.seen(guest.vm, guest.run, now)
        return found

    def _wait_for_unseen(self, pool: PoolDocument, where: Container[str]) -> None:
        """What is not gone, though no hypervisor shows it, on servers that renew their lease: a guest
        that is being brought to life where the record says, for a while, and one that is there as a
        process. It may have arrived paused and not come by its lease since."""
        now, t = self._now(), self._place.timing
        coming: dict[str, float] = {}
        for member in pool.members:
            pulse = self._current(member)
            if pulse is None or self._keeper.sightings.age(member.host_id) > t.storage_silent:
                continue
            for vm in pulse.processes:
                if self._belongs(vm, member.id):
                    self._seen_at[vm] = now
            for vm in (c.vm for c in pulse.coming if c.vm not in where):
                coming[vm] = self._coming.get(vm, now)
                document = self.documents.get(vm)
                here = document is not None and document.placed_on == member.id
                if here and now - coming[vm] <= COMING:
                    self._seen_at[vm] = now
        self._coming = coming

    def _current(self, member: Member) -> Pulse | None:
        """What the member says of itself now; None if it does not."""
        peer = self._peers.peer(member.id)
        current = self._peers.age(member.id) <= self._place.timing.network_silent
        return peer.pulse if current and not peer.refuses else None

    def _stands(self, guest: GuestPulse, server: str) -> bool:
        """Whether one that is paused is the guest, and no copy that a broken migration left."""
        return self._belongs(guest.vm, server) and not guest.outdated

    def _belongs(self, vm: str, server: str) -> bool:
        """Whether the VM's record names the server. A copy that a broken migration left paused
        elsewhere is not the guest."""
        document = self.documents.get(vm)
        return document is None or server in (document.placed_on, document.migrating_to)

    async def _read_leases(
        self, pool: PoolDocument, where: dict[str, list[tuple[str, GuestPulse]]]
    ) -> None:
        """Only of those VMs whose guest is not seen just where it should be."""
        wanted = [
            vm
            for vm, document in self.documents.items()
            if not document.creating and self._asks_for_lease(document, where.get(vm, []))
        ]
        self._leases = {}
        if not wanted or not self._keeper.storage_ok:
            return
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(vm: str) -> Holder:
            async with slots:
                return await self._read_lease(pool, vm)

        holders = await asyncio.gather(*(one(vm) for vm in wanted))
        self._leases = dict(zip(wanted, holders, strict=True))

    @staticmethod
    def _asks_for_lease(document: VmDocument, seen: list[tuple[str, GuestPulse]]) -> bool:
        if [(server, guest.outdated) for server, guest in seen] == [(document.placed_on, False)]:
            return False
        recorded = document.placed_on is not None or document.migrating_to is not None
        return bool(seen) or recorded or (document.wanted is Wanted.ON and document.config.ha)

    def lease(self, pool: PoolDocument, vm: str) -> Resource:
        """The one that the VM runs under. Raises ``Refused(request.not_found)`` once its repository is
        not the pool's any more."""
        return self._place.vm_lease(vm, pool.directory_of(self.documents[vm]))

    async def _read_lease(self, pool: PoolDocument, vm: str) -> Holder:
        try:
            owner = await self._env.lockspaces.owner(self.lease(pool, vm))
        except MillpondError:
            return UNREAD
        if owner is None:
            return FREE
        return Holder(VmLease.HELD, owner.host_id, owner.generation)

    def _host(self, member: Member) -> HostView:
        peer = self._peers.peer(member.id)
        pulse = peer.pulse
        sightings = self._keeper.sightings
        delta = sightings.hosts.get(member.host_id)
        if delta is not None:
            self._fencer.seen(member, delta)
        attempt = self._fencer.attempt(member.id)
        devices = self._fencer.devices(member.id)
        guests = pulse.guests if pulse is not None else ()
        now = self._current(member)
        return HostView(
            id=member.id,
            name=member.name,
            host_id=member.host_id,
            generation=delta.generation if delta is not None else None,
            network_age=self._peers.age(member.id),
            storage_age=sightings.age(member.host_id),
            lease=delta.state if delta is not None else HostState.FREE,
            hypervisor=pulse is not None and pulse.hypervisor and not peer.refuses,
            guests={g.vm: GuestView(g.run, g.power, g.outdated) for g in guests},
            coming=frozenset(c.vm for c in now.coming) if now is not None else frozenset(),
            vm_role=Role.VM in member.roles,
            maintenance=member.maintenance,
            memory=pulse.memory if pulse is not None else 0,
            repositories=pulse.repositories if pulse is not None else frozenset(),
            bridges=frozenset(pulse.bridges) if pulse is not None else frozenset(),
            fenceable=self._fencer.fenceable(member.id),
            fence_seconds=longest(devices) if devices else None,
            fence=attempt.state,
            proof=attempt.proof if attempt.state is FenceState.PROVEN else None,
            retry_at=attempt.retry_at,
            switched_off=self._fencer.switched_off(
                member.id, delta.generation if delta is not None else None
            ),
            timestamp=delta.timestamp if delta is not None else 0,
            joined=pulse is not None and pulse.generation is not None,
        )

    def _vm(self, document: VmDocument, now: float) -> VmView:
        config = document.config
        holder = self._leases.get(config.id, UNREAD)
        tried = self._tries.of(config.id)
        return VmView(
            id=config.id,
            name=config.name,
            ha=config.ha,
            priority=config.restart_priority,
            wanted=document.wanted,
            placed_on=document.placed_on,
            migrating_to=document.migrating_to,
            run=document.run,
            max_memory=config.max_memory,
            bridges=frozenset(v.bridge for v in config.vifs),
            preferred=config.preferred_servers,
            repositories=repositories_of(config, document.repository),
            changed_age=now - self._written[config.id][1],
            busy=config.id in self._tries.busy,
            lease=holder.lease,
            lease_host=holder.host_id,
            lease_generation=holder.generation,
            attempts=tried.count,
            attempt_age=now - tried.ended,
            target=self._tries.busy.get(config.id),
            gone_age=now - self._seen_at[config.id],
            coming_age=now - self._coming.get(config.id, now),
        )

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
