"""``ports.hypervisor.Hypervisor`` on libvirt.

Domains are transient and carry all Millpond knows of them in their metadata, so a guest is either
there with its whole story or not there at all: nothing can go stale on a server's disk.
"""

import asyncio
import contextlib
import logging
import socket
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TypeVar

import libvirt
from lxml import etree

from millpond.adapters.libvirt import counters, hot, hot_disks, migration, saving, view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import Host, domain_xml, serial_log
from millpond.adapters.libvirt.errors import refused, translating
from millpond.adapters.libvirt.events import Changes
from millpond.adapters.libvirt.host import HostFacts
from millpond.adapters.libvirt.leases import GuestLeases
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.libvirt.mirroring import Mirroring
from millpond.adapters.libvirt.pauses import Pauses
from millpond.adapters.libvirt.settling import Settler
from millpond.adapters.libvirt.shutdown import press_power_button
from millpond.adapters.libvirt.tail import read_tail
from millpond.adapters.moving_disks import where_they_are
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.adapters.turns import Turns
from millpond.adapters.used_memory import retire, used_up
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.events import GuestChanged
from millpond.domain.layout import suspend_image
from millpond.domain.leases import Lockspace
from millpond.domain.migration import MigrationOptions
from millpond.domain.pool_lun import PoolLun
from millpond.domain.server import Acceleration
from millpond.domain.usage import GuestCounters
from millpond.domain.vm import DEFAULT_IO_WEIGHT, Coming, Disk, Guest, GuestSpec, Power
from millpond.ports.lockspace import Lockspaces

T = TypeVar("T")
_log = logging.getLogger(__name__)
MAX_WAIT = 30.0
MAX_TAIL = 1 << 20


