"""One server's part in its pool's lockspace: local, not part of the wire."""

from collections.abc import Collection
from typing import Protocol

from millpond.domain.ha.proof import Proof
from millpond.domain.leases import LeaseHost, LeaseOwner, Lockspace, Resource


class Lockspaces(Protocol):
    """sanlock(8) on this server. Calls that may block for long (joining, acquiring from a host whose
    liveness is not yet known) run in threads and can be cancelled by their caller; what they then
    still do is safe to repeat.

    What a process acquires here is bound to this process: when the storage is lost for too long
    sanlock kills it (SIGTERM, then SIGKILL) before any other host may take the lease. Every method
    may raise ``Refused``: ``lease.daemon`` (sanlock does not answer), ``storage.unavailable``.
    """

    async def join(self, lockspace: Lockspace) -> None:
        """Take the host id; returns when it is ours (about 2 x io_timeout + 1 s; far longer if a
        host with this id was here and did not leave). Joined already: returns at once. Raises
        ``Refused``: ``lease.host_id`` (another live host has this id), ``lease.lockspace`` (the
        file is missing, damaged, another pool's, or older than the pool's leases).

        It begins a new generation, and what this host held under the older one is free for others
        from then on: guests that a former daemon left behind have to be gone before."""
        ...

    async def leave(self, lockspace: Lockspace) -> None:
        """Give the host id back. Refused(``lease.held``) while leases are held here. Not joined:
        does nothing."""
        ...

    async def joined(self, lockspace: Lockspace) -> bool:
        """Whether this server holds its host id now. Raises ``Refused(lease.daemon)``."""
        ...

    async def hosts(self, lockspace: Lockspace) -> tuple[LeaseHost, ...]:
        """Every host id ever used, as fresh as the storage can tell; at most a few milliseconds. A
        host's ``state`` is sanlock's judgement, which waits for its own next renewal; unknown for all
        but this host until it has joined and looked. Raises ``Refused(lease.lockspace)``, also when
        the file was replaced under a server that uses it."""
        ...

    async def acquire(self, resource: Resource) -> None:
        """Hold ``resource`` in this process. Held by it already: does nothing. Raises
        ``Refused(lease.held)`` if another host holds it and lives."""
        ...

    async def release(self, resource: Resource) -> None:
        """Not held: does nothing."""
        ...

    async def holds(self, resource: Resource) -> bool:
        """Whether this process holds it now, as sanlock says."""
        ...

    async def owner(self, resource: Resource) -> LeaseOwner | None:
        """By what the storage says; None if it is free. Raises ``Refused(lease.lockspace)`` if
        there is no such lease."""
        ...

    async def owners(self, resources: Collection[Resource]) -> dict[Resource, LeaseOwner | None]:
        """Of several at once, read past the daemon. Those that cannot be read are left out."""
        ...

    async def clear(self, resource: Resource, proof: Proof) -> bool:
        """Free a lease that the proven dead host of ``proof`` still holds; True if it was its. A
        lease of anybody else is left alone (False). Raises ``Refused`` for a lease of its:
        ``fence.contradicted`` if the host has renewed its delta lease since, ``fence.unproven`` if
        the proof is too old, which is counted on this process's own loop."""
        ...

    async def version(self, resource: Resource) -> int:
        """Of the lease as it is now: grows by one with each acquisition by anybody. ``NEVER_TAKEN`` of
        one that nobody has had."""
        ...

    async def keep(self, resource: Resource, pid: int, version: int = 0) -> int:
        """Have another process of this server hold ``resource``: a paused guest's, known to sanlock
        by the hypervisor, which lets go of the lease while the guest's processors stand still. The
        lease then is that process's as before: free when it ends, and with the storage lost for too
        long sanlock kills it. Held by it already: does nothing. Returns the lease's version.

        Raises ``Refused``: ``lease.held`` if another holds it, ``lease.outdated`` if another held it
        since: the last to hold it must have been this server, or whoever did so under ``version`` (a
        guest that was moved here while paused, or restored; 0: nobody). The guest's memory may be out
        of date otherwise, so it must never run on."""
        ...

    async def watchdog(self) -> str | None:
        """The device that resets this server if sanlock stops renewing, None if there is none."""
        ...
