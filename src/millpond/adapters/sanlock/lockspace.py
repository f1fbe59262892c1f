"""``ports.lockspace`` on sanlock(8)."""

import asyncio
import errno
import logging
import os
from collections.abc import Callable, Collection
from contextlib import suppress
from functools import partial
from typing import Any

import sanlock

from millpond.adapters.daemon_thread import Serial
from millpond.adapters.lease_errors import (
    doubled,
    held,
    held_since,
    lost,
    not_joined,
    outdated,
    replaced,
    silent,
    taken,
)
from millpond.adapters.sanlock import errors, ondisk, status
from millpond.adapters.sanlock.calls import IO_PATIENCE, Calls, lease, number, read_owner
from millpond.domain.errors import MillpondError, Refused
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

_STATES = {
    sanlock.HOST_FREE: HostState.FREE,
    sanlock.HOST_UNKNOWN: HostState.UNKNOWN,
    sanlock.HOST_LIVE: HostState.LIVE,
    sanlock.HOST_FAIL: HostState.FAIL,
    sanlock.HOST_DEAD: HostState.DEAD,
}
_READ_PATIENCE = 5.0
_BUSY_PAUSE = 0.1
_STATUS_AGE = 60.0

_log = logging.getLogger(__name__)


class SanlockLockspaces:
    """Belongs to one asyncio loop. Each resource held here has a connection of its own to the
    daemon: closing it, as the end of this process does, releases the resource."""

    def __init__(self) -> None:
        self._calls = Calls()
        self._reading = Serial("lockspace-read")
        self._reading_owners = Serial("owners-read")
        self._held: dict[Resource, int] = {}
        self._taking: dict[Resource, asyncio.Task[None]] = {}
        self._unwanted: set[Resource] = set()
        self._status: tuple[float, status.DaemonStatus] | None = None

    async def join(self, lockspace: Lockspace) -> None:
        await self._check_place(lockspace)
        if await self.joined(lockspace):
            return
        await self._check_host_id(lockspace)
        add = partial(sanlock.add_lockspace, *_place(lockspace), iotimeout=lockspace.io_timeout)
        try:
            await self._calls.long(
                lockspace.path, add, errors.HOST_ID_BUSY, errors.EXISTS, errors.JOINING
            )
        except sanlock.SanlockException as error:
            if number(error) == errors.HOST_ID_BUSY:
                raise taken(lockspace.host_id, "another server") from error
            await self.join(lockspace)  # a call that was cancelled went on

    async def leave(self, lockspace: Lockspace) -> None:
        if not await self.joined(lockspace):
            return
        remove = partial(sanlock.rem_lockspace, *_place(lockspace), unused=True)
        try:
            await self._calls.long(lockspace.path, remove, errors.BUSY)
        except sanlock.SanlockException as error:
            raise held("of the pool", "a guest or the agent of this server") from error

    async def joined(self, lockspace: Lockspace) -> bool:
        ask = partial(sanlock.inq_lockspace, *_place(lockspace))
        return await self._calls.short(lockspace.path, ask) is True

    async def _check_place(self, lockspace: Lockspace) -> None:
        """Not in the lockspace under another id, nor on the way in or out."""
        settled = partial(sanlock.inq_lockspace, *_place(lockspace), wait=True)
        await self._calls.long(lockspace.path, settled)
        for space in await self._calls.short(lockspace.path, sanlock.get_lockspaces):
            if space["lockspace"] == lockspace.name.encode():
                there = (space["host_id"], space["path"])
                if there != (lockspace.host_id, lockspace.path):
                    raise taken(lockspace.host_id, f"host {there[0]} on {there[1]}, here,")

    async def _check_host_id(self, lockspace: Lockspace) -> None:
        """sanlock itself notices another live host only after its patience with dead ones. Raises
        ``Refused(lease.host_id)`` as soon as the other one renews."""
        me = (await self._read_status()).host
        before = await self._delta(lockspace)
        if before is None or not before.timestamp or before.name == me:
            return
        await asyncio.sleep(RENEWAL * before.io_timeout + 1)
        after = await self._delta(lockspace)
        if after is not None and after.timestamp and after != before:
            raise taken(lockspace.host_id, f"sanlock host {after.name}")

    async def _delta(self, lockspace: Lockspace) -> ondisk.Leader | None:
        deltas = await self._read(_checked_hosts, lockspace)
        return next((d for d in deltas if d.owner == lockspace.host_id), None)

    async def _read(
        self, read: Callable[[Lockspace], ondisk.Leaders], lockspace: Lockspace
    ) -> ondisk.Leaders:
        try:
            return await self._reading.run(partial(read, lockspace), _READ_PATIENCE)
        except TimeoutError:
            raise lost(lockspace.path) from None

    async def hosts(self, lockspace: Lockspace) -> tuple[LeaseHost, ...]:
        # In this order: the file must show at least what the daemon has written there before.
        ask = partial(_known_hosts, lockspace.name.encode())
        known = {host["host_id"]: host for host in await self._calls.short(lockspace.path, ask)}
        deltas = await self._read(_hosts, lockspace)
        hosts = tuple(_host(delta, known.get(delta.owner)) for delta in deltas)
        own = known.get(lockspace.host_id)
        if own is None and await self.joined(lockspace):
            return tuple(_alive(h) if h.host_id == lockspace.host_id else h for h in hosts)
        if own and not any(_shows(h, own) for h in hosts) and await self.joined(lockspace):
            thrown_out = any(_succeeds(h, own) for h in hosts)
            raise doubled(lockspace.host_id) if thrown_out else replaced(lockspace.path)
        return hosts

    async def acquire(self, resource: Resource) -> None:
        """Measured with sanlock 3.8.5: 8 ms for a free one. When this process dies, the daemon
        releases it at once; when the storage is lost, it sends this process SIGTERM 8 x io_timeout
        after the last renewal and SIGKILL 40 s later (its option -g)."""
        if await self.holds(resource):
            return
        self._unwanted.discard(resource)
        taking = self._taking.get(resource)
        if taking is None:
            taking = self._taking[resource] = asyncio.create_task(self._take(resource))
            taking.add_done_callback(lambda t: t.cancelled() or t.exception())
        try:
            await asyncio.shield(taking)
        except asyncio.CancelledError:
            self._unwanted.add(resource)
            raise

    async def _take(self, resource: Resource) -> None:
        """Goes on when its caller is cancelled: the daemon does so too."""
        connection = None
        try:
            connection = await self._calls.short(resource.path, sanlock.register)
            os.set_inheritable(connection, False)  # or a child would go on holding it
            take = partial(sanlock.acquire, *lease(resource), slkfd=connection)
            await self._calls.long(resource.path, take, errors.NOT_JOINED, errors.EXISTS)
            if resource not in self._unwanted:
                self._held[resource], connection = connection, None
        except sanlock.SanlockException as error:
            raise _not_acquired(resource, error) from error
        finally:
            del self._taking[resource]
            if connection is not None:
                os.close(connection)

    async def release(self, resource: Resource) -> None:
        connection = self._held.pop(resource, None)
        if connection is None:
            return
        try:
            let_go = partial(sanlock.release, *lease(resource), slkfd=connection)
            await self._calls.short(resource.path, let_go, errors.NOT_HELD)
        except sanlock.SanlockException:
            _log.warning("lease %s was not held any more", resource.name)
        finally:
            os.close(connection)

    async def holds(self, resource: Resource) -> bool:
        connection = self._held.get(resource)
        if connection is None:
            return False
        ask = partial(_holds, resource, slkfd=connection)
        held = await self._calls.short(resource.path, ask)
        if not held and self._held.get(resource) == connection:
            del self._held[resource]
            os.close(connection)
        return held

    async def owner(self, resource: Resource) -> LeaseOwner | None:
        return await read_owner(self._calls, resource)

    async def clear(self, resource: Resource, proof: Proof) -> bool:
        """Writes the lease anew, which frees it even from a living owner: hence the proof, and one
        thread that looks and writes."""
        now = asyncio.get_running_loop().time
        if not await self._calls.short(resource.path, partial(_clear, resource, proof, now)):
            return False
        claims = "; ".join(f"{c.device}: {c.detail}" for c in proof.claims)
        _log.warning(
            "cleared lease %s of host %d (generation %d), proven dead by %s",
            resource.name,
            proof.host_id,
            proof.generation,
            claims,
        )
        return True

    async def owners(self, resources: Collection[Resource]) -> dict[Resource, LeaseOwner | None]:
        """About 0.1 ms each, past the daemon and every cache."""
        read = partial(_owners, tuple(resources))
        try:
            return await self._reading_owners.run(read, _READ_PATIENCE)
        except TimeoutError:
            raise lost(next(iter(resources)).path) from None

    async def version(self, resource: Resource) -> int:
        read = partial(ondisk.read_resource, resource)
        return (await self._calls.short(resource.path, read)).version or NEVER_TAKEN

    async def keep(self, resource: Resource, pid: int, version: int = 0) -> int:
        """The daemon does one thing at a time for a process: while it does what another agent asked for,
        one that has just died for example, this one asks again."""
        deadline = asyncio.get_running_loop().time() + IO_PATIENCE
        while True:
            try:
                return await self._keep(resource, pid, version)
            except sanlock.SanlockException as error:
                if asyncio.get_running_loop().time() > deadline:
                    raise silent("is busy with the guest's process all the time") from error
            await asyncio.sleep(_BUSY_PAUSE)

    async def _keep(self, resource: Resource, pid: int, version: int) -> int:
        """libvirt cannot resume a guest whose process holds the lease already ("File exists"). Raises
        ``SanlockException`` for a process that the daemon is busy with."""
        read = partial(ondisk.read_resource, resource)
        leader = await self._calls.short(resource.path, read)
        holds = partial(_holds, resource, pid=pid)
        if await self._calls.short(resource.path, holds, errors.BUSY):
            return leader.version
        here = await self._calls.short(resource.path, partial(_joined, resource.lockspace))
        if leader.owner != (here["host_id"] if here else 0) and not (
            version and (leader.version or NEVER_TAKEN) == version
        ):
            raise held_since(resource.name, f"host {leader.owner}")
        take = partial(sanlock.acquire, *lease(resource), pid=pid, version=leader.version)
        try:
            own = (errors.LEASE_CHANGED, errors.NOT_JOINED, errors.EXISTS, errors.BUSY)
            await self._calls.short(resource.path, take, *own)
        except sanlock.SanlockException as error:
            if number(error) == errors.BUSY:
                raise
            held_now = number(error) == errors.EXISTS and await self._calls.short(
                resource.path, holds, errors.BUSY
            )
            if not held_now:
                raise _not_acquired(resource, error) from error
        return leader.version + 1

    async def watchdog(self) -> str | None:
        now = asyncio.get_running_loop().time()
        if self._status is None or self._status[0] < now:
            self._status = (now + _STATUS_AGE, await self._read_status())
        if not self._status[1].uses_watchdog:
            return None
        return await asyncio.to_thread(status.watchdog_device)

    async def _read_status(self) -> status.DaemonStatus:
        await self._calls.answer()
        return await status.read()


