"""Guests on one server."""

from collections.abc import AsyncIterator
from typing import Protocol

from millpond.domain.events import GuestChanged
from millpond.domain.migration import MigrationOptions
from millpond.domain.usage import GuestCounters
from millpond.domain.vm import Coming, Disk, Guest, GuestSpec


class Hypervisor(Protocol):
    """One server's guests. Every method is safe to repeat: asking for what is already so does
    nothing. Methods with a ``task`` argument start long work, return at once, and are followed
    through ``Tasks`` under that name; a second call with the same name joins the first."""

    async def coming(self) -> list[Coming]:
        """All that is being started, restored or received here at this moment, whoever asked for it
        and whether or not that one still lives. Ask before ``guests``: a guest that has come in
        between is in both, and none is in neither."""
        ...

    async def guests(self) -> list[Guest]:
        """All guests that exist here (running or paused), Millpond's own only."""
        ...

    async def guest(self, vm: str) -> Guest | None:
        """The guest with this id, or None if this server runs no such guest."""
        ...

    async def counters(self) -> list[GuestCounters]:
        """What each guest that runs here now has used, by one question to the hypervisor for all. One
        that is too busy to be asked is left out; nobody waits for it."""
        ...

    async def start(self, spec: GuestSpec) -> Guest:
        """Start the guest, under its lease; if it already runs with ``spec.run``, return it as it is.
        Memory saved of it is out of date then, and durably removed before.

        Raises ``Refused``: ``vm.state`` if it runs under another run; ``lease.held`` if another
        holds its lease, or may still (``details`` has that server's ``host_id`` if it is known);
        ``lease.lockspace`` if it has no lease or the server is not in the lockspace; ``lease.daemon``;
        ``hypervisor.refused`` with the hypervisor's words otherwise. Returns once the hypervisor
        reports it running."""
        ...

    async def shutdown(self, vm: str) -> None:
        """Ask the guest to power off (ACPI button; guest agent if it is connected). Returns at
        once; a guest that does not exist is fine."""
        ...

    async def wait_gone(self, vm: str, run: str, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds (at most 30 a call) until run ``run`` of the guest is no
        more; True if so. Woken by the hypervisor's event, not by polling."""
        ...

    async def destroy(self, vm: str) -> None:
        """Power off now. Gone when it returns."""
        ...

    async def reset(self, vm: str, mark: str) -> None:
        """Press the reset button once; ``mark`` is recorded in the guest (``Guest.mark``) after."""
        ...

    async def pause(self, vm: str) -> None:
        """Its processors stand still; it keeps its lease, whatever else makes it stand still. Raises
        ``Refused(lease.outdated)`` if another took the lease just then: it then stays paused, for good."""
        ...

    async def unpause(self, vm: str) -> None:
        """Let it run on; a memory image that it has is out of date from then on, and is removed first.
        Raises ``Refused(lease.outdated)`` if another has held its lease since: its memory is out of
        date, so it must not run on."""
        ...

    async def save(self, task: str, vm: str, path: str) -> None:
        """Suspend to the file ``path`` on shared storage; the guest is gone when the task is done.
        The file appears under its name only when complete (written beside it, then renamed)."""
        ...

    async def restore(self, spec: GuestSpec) -> Guest:
        """Resume with run ``spec.run`` from the VM's memory image (``layout.suspend_image``).

        The guest is loaded and stands still, takes its lease, the image is durably removed, and only
        then does it run: no image is ever older than the disks. Whatever ends this before the image
        is gone leaves it as it was. Repeating goes on from there, and is safe as in ``start``; it
        raises ``Refused(vm.state)`` if there is neither guest nor image, and otherwise what ``start``
        does."""
        ...

    async def apply(self, spec: GuestSpec) -> Guest:
        """Bring the running guest as near to ``spec.config`` as can be done hot (``HOT_FIELDS``):
        memory within max_memory, vCPUs within max_vcpus, weight, cap, VIFs added, removed,
        re-plugged, rate limits. What cannot be done hot is left (it stays pending)."""
        ...

    async def move_disk(self, task: str, vm: str, moved: Disk, rate: int) -> None:
        """Have the running guest use the empty image ``moved`` instead of its disk of the same target,
        whose contents are copied there while it writes, at ``rate`` bytes a second at most (0: no
        limit). Safe at any instant: until the switch the old file is the disk, from then on the new
        one, also for a ``start`` by a record that still names the old (a note beside that file says
        so). Whatever fails, and when it is cancelled, the guest goes on with the old file."""
        ...

    async def keep_disk(self, vm: str, moved: Disk) -> None:
        """Take back what is left of a ``move_disk`` that was broken off: the guest goes on with its old
        file. Raises ``Failed`` if it uses the new one; a guest that is not here is fine."""
        ...

    async def migrate(self, task: str, vm: str, address: str, options: MigrationOptions) -> None:
        """Move the running guest live to the server at ``address``, over TLS (libvirt's
        peer-to-peer migration, QEMU streams under migrate_tls_x509_cert_dir). The task's result
        has ``downtime_ms`` and ``total_ms``. Whatever fails, exactly one copy runs after."""
        ...

    async def accept_migration(self, spec: GuestSpec) -> None:
        """Called on the target before ``migrate``: check that it could run the guest (bridges,
        disks readable, no such guest here). Raises the ``migration.*`` refusals."""
        ...

    async def console_tail(self, vm: str, size: int) -> str:
        """The last ``size`` bytes (at most 1 MiB) of the guest's serial console since it came to
        this server, undecodable bytes replaced."""
        ...

    def events(self) -> AsyncIterator[GuestChanged]:
        """Every change of a guest's state, as the hypervisor reports it; never polls. Survives the
        hypervisor daemon's restart (reconnects, then reports whatever changed meanwhile)."""
        ...


class Consoles(Protocol):
    """Byte streams to a guest. Not relayed as calls but as WebSockets."""

    async def open(self, vm: str, kind: str) -> "ByteStream":
        """``kind`` is ``serial`` or ``vnc``. Raises ``Refused(vm.state)`` if it does not run."""
        ...


class ByteStream(Protocol):
    async def read(self) -> bytes:
        """The next bytes; ``b""`` at the end."""
        ...

    async def write(self, data: bytes) -> None: ...

    async def close(self) -> None: ...
