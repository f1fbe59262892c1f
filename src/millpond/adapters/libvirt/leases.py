"""A guest's lease where libvirt's lock driver leaves a gap: before a start, and in a pause.

libvirt takes the lease when a guest's processors begin to run and lets go of it when they stop, for
whatever reason (lock_driver_sanlock.c, libvirt 9.0). Hence:

- Before a start the lease's owner is looked at here. libvirtd would ask sanlock, which waits until
  a silent owner is dead for certain, and would answer no question about any guest meanwhile.
- A guest that stands still gets its lease back at once, for its own QEMU process: it ends with that
  process, and sanlock kills the guest if the storage is lost. For the milliseconds in between the
  lease is free. A guest whose lease another server takes in them stays paused: it writes nothing,
  its memory may be all there is of what it had not written, and the other may have been wrong to
  take it. It never runs on, for the lease then has been another's.
- libvirt can't resume a guest that holds its lease (and would not notice that another had it in
  between), so QEMU itself is told to let it run on; libvirt follows QEMU's event.
- A guest that was stopped to be saved, or was restored, has a memory image that is out of date as soon
  as it runs: whoever lets it run removes that first, so that nobody can ever load it over newer disks.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import libvirt
import libvirt_qemu

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import CONNECTED, Connection, RawEvent
from millpond.adapters.libvirt.host import takes_leases
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.turns import Turns
from millpond.adapters.used_memory import retire
from millpond.domain.errors import Failed, MillpondError, Refused
from millpond.domain.layout import vm_lease
from millpond.domain.leases import HostState, LeaseHost, LeaseOwner, Lockspace, in_the_way
from millpond.domain.vm import Guest, GuestSpec, Power
from millpond.ports.lockspace import Lockspaces

_GRACE = 1.0
"""Seconds a live owner gets to let go: sanlock frees the lease of a guest that ended a moment ago."""
_LOOK_AGAIN = 0.1
_WAKES_WITHIN = 5.0
_PIDS = Path("/run/libvirt/qemu")


@dataclass(frozen=True)
class _Still:
    """A guest that stands still, and its QEMU process."""

    meta: Metadata
    pid: int


class GuestLeases:
    """``lockspace`` is this server's place in its pool's lockspace, None while it is in no pool."""

    def __init__(
        self,
        connection: Connection,
        lockspaces: Lockspaces,
        lockspace: Callable[[], Awaitable[Lockspace | None]],
    ) -> None:
        self._connection = connection
        self._lockspaces = lockspaces
        self._lockspace = lockspace
        self._proven = False
        self._turns = Turns()
        self._outdated: dict[str, str] = {}
        """The runs of guests whose lease another server has held since, by VM."""

    async def check_joined(self, spec: GuestSpec) -> Lockspace:
        """Raises ``Refused``: ``lease.lockspace`` if this server holds no host id in the lockspace
        of the guest's lease, ``lease.daemon`` if sanlock does not answer or libvirt does not use
        it."""
        if not takes_leases():
            raise Refused(
                "lease.daemon",
                _subject(spec),
                "libvirt on the server takes no leases",
                'in its /etc/libvirt/qemu.conf say lock_manager = "sanlock", and restart libvirtd',
            )
        lockspace = await self._lockspace()
        if (
            lockspace is None
            or lockspace.name != spec.lockspace
            or not await self._lockspaces.joined(lockspace)
        ):
            raise Refused(
                "lease.lockspace",
                _subject(spec),
                "the server has not joined the lockspace of its pool (yet)",
                f"repeat in a minute; until then see why with: millpond pool ha {spec.lockspace}",
            )
        return lockspace

    async def check_free(self, spec: GuestSpec) -> None:
        """Raises ``Refused``: ``lease.held``, and what ``check_joined`` does."""
        lease = vm_lease(spec.directory, spec.lockspace, spec.config.id)
        lockspace, owner = await asyncio.gather(
            self.check_joined(spec), self._lockspaces.owner(lease)
        )
        deadline = time.monotonic() + _GRACE
        while True:
            hosts = await self._lockspaces.hosts(lockspace) if owner else ()
            host = in_the_way(owner, hosts)
            if host is None:
                return
            if host.state is not HostState.LIVE or time.monotonic() > deadline:
                raise _held(spec, host, lockspace)
            await asyncio.sleep(_LOOK_AGAIN)
            owner = await self._lockspaces.owner(lease)

    async def version(self, spec: GuestSpec) -> int:
        """Of its lease: a guest that is restored from now on may have it if nobody has until then."""
        return await self._lockspaces.version(
            vm_lease(spec.directory, spec.lockspace, spec.config.id)
        )

    def notice(self, event: RawEvent) -> None:
        """In the asyncio loop."""
        if event.kind == CONNECTED:
            self._proven = False

    async def check_taken(self, spec: GuestSpec) -> None:
        """That libvirt took the lease of a guest it just started: its files may say so, and a libvirtd
        that read others when it began do otherwise. One guest on each connection proves it for all.
        Raises ``Refused(lease.daemon)`` where it surely did not. A doubt ends nobody: the next guest
        is looked at, and who runs without a lease is found by the pool's HA (``ha.guard``)."""
        if self._proven:
            return
        lease = vm_lease(spec.directory, spec.lockspace, spec.config.id)
        try:
            place, owner = await self.check_joined(spec), await self._lockspaces.owner(lease)
            hosts = {h.host_id: h.generation for h in await self._lockspaces.hosts(place)}
        except MillpondError:
            return
        if place.host_id not in hosts:
            return
        if owner == LeaseOwner(host_id=place.host_id, generation=hosts[place.host_id]):
            self._proven = True
            return
        look = partial(view.guest, vm=spec.config.id)
        guest = await self._connection.read("look at guest", look)
        if guest is None or guest.power is not Power.RUNNING:
            return  # it has ended or been paused, and its lease has gone with that
        raise Refused(
            "lease.daemon",
            _subject(spec),
            "libvirt on the server started it without its lease, so it was ended",
            'see that its qemu.conf says lock_manager = "sanlock", and restart libvirtd there',
        )

    async def keep(
        self, vm: str, concerned: Callable[[libvirt.virDomain], bool] = view.stands_still
    ) -> int:
        """Have a guest that stands still hold its lease; the lease's version, 0 if the guest does
        not stand still (any more). Raises ``Refused``: ``lease.held``, ``lease.outdated`` and what
        sanlock says."""
        async with self._turns.alone(vm):
            still = await self._still(vm, concerned)
            return 0 if still is None else await self._hold(still)

    async def wake(
        self, vm: str, concerned: Callable[[libvirt.virDomain], bool] = view.stands_still
    ) -> None:
        """Let a guest that stands still run on, under its lease, and without its memory image. Raises
        as ``keep`` does, ``Unknown`` if that image cannot be removed, and ``Failed``."""
        async with self._turns.alone(vm):
            still = await self._still(vm, concerned)
            if still is None:
                return
            await self._hold(still)
            if still.meta.saving:
                await asyncio.to_thread(retire, still.meta.directory)
            await self._connection.call("unpause", lambda c: _run_on(c, vm))

    def judged(self, guest: Guest) -> Guest:
        """With what is known of its lease."""
        known = self._outdated.get(guest.id) == guest.run and guest.power is Power.PAUSED
        return guest.model_copy(update={"outdated": True}) if known else guest

    async def lost(self) -> bool:
        """Whether this server is no (more) a host of its pool's lockspace."""
        lockspace = await self._lockspace()
        try:
            return lockspace is not None and not await self._lockspaces.joined(lockspace)
        except Refused:
            return True

    async def _still(
        self, vm: str, concerned: Callable[[libvirt.virDomain], bool]
    ) -> _Still | None:
        return await self._connection.read("look at guest", lambda c: _look(c, vm, concerned))

    async def _hold(self, still: _Still) -> int:
        meta = still.meta
        try:
            version = await self._lockspaces.keep(meta.lease, still.pid, meta.version)
            self._outdated.pop(meta.config.id, None)
            return version
        except Refused as error:
            if error.code == "lease.outdated":
                self._outdated[meta.config.id] = meta.run
            subject = f"vm {meta.config.name}"
            raise Refused(error.code, subject, error.message, error.fix, error.details) from error