class LibvirtHypervisor:
    """``acceleration`` proves, or remembers, what this server can run guests with; ``lockspace`` is
    its place in its pool's lockspace, None while it is in no pool."""

    def __init__(
        self,
        connection: Connection,
        tasks: TaskRunner,
        acceleration: Callable[[], Awaitable[Acceleration]],
        lockspaces: Lockspaces,
        lockspace: Callable[[], Awaitable[Lockspace | None]],
        lun: Callable[[str], PoolLun | None] = lambda device: None,
    ) -> None:
        self._connection = connection
        self._tasks = tasks
        self._host = HostFacts(connection, acceleration, lun)
        self._server_id = ""
        self._turns = Turns()
        self._bringing: dict[str, Coming] = {}
        self._leases = GuestLeases(connection, lockspaces, lockspace)
        self._changes = Changes(self._server, self.guest, self.guests, self._leases.lost)
        self._pauses = Pauses(connection, self._leases)
        self._settler = Settler(connection, lambda vm: self._leases.wake(vm, view.is_paused))
        for listener in (self._changes, self._pauses, self._settler, self._leases):
            connection.listen(listener.notice)

    async def coming(self) -> list[Coming]:
        with translating("list guests", "hypervisor"):
            asked = list(self._bringing.values())
            found = await self._connection.read("list guests", view.coming)
        return list({c.vm: c for c in (*found, *asked)}.values())

    async def guests(self) -> list[Guest]:
        with translating("list guests", "hypervisor"):
            found = await self._connection.read("list guests", view.guests)
        return list(map(self._leases.judged, found))

    async def guest(self, vm: str) -> Guest | None:
        with translating("look at guest", f"vm {vm}"):
            found = await self._connection.read("look at guest", lambda c: view.guest(c, vm))
        return found and self._leases.judged(found)

    async def counters(self) -> list[GuestCounters]:
        with translating("read counters", "hypervisor"):
            return await self._connection.call_long("read counters", counters.read)

    async def start(self, spec: GuestSpec) -> Guest:
        with translating("start", _subject(spec)):
            host = await self._host.for_domains()
            spec = await asyncio.to_thread(_placed, spec)
        meta = _fresh(_weighed(spec, host))

        def work(connection: libvirt.virConnect) -> Guest:
            there = _same_run(connection, spec)
            if there is not None:
                return there
            with _creating(connection, spec):
                domain = connection.createXML(domain_xml(meta, host))
            return _described(domain, spec)

        with translating("start", _subject(spec)):
            async with self._alone("start", spec):
                here = await self._is_here(spec) and not await self._ended_outlived(spec)
                if not here:
                    await self._leases.check_free(spec)
                    await asyncio.to_thread(retire, spec.directory)
                guest = await self._connection.call("start", work)
                if not here:
                    await self._check_leased(spec)
                return guest

    async def shutdown(self, vm: str) -> None:
        with translating("shutdown", f"vm {vm}"):
            await press_power_button(self._connection, vm)

    async def wait_gone(self, vm: str, run: str, timeout: float) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(timeout, MAX_WAIT)
        with self._changes.bell(vm) as bell:
            while True:
                bell.clear()
                with translating("wait", f"vm {vm}"):
                    if not await self._connection.read("wait", lambda c: _runs(c, vm, run)):
                        return True
                left = deadline - loop.time()
                if left <= 0:
                    return False
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await bell.wait()

    async def destroy(self, vm: str) -> None:
        await self._on(vm, "destroy", lambda domain: domain.destroy(), missing_is_fine=True)

    async def reset(self, vm: str, mark: str) -> None:
        def work(domain: libvirt.virDomain) -> None:
            meta = _known(domain, vm)
            if meta.mark != mark:
                domain.reset()
                view.set_metadata(domain, replace(meta, mark=mark))

        await self._on(vm, "reset", work)

    async def pause(self, vm: str) -> None:
        def work(domain: libvirt.virDomain) -> None:
            guest = view.describe(domain)
            if guest is not None and guest.power is Power.RUNNING:
                saving.stays_paused(domain)
                domain.suspend()

        await self._on(vm, "pause", work)
        with translating("pause", f"vm {vm}"):
            await self._leases.keep(vm)

    async def unpause(self, vm: str) -> None:
        await self._on(vm, "unpause", view.describe)
        with translating("unpause", f"vm {vm}"):
            await self._leases.wake(vm)

    async def save(self, task: str, vm: str, path: str) -> None:
        async def work(report: Report) -> dict[str, float]:
            with translating("save", f"vm {vm}"):
                return await saving.save(self._connection, self._leases, vm, path, report)

        self._tasks.start(task, work)

    async def restore(self, spec: GuestSpec) -> Guest:
        image = suspend_image(spec.directory)

        def work(connection: libvirt.virConnect, version: int) -> None:
            if _same_run(connection, spec) is None:
                _check_image(spec, image)
                with _creating(connection, spec):
                    saving.restore(connection, replace(_fresh(spec), version=version), image)

        with translating("restore", _subject(spec)):
            async with self._alone("restore", spec):
                version, here = 0, await self._is_here(spec)
                if not here:
                    version = await self._leases.version(spec)
                    await self._leases.check_free(spec)
                await self._connection.call_long("restore", partial(work, version=version))
                await self._run_restored(spec, image, loaded=not here)
        return await self._caught_up(spec)

    async def _run_restored(self, spec: GuestSpec, image: str, *, loaded: bool) -> None:
        """Let a restored guest run that has not yet. One that gets no lease is ended, unless its memory
        is nowhere else; what was just ``loaded`` is there too, or a start elsewhere outdated it."""
        vm = spec.config.id
        if not await self._connection.read("restore", lambda c: saving.is_stopped(c, vm)):
            return
        try:
            await self._leases.wake(vm)
        except Refused:
            if loaded or await asyncio.to_thread(Path(image).exists):
                await self.destroy(vm)
            raise

    async def _caught_up(self, spec: GuestSpec) -> Guest:
        """Do to a restored guest what was changed in its record while it slept, as far as that can be
        done hot. It runs, whatever is refused of that."""
        try:
            return await self.apply(spec)
        except (Refused, Failed) as error:
            guest = await self.guest(spec.config.id)
            if guest is not None and guest.run == spec.run:
                _log.warning("%s was restored, and is not as its record: %s", _subject(spec), error)
                return guest
            raise used_up(spec, "it ended as soon as it ran") from error

    async def apply(self, spec: GuestSpec) -> Guest:
        with translating("apply", _subject(spec)), self._changes.bell(spec.config.id) as bell:
            host = await self._host.for_domains()
            await hot.apply(self._connection, spec, host, bell)
            await hot_disks.apply(self._connection, spec, host, bell)
        guest = await self.guest(spec.config.id)
        if guest is None:
            raise _not_here(_subject(spec))
        await self._changes.changed_here(guest)
        return guest

    async def move_disk(self, task: str, vm: str, moved: Disk, rate: int) -> None:
        mirroring = Mirroring(self._connection, self._leases, vm, moved, rate)

        async def work(report: Report) -> dict[str, float]:
            with translating("move disk", f"vm {vm}"):
                result = await mirroring.run(await self._host.for_domains(), report)
            guest = await self.guest(vm)
            if guest is not None:
                await self._changes.changed_here(guest)
            return result

        self._tasks.start(task, work)

    async def keep_disk(self, vm: str, moved: Disk) -> None:
        with translating("move disk", f"vm {vm}"):
            await Mirroring(self._connection, self._leases, vm, moved).stop()

    async def migrate(self, task: str, vm: str, address: str, options: MigrationOptions) -> None:
        async def work(report: Report) -> dict[str, float]:
            with translating("migrate", f"vm {vm}"), self._changes.bell(vm) as bell:
                version = await self._leases.keep(vm)  # of a paused guest
                return await migration.migrate(
                    self._connection,
                    vm,
                    address,
                    options,
                    report,
                    bell,
                    version,
                    lambda: self._changes.completed_job(vm),
                )

        self._tasks.start(task, work)

    async def accept_migration(self, spec: GuestSpec) -> None:
        with translating("accept migration", _subject(spec)):
            here = await self._is_here(spec)
        if here:
            raise Refused(
                "vm.state",
                _subject(spec),
                "a guest with its id is on the target already, or is just arriving there",
                "wait for the other migration to end, and look at it with: "
                f"millpond vm show {spec.config.name}",
            )
        await self._leases.check_joined(spec)
        await self._host.check_arrival(spec)

    async def console_tail(self, vm: str, size: int) -> str:
        limit = max(0, min(size, MAX_TAIL))
        data = await asyncio.to_thread(read_tail, serial_log(vm), limit)
        return data.decode(errors="replace")

    def events(self) -> AsyncIterator[GuestChanged]:
        return self._events(self._changes.stream())

    async def _events(self, stream: AsyncIterator[GuestChanged]) -> AsyncIterator[GuestChanged]:
        await self._server()  # connects, so that there are events at all
        async for change in stream:
            yield change

    async def close(self) -> None:
        """Let go of libvirtd; guests and running migrations go on."""
        self._changes.close()
        self._pauses.close()
        self._settler.close()
        await self._connection.close()

    async def _check_leased(self, spec: GuestSpec) -> None:
        """End a guest that was just started here and surely runs without its lease."""
        try:
            await self._leases.check_taken(spec)
        except Refused:
            await self.destroy(spec.config.id)
            raise

    async def _is_here(self, spec: GuestSpec) -> bool:
        """Whether libvirt has a domain of it, in whatever state."""
        return await self._connection.read(
            "look", lambda c: view.lookup(c, spec.config.id) is not None
        )

    async def _ended_outlived(self, spec: GuestSpec) -> bool:
        """End what another run of the guest left standing still here (a migration whose target died
        after it ran the guest), if its lease is free and another had it since: its memory is out of
        date, so it is good for nothing but to be in the way."""
        there = await self.guest(spec.config.id)
        if there is None or there.run == spec.run or there.power is not Power.PAUSED:
            return False
        try:
            await self._leases.check_free(spec)
            await self._leases.keep(spec.config.id, view.is_paused)
        except Refused as refused:
            if refused.code == "lease.outdated":
                await self.destroy(spec.config.id)
                return True
        return False

    async def _server(self) -> str:
        """The libvirt host's UUID: this server's id."""
        if not self._server_id:
            self._server_id = await self._connection.read("identify server", _host_uuid)
        return self._server_id

    @contextlib.asynccontextmanager
    async def _alone(self, step: str, spec: GuestSpec) -> AsyncIterator[None]:
        """One start or restore of a VM at a time, and none while libvirtd still does one that an
        earlier agent began: whoever repeats a request finds the guest, not half of it. Raises
        ``Unknown`` if that does not end soon: what comes of it nobody can say yet."""
        vm = spec.config.id
        async with self._turns.alone(vm):
            self._bringing[vm] = Coming(vm=vm, run=spec.run)
            try:
                await self._until_started(step, vm)
                yield
            finally:
                del self._bringing[vm]

    async def _until_started(self, step: str, vm: str) -> None:
        with self._changes.bell(vm) as bell:
            try:
                async with asyncio.timeout(MAX_WAIT):
                    while await self._connection.read("look", lambda c: view.is_starting(c, vm)):
                        await bell.wait()
                        bell.clear()
            except TimeoutError:
                raise Unknown(step, "libvirtd is still busy starting or restoring it") from None

    async def _on(
        self,
        vm: str,
        step: str,
        work: Callable[[libvirt.virDomain], object],
        *,
        missing_is_fine: bool = False,
    ) -> None:
        """Do something to a domain of ours."""

        def call(connection: libvirt.virConnect) -> None:
            domain = view.lookup(connection, vm)
            try:
                if domain is not None and view.metadata(domain) is not None:
                    work(domain)
                    return
            except libvirt.libvirtError:
                if view.lookup(connection, vm) is not None:
                    raise  # else it ended meanwhile, and that is all there is to say
            if not missing_is_fine:
                raise _not_here(f"vm {vm}")

        with translating(step, f"vm {vm}"):
            await self._connection.call(step, call)