def _place(lockspace: Lockspace) -> tuple[bytes, int, str]:
    return lockspace.name.encode(), lockspace.host_id, lockspace.path


def _hosts(lockspace: Lockspace) -> ondisk.Leaders:
    return ondisk.read_lockspace(lockspace.path, lockspace.name)


def _checked_hosts(lockspace: Lockspace) -> ondisk.Leaders:
    """Raises ``Refused(lease.lockspace)`` as well for one that knows less of its hosts than the
    pool's leases do: a fresh file, or one restored. Leases that are held would look free in it."""
    hosts = _hosts(lockspace)
    known = {host.owner: host.generation for host in hosts}
    for lease_of_pool in pool_leases(lockspace):
        leader = ondisk.read_resource(lease_of_pool)
        if leader.generation > known.get(leader.owner, 0):
            raise outdated(lockspace.path)
    return hosts


def _known_hosts(lockspace: bytes) -> list[dict[str, Any]]:
    """What the daemon itself makes of the hosts: nothing before it has joined and looked."""
    try:
        found: list[dict[str, Any]] = sanlock.get_hosts(lockspace)
    except sanlock.SanlockException as error:
        if number(error) in {errno.ENOENT, errno.EAGAIN}:
            return []
        raise
    return found


def _joined(pool: str) -> dict[str, Any] | None:
    """This server's place in the lockspace: ``host_id``, ``path``. None if it has not joined."""
    spaces = sanlock.get_lockspaces()
    return next((s for s in spaces if s["lockspace"] == pool.encode()), None)


