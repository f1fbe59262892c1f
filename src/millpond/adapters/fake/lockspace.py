"""``ports.lockspace`` without sanlock: what one process of a fake server holds and sees.

Each process has its own: ``FakeLockspaces(daemon, "agent")``; Times are those of sanlock: a refusal at once while the owner lives, patience while nobody knows.
"""

import asyncio
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from millpond.adapters.fake.lockspace_daemon import FakeSanlock, Member, sight, state
from millpond.adapters.fake.lockspace_store import Delta, LeaseFile, Slot, slot_of
from millpond.adapters.lease_errors import (
    damaged,
    doubled,
    held,
    held_since,
    not_joined,
    outdated,
    replaced,
    taken,
)
from millpond.domain.errors import Refused
from millpond.domain.ha.proof import Proof, check_proof
from millpond.domain.layout import pool_leases
from millpond.domain.leases import (
    NEVER_TAKEN,
    RENEWAL,
    HostState,
    LeaseHost,
    LeaseOwner,
    Lockspace,
    Resource,
)

_LOOK_AGAIN = 1.0  # seconds, as sanlock does


class _Wait(NamedTuple):
    """An acquisition that waits for certainty about ``owner``: it was last seen alive at ``since``,
    with timestamp ``stamp``."""

    owner: LeaseOwner
    since: float
    stamp: float