def _placed(spec: GuestSpec) -> GuestSpec:
    """With its disks where they are now."""
    try:
        return where_they_are(spec)
    except (OSError, ValueError) as error:
        raise Refused(
            "storage.unavailable",
            _subject(spec),
            f"a note beside a disk that was moving cannot be read: {error}",
            "bring its repository back and repeat",
        ) from error


def _subject(spec: GuestSpec) -> str:
    return f"vm {spec.config.name}"


def _weighed(spec: GuestSpec, host: Host) -> GuestSpec:
    """With the weight that its disk time will have here: what cannot be had stays pending."""
    if host.weighs_io:
        return spec
    config = spec.config.model_copy(update={"io_weight": DEFAULT_IO_WEIGHT})
    return spec.model_copy(update={"config": config})


def _fresh(spec: GuestSpec) -> Metadata:
    return Metadata(
        config=spec.config,
        directory=spec.directory,
        lockspace=spec.lockspace,
        run=spec.run,
        started=time.time(),
    )


def _check_image(spec: GuestSpec, image: str) -> None:
    """Blocking."""
    try:
        Path(image).stat()
    except FileNotFoundError:
        raise used_up(spec, "it ran from its saved memory, and has ended since") from None
    except OSError as error:
        raise Unknown("restore", f"its saved memory cannot be read: {error}") from error


