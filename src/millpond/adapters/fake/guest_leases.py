"""The leases that the guests of a fake server run under, as libvirt's lock driver has it: a sanlock
process for each QEMU."""

import asyncio
from collections.abc import Callable
from itertools import count
from typing import Protocol

from millpond.adapters.fake.guests import FakeGuest
from millpond.adapters.fake.lockspace import FakeLockspaces
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.lease_errors import held, not_joined
from millpond.domain.layout import vm_lease
from millpond.domain.leases import HostState, Lockspace, Resource, in_the_way

_GRACE = 1.0
_LOOK_AGAIN = 0.1


class Leases(Protocol):
    """Every method but ``gone`` raises ``Refused``: ``lease.held``, and what sanlock says."""

    async def check_free(self, guest: FakeGuest) -> None:
        """Whether it could be taken now, without waiting for a silent owner's death."""
        ...

    async def version(self, guest: FakeGuest) -> int:
        """Of the lease now (``ports.lockspace.Lockspaces.version``)."""
        ...

    async def take(self, guest: FakeGuest) -> None:
        """Its processors begin to run."""
        ...

    async def drop(self, guest: FakeGuest) -> None:
        """Its processors stop."""
        ...

    async def keep(self, guest: FakeGuest) -> int:
        """A guest that stands still gets its lease back, unless another had it since; the lease's
        version (``ports.lockspace.Lockspaces.keep``)."""
        ...

    def gone(self, vm: str) -> None:
        """The guest's process ended."""
        ...


class NoLeases:
    """For servers without a lockspace."""

    async def check_free(self, guest: FakeGuest) -> None:
        pass

    async def version(self, guest: FakeGuest) -> int:
        return 0

    async def take(self, guest: FakeGuest) -> None:
        pass

    async def drop(self, guest: FakeGuest) -> None:
        pass

    async def keep(self, guest: FakeGuest) -> int:
        return 0

    def gone(self, vm: str) -> None:
        pass


class SanlockLeases:
    """``lost`` is called with the id of a VM whose lease was lost: sanlock sends its QEMU SIGTERM."""

    def __init__(self, sanlock: FakeSanlock, lost: Callable[[str], None]) -> None:
        self._sanlock = sanlock
        self._lost = lost
        self._pids: dict[str, int] = {}
        self._processes: dict[str, FakeLockspaces] = {}
        self._next_pid = count(1000)

    async def check_free(self, guest: FakeGuest) -> None:
        lease, loop = _lease(guest), asyncio.get_running_loop()
        process = self._process(guest.id)
        deadline = loop.time() + _GRACE
        while True:
            lockspace = self._lockspace(lease)
            owner = await process.owner(lease)
            hosts = await process.hosts(lockspace) if owner else ()
            host = in_the_way(owner, hosts)
            if host is None:
                return
            if host.state is not HostState.LIVE or loop.time() > deadline:
                raise held(lease.name, f"host {host.host_id}")
            await asyncio.sleep(_LOOK_AGAIN)

    async def version(self, guest: FakeGuest) -> int:
        return await self._process(guest.id).version(_lease(guest))

    async def take(self, guest: FakeGuest) -> None:
        await self._process(guest.id).acquire(_lease(guest))

    async def drop(self, guest: FakeGuest) -> None:
        await self._process(guest.id).release(_lease(guest))

    async def keep(self, guest: FakeGuest) -> int:
        process = self._process(guest.id)
        return await process.keep(_lease(guest), self._pids[guest.id], guest.version)

    def gone(self, vm: str) -> None:
        process = self._processes.pop(vm, None)
        if process is not None:
            process.die()

    def _lockspace(self, lease: Resource) -> Lockspace:
        """Raises ``Refused(lease.lockspace)`` unless this server has joined it."""
        member = self._sanlock.spaces.get(lease.lockspace)
        if member is None or member.killing:
            raise not_joined(lease.lockspace)
        return Lockspace(
            name=lease.lockspace,
            path=member.path,
            host_id=member.host_id,
            io_timeout=member.delta.io_timeout,
        )

    def _process(self, vm: str) -> FakeLockspaces:
        found = self._processes.get(vm)
        if found is None:
            pid = self._pids[vm] = next(self._next_pid)
            found = FakeLockspaces(self._sanlock, f"pid-{pid}", lambda: self._lost(vm))
            self._processes[vm] = found
        return found


def _lease(guest: FakeGuest) -> Resource:
    return vm_lease(guest.spec.directory, guest.spec.lockspace, guest.id)