def _clear(resource: Resource, proof: Proof, now: Callable[[], float]) -> bool:
    """No turn of the asyncio loop lies between the last look and the write, nor any other work: in
    one, a process may be stopped for so long that the lease is another's. A stop between the two
    calls themselves stays possible: sanlock has no write that compares."""
    here = _joined(resource.lockspace)
    if here is None:
        raise not_joined(resource.lockspace)
    owner = ondisk.owner_of(ondisk.read_resource(resource))
    if owner is None or (owner.host_id, owner.generation) != (proof.host_id, proof.generation):
        return False
    deltas = ondisk.read_lockspace(here["path"], resource.lockspace)
    found = next((_host(d, None) for d in deltas if d.owner == proof.host_id), None)
    check_proof(proof, found, now())
    sanlock.write_resource(*lease(resource))
    return True


def _owners(resources: tuple[Resource, ...]) -> dict[Resource, LeaseOwner | None]:
    found = {}
    for resource in resources:
        with suppress(Refused):
            found[resource] = ondisk.owner_of(ondisk.read_resource(resource))
    return found


def _shows(host: LeaseHost, own: dict[str, Any]) -> bool:
    """Whether the file has what the daemon knows of itself, or what it has written since."""
    there = (host.host_id, host.generation) == (own["host_id"], own["generation"])
    return there and host.timestamp >= own["timestamp"]