def _host_uuid(connection: libvirt.virConnect) -> str:
    return etree.fromstring(connection.getCapabilities()).findtext("host/uuid") or ""


def _not_here(subject: str) -> Refused:
    return Refused(
        "vm.state", subject, "it does not run on this server", "see where it is: millpond vm list"
    )


def _known(domain: libvirt.virDomain, vm: str) -> Metadata:
    meta = view.metadata(domain)
    if meta is None:
        raise _not_here(f"vm {vm}")
    return meta


def _runs(connection: libvirt.virConnect, vm: str, run: str) -> bool:
    """Whether a domain of this run exists, in whatever state: one that is being handed over is not
    gone yet."""
    domain = view.lookup(connection, vm)
    meta = view.metadata(domain) if domain is not None else None
    return meta is not None and meta.run == run


def _same_run(connection: libvirt.virConnect, spec: GuestSpec) -> Guest | None:
    """The guest if it runs already as asked for; refuses if it runs otherwise."""
    domain = view.lookup(connection, spec.config.id)
    if domain is None:
        return None
    guest = view.describe(domain)
    if guest is not None and guest.run == spec.run:
        return guest
    raise Refused(
        "vm.state",
        _subject(spec),
        "another run of it is active on this server"
        if guest
        else "it is just being started or handed over on this server",
        f"wait for what is going on to end, and look at it with: millpond vm show {spec.config.name}",
    )


@contextlib.contextmanager
def _creating(connection: libvirt.virConnect, spec: GuestSpec) -> Iterator[None]:
    """Whatever libvirt says against a new domain is a refusal, unless it can speak no more."""
    try:
        yield
    except libvirt.libvirtError as error:
        if not connection.isAlive():
            raise
        raise refused(_subject(spec), error) from error


def _described(domain: libvirt.virDomain, spec: GuestSpec) -> Guest:
    guest = view.describe(domain)
    if guest is None:
        raise Refused(
            "hypervisor.refused",
            _subject(spec),
            "it powered off again at once",
            f"read what it printed, on {socket.gethostname()}: {serial_log(spec.config.id)}",
        )
    return guest