def _subject(spec: GuestSpec) -> str:
    return f"vm {spec.config.name}"


def _held(spec: GuestSpec, host: LeaseHost, lockspace: Lockspace) -> Refused:
    """``details`` has the owner's host id."""
    if host.host_id == lockspace.host_id:
        how = "another process of this server holds its lease"
    elif host.state is HostState.LIVE:
        how = f"the server with host id {host.host_id} holds its lease"
    else:
        how = f"the server with host id {host.host_id} held its lease and may still be alive"
    return Refused(
        "lease.held",
        _subject(spec),
        how,
        "the lease of a server that failed is free once it is fenced, or dead to sanlock; look where"
        f" the VM runs, and how its server is, with: millpond pool ha {spec.lockspace}",
        {"host_id": host.host_id},
    )


def _look(
    connection: libvirt.virConnect, vm: str, concerned: Callable[[libvirt.virDomain], bool]
) -> _Still | None:
    domain = view.lookup(connection, vm)
    meta = view.metadata(domain) if domain is not None else None
    if domain is None or meta is None or not meta.lockspace:
        return None
    try:
        if not concerned(domain):
            return None
        return _Still(meta, int((_PIDS / f"{domain.name()}.pid").read_text()))
    except FileNotFoundError:  # it has just ended
        return None
    except libvirt.libvirtError as error:
        if view.ended(error):
            return None
        raise


def _run_on(connection: libvirt.virConnect, vm: str) -> None:
    """Blocking, until libvirt too knows that it runs."""
    domain = view.lookup(connection, vm)
    if domain is None:
        return
    answer = json.loads(libvirt_qemu.qemuMonitorCommand(domain, '{"execute": "cont"}', 0))
    if "error" in answer:
        raise Failed("unpause", f"QEMU says: {answer['error'].get('desc', answer['error'])}")
    deadline = time.monotonic() + _WAKES_WITHIN
    while view.is_paused(domain):
        if time.monotonic() > deadline:
            raise Failed("unpause", "the guest stands still again")
        time.sleep(0.01)
    meta = view.metadata(domain)
    if meta is not None and (meta.saving or meta.version):
        view.set_metadata(domain, replace(meta, saving=False, version=0))