def _succeeds(host: LeaseHost, own: dict[str, Any]) -> bool:
    here: bool = host.host_id == own["host_id"]
    return here and host.generation > int(own["generation"])


def _alive(host: LeaseHost) -> LeaseHost:
    """This one, before the daemon has looked at anybody."""
    return host.model_copy(update={"state": HostState.LIVE})


def _host(delta: ondisk.Leader, known: dict[str, Any] | None) -> LeaseHost:
    """The daemon judges what it saw last; what has changed since is alive."""
    if not delta.timestamp:
        state = HostState.FREE
    elif known is None:
        state = HostState.UNKNOWN
    elif (known["generation"], known["timestamp"]) != (delta.generation, delta.timestamp):
        state = HostState.LIVE
    else:
        state = _STATES.get(known["flags"], HostState.UNKNOWN)
    return LeaseHost(
        host_id=delta.owner,
        generation=delta.generation,
        timestamp=delta.timestamp,
        io_timeout=delta.io_timeout,
        state=state,
    )


def _holds(resource: Resource, **process: int) -> bool:
    """Raises ``SanlockException`` for a process that the daemon is busy with."""
    try:
        held = sanlock.inquire(**process)
    except sanlock.SanlockException as error:
        if number(error) == errors.BUSY:
            raise
        return False  # the daemon that gave it is gone
    return any(r["resource"] == resource.name.encode() for r in held)


def _not_acquired(resource: Resource, error: sanlock.SanlockException) -> MillpondError:
    if number(error) == errors.NOT_JOINED:
        return not_joined(resource.lockspace)
    if number(error) == errors.LEASE_CHANGED:
        return held_since(resource.name, "another host")
    return held(resource.name, "another process of this server")