class FakeLockspaces:
    """One process called ``name``. ``killed`` is called when sanlock sends it SIGTERM because a
    lockspace was lost: whoever plays the process then calls ``die``, at once or later. Without
    ``killed`` it dies at once. ``held`` are its leases."""

    def __init__(
        self, daemon: FakeSanlock, name: str, killed: Callable[[], None] | None = None
    ) -> None:
        self.name = name
        self.killed = killed
        self.held: set[Resource] = set()
        self._daemon = daemon
        self._store = daemon.store
        daemon.processes[name] = self

    def die(self) -> None:
        """The process ends; sanlock releases what it held, as soon as it reaches the storage."""
        dropped = sorted(self.held, key=lambda r: r.name)
        self.held.clear()
        if self._daemon.processes.get(self.name) is self:
            del self._daemon.processes[self.name]
        for resource in dropped:
            self._daemon.drop(resource, self.name)

    # The port

    async def join(self, lockspace: Lockspace) -> None:
        await self._daemon.storage(lockspace.io_timeout)
        if await self.joined(lockspace):
            return
        while (space := self._daemon.spaces.get(lockspace.name)) is not None:
            if not space.killing:
                raise taken(lockspace.host_id, f"host {space.host_id}, this server itself,")
            await asyncio.sleep(_LOOK_AGAIN)
        hosts = self._read_space(lockspace).hosts
        self._check_age(lockspace, hosts)
        delta = hosts.get(lockspace.host_id)
        if delta is not None and not delta.free and delta.server != self._daemon.server:
            await self._outwait(lockspace, delta)
        await self._daemon.storage(lockspace.io_timeout)
        fresh = self._take_host_id(lockspace)
        self._daemon.joining[lockspace.name] = Member(lockspace.path, lockspace.host_id, fresh)
        try:
            await asyncio.sleep(RENEWAL * lockspace.io_timeout + 1)
            await self._daemon.storage(lockspace.io_timeout)
            there = self._read_space(lockspace).hosts[lockspace.host_id]
            if (there.server, there.generation) != (fresh.server, fresh.generation):
                raise taken(lockspace.host_id, there.server)
            self._daemon.took(lockspace, there)
        finally:
            self._daemon.joining.pop(lockspace.name, None)

    async def leave(self, lockspace: Lockspace) -> None:
        await self._daemon.storage(lockspace.io_timeout)
        member = self._daemon.member(lockspace)
        if member is None:
            return
        if self._daemon.holders(lockspace.name):
            raise held("of the pool", "a guest or the agent of this server")
        with self._store.edit(lockspace.path) as file:
            there = file.hosts.get(lockspace.host_id)
            if there is not None and _shows(there, member.delta, self._store.now()):
                there.free = True
        self._daemon.left(lockspace.name)

    async def joined(self, lockspace: Lockspace) -> bool:
        await self._daemon.answer()
        member = self._daemon.member(lockspace)
        return member is not None and member.host_id == lockspace.host_id

    async def hosts(self, lockspace: Lockspace) -> tuple[LeaseHost, ...]:
        await self._daemon.storage(lockspace.io_timeout)
        file = self._read_space(lockspace)
        member = self._daemon.member(lockspace)
        own = file.hosts.get(member.host_id) if member else None
        if member and (own is None or not _shows(own, member.delta, self._store.now())):
            thrown_out = own is not None and own.generation > member.delta.generation
            raise doubled(lockspace.host_id) if thrown_out else replaced(lockspace.path)
        now = self._store.now()
        return tuple(_seen(n, delta, own, now) for n, delta in sorted(file.hosts.items()))

    def _host(self, member: Member, host_id: int) -> LeaseHost | None:
        delta = self._store.read(member.path).hosts.get(host_id)
        return None if delta is None else _seen(host_id, delta, None, self._store.now())

    async def acquire(self, resource: Resource) -> None:
        wait: _Wait | None = None
        while True:
            member = await self._member(resource)
            if resource in self.held:
                return
            now = self._store.now()
            with self._store.edit(resource.path) as file:
                slot = slot_of(file, resource)
                owner = self._owner_in_the_way(slot, member, resource)
                if owner is None or (
                    wait and wait.owner == owner and self._dead(wait, member, now)
                ):
                    slot.host_id, slot.generation = member.host_id, member.delta.generation
                    slot.process = self.name
                    slot.version, slot.last = slot.version + 1, member.host_id
                    self.held.add(resource)
                    return
            if wait is None or wait.owner != owner:
                wait = self._wait(owner, member, now)
            if wait is None or self._other(owner, member).renewed(now) != wait.stamp:
                raise held(resource.name, f"host {owner.host_id}, which lives,")
            await asyncio.sleep(_LOOK_AGAIN)

    async def release(self, resource: Resource) -> None:
        await self._daemon.answer()
        if resource in self.held:
            await self._access(resource)
            self.held.discard(resource)
            self._daemon.drop(resource, self.name)

    async def holds(self, resource: Resource) -> bool:
        await self._daemon.answer()
        return resource in self.held

    async def owner(self, resource: Resource) -> LeaseOwner | None:
        return self._owner(resource, await self._access(resource))

    async def owners(self, resources: Collection[Resource]) -> dict[Resource, LeaseOwner | None]:
        found = {}
        for n, resource in enumerate(resources):
            member = self._daemon.spaces.get(resource.lockspace)
            if n == 0:
                await self._daemon.reach(member.delta.io_timeout if member else 1)
            with suppress(Refused):
                found[resource] = self._owner(resource, member)
        return found

    def _owner(self, resource: Resource, member: Member | None) -> LeaseOwner | None:
        slot = slot_of(self._store.read(resource.path), resource)
        delta = self._store.read(member.path).hosts.get(slot.host_id) if member else None
        if not slot.host_id or (delta is not None and self._released(slot, delta)):
            return None
        return LeaseOwner(host_id=slot.host_id, generation=slot.generation)

    async def clear(self, resource: Resource, proof: Proof) -> bool:
        member = await self._access(resource)
        if member is None:
            raise not_joined(resource.lockspace)
        with self._store.edit(resource.path) as file:
            slot = slot_of(file, resource)
            if (slot.host_id, slot.generation) != (proof.host_id, proof.generation):
                return False
            check_proof(proof, self._host(member, proof.host_id), self._store.now())
            slot.host_id = slot.last = slot.version = slot.generation = 0
        return True

    async def version(self, resource: Resource) -> int:
        await self._access(resource)
        return slot_of(self._store.read(resource.path), resource).version or NEVER_TAKEN

    async def keep(self, resource: Resource, pid: int, version: int = 0) -> int:
        name = f"pid-{pid}"
        process = self._daemon.processes.get(name) or FakeLockspaces(self._daemon, name)
        if resource not in process.held:
            member = await self._member(resource)
            slot = slot_of(self._store.read(resource.path), resource)
            if slot.last != member.host_id and not (
                version and (slot.version or NEVER_TAKEN) == version
            ):
                raise held_since(resource.name, f"host {slot.last}")
            await process.acquire(resource)
        return slot_of(self._store.read(resource.path), resource).version

    async def watchdog(self) -> str | None:
        return self._daemon.watchdog

    # Joining

    def _read_space(self, lockspace: Lockspace) -> LeaseFile:
        file = self._store.read(lockspace.path)
        if file.lockspace != lockspace.name or not file.io_timeout:
            raise damaged(lockspace.path, "it is another pool's")
        return file

    def _check_age(self, lockspace: Lockspace, hosts: dict[int, Delta]) -> None:
        for lease in pool_leases(lockspace):
            slot = slot_of(self._store.read(lease.path), lease)
            host = hosts.get(slot.last)
            if slot.generation > (host.generation if host else 0):
                raise outdated(lockspace.path)

    async def _outwait(self, lockspace: Lockspace, before: Delta) -> None:
        """Until the host that has our host id is dead or gone."""
        start = self._store.now()
        stamp = before.renewed(start)
        while self._store.now() - start <= before.host_dead:
            await asyncio.sleep(_LOOK_AGAIN)
            await self._daemon.storage(lockspace.io_timeout)
            there = self._read_space(lockspace).hosts[lockspace.host_id]
            if there.free:
                return
            if there.renewed(self._store.now()) != stamp or there.server != before.server:
                raise taken(lockspace.host_id, there.server)

    def _take_host_id(self, lockspace: Lockspace) -> Delta:
        now = self._store.now()
        with self._store.edit(lockspace.path) as file:
            old = file.hosts.get(lockspace.host_id)
            fresh = Delta(
                server=self._daemon.server,
                generation=old.generation + 1 if old else 1,
                io_timeout=lockspace.io_timeout,
                joined=now,
                since=now,
            )
            file.hosts[lockspace.host_id] = fresh
        if old is not None and old.renewing:
            self._store.changed(lockspace.path)
        return fresh

    # Acquiring

    async def _access(self, resource: Resource) -> Member | None:
        member = self._daemon.spaces.get(resource.lockspace)
        await self._daemon.storage(member.delta.io_timeout if member else 1)
        return self._daemon.spaces.get(resource.lockspace)

    async def _member(self, resource: Resource) -> Member:
        member = await self._access(resource)
        if member is None or member.killing:
            raise not_joined(resource.lockspace)
        return member

    def _owner_in_the_way(
        self, slot: Slot, member: Member, resource: Resource
    ) -> LeaseOwner | None:
        """Who may hold it still; None if it is free by what the storage says."""
        if not slot.host_id:
            return None
        gone = self._store.died(slot.process)
        if slot.host_id == member.host_id:
            if (
                slot.generation == member.delta.generation
                and slot.process != self.name
                and not gone
            ):
                raise held(resource.name, f"{slot.process} of this server")
            return None
        delta = self._store.read(member.path).hosts.get(slot.host_id)
        if delta is None or delta.free or delta.generation > slot.generation:
            return None
        if self._released(slot, delta):
            return None
        return LeaseOwner(host_id=slot.host_id, generation=slot.generation)

    def _released(self, slot: Slot, delta: Delta) -> bool:
        """Its process is gone, and the daemon of its host, which lives, has seen that."""
        return delta.renewing and self._store.died(slot.process)

    def _wait(self, owner: LeaseOwner, member: Member, now: float) -> _Wait | None:
        """None if the owner lives for sure."""
        other = self._other(owner, member)
        seen = sight(member.delta, other, now)
        if seen is None:
            return _Wait(owner, now, other.renewed(now))
        if seen.last_check == seen.last_live:
            return None
        return _Wait(owner, seen.last_live, seen.stamp)

    def _other(self, owner: LeaseOwner, member: Member) -> Delta:
        return self._store.read(member.path).hosts[owner.host_id]

    def _dead(self, wait: _Wait, member: Member, now: float) -> bool:
        return now - wait.since > self._other(wait.owner, member).host_dead


class LockspacesWithoutGuests(FakeLockspaces):
    """Of a server whose guests are files, which hold no leases (``engine.file_engine``): what is free
    on the storage may be in use."""

    async def owners(self, resources: Collection[Resource]) -> dict[Resource, LeaseOwner | None]:
        return {}


def _shows(there: Delta, own: Delta, now: float) -> bool:
    """Whether the file has what our daemon has written."""
    return there.generation == own.generation and there.renewed(now) >= own.renewed(now)


def _seen(host_id: int, delta: Delta, own: Delta | None, now: float) -> LeaseHost:
    timestamp = 0 if delta.free else int(delta.renewed(now)) + 1
    judged = state(own, delta, now)
    return _lease_host(host_id, delta.generation, timestamp, delta.io_timeout, judged)


@lru_cache(maxsize=1024)
def _lease_host(
    host_id: int, generation: int, timestamp: int, io_timeout: int, state: HostState
) -> LeaseHost:
    """Every server of a simulation asks once a second, and mostly gets the same answer."""
    return LeaseHost(
        host_id=host_id,
        generation=generation,
        timestamp=timestamp,
        io_timeout=io_timeout,
        state=state,
    )
