"""A disk moved to another file while its guest runs: QEMU's mirror, then the switch.

The mirror writes to both files before it answers the guest (write-blocking), once it has copied what was there.
For the switch the guest stands still for a moment: stopping, QEMU completes and flushes all writes, so both files
are the same and durable. Then the note is written that makes the new file the disk, QEMU lets go of the old one,
and the guest goes on. libvirtd and QEMU go on with the mirror when the agent dies; the next agent takes it up.
"""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, replace

import libvirt
from lxml import etree

from millpond.adapters.libvirt import saving, view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import Host, disk_xml
from millpond.adapters.libvirt.errors import words
from millpond.adapters.libvirt.hot_disks import live
from millpond.adapters.libvirt.leases import GuestLeases
from millpond.adapters.libvirt.metadata import Metadata
from millpond.adapters.libvirt.xml import text
from millpond.adapters.moving_disks import remove_note, write_note
from millpond.adapters.tasks.runner import Report
from millpond.domain.chain import chain
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import Progress
from millpond.domain.vm import Disk, device_name

POLL = 0.5
_BYTES = libvirt.VIR_DOMAIN_BLOCK_JOB_INFO_BANDWIDTH_BYTES
_COPY = (
    libvirt.VIR_DOMAIN_BLOCK_COPY_REUSE_EXT
    | libvirt.VIR_DOMAIN_BLOCK_COPY_TRANSIENT_JOB
    | libvirt.VIR_DOMAIN_BLOCK_COPY_SYNCHRONOUS_WRITES
)


@dataclass(frozen=True)
class Mirroring:
    """What to do: the VM's disk of the same target becomes ``moved``; ``rate`` is in bytes a second, 0 = no
    limit."""

    connection: Connection
    leases: GuestLeases
    vm: str
    moved: Disk
    rate: int = 0

    async def run(self, host: Host, report: Report) -> dict[str, float]:
        """Raises ``Failed``, and ``CancelledError`` once the mirror is gone and the guest has its old file
        alone."""
        try:
            if not await self.connection.call("move", lambda link: self._begin(link, host)):
                await self._until_same(report)
                await self._switch()
        except asyncio.CancelledError:
            if not self.connection.closed:  # else the agent ends; what it began goes on without it
                await self.stop()
            raise
        await self._go_on()
        return {"bytes": float(self.moved.size)}

    async def stop(self) -> None:
        """Take it back: no mirror, no note, and the guest goes on with its old file. Raises ``Failed`` if it
        has switched already."""

        def take_back(link: libvirt.virConnect) -> None:
            domain, meta, drive = self._look(link)
            if _file(drive) == self._new(meta):
                raise Failed("move", f"{self.moved.target} has moved already")
            if drive.find("mirror") is not None:
                domain.blockJobAbort(self._name, 0)
            remove_note(meta.directory, self._old(meta))

        try:
            await self.connection.call("move", take_back)
        except Refused:  # the guest has ended, and its mirror with it
            return
        await self._go_on()

    @property
    def _name(self) -> str:
        return device_name(self.moved.target)

    def _new(self, meta: Metadata) -> str:
        return chain(meta.directory, self.moved).top

    def _old(self, meta: Metadata) -> Disk:
        return next(d for d in meta.config.disks if d.target == self.moved.target)

    def _look(self, link: libvirt.virConnect) -> tuple[libvirt.virDomain, Metadata, etree._Element]:
        """What libvirt says of the disk now. Raises ``Refused(vm.state)`` if there is no such guest."""
        domain = view.lookup(link, self.vm)
        meta = view.metadata(domain) if domain is not None else None
        drive = live(domain).get(self._name) if domain is not None and meta is not None else None
        if domain is None or meta is None or drive is None:
            raise Refused(
                "vm.state",
                f"vm {self.vm}",
                f"it does not run here with a disk {self.moved.target}",
                "see where it is: millpond vm list",
            )
        return domain, meta, drive

    def _begin(self, link: libvirt.virConnect, host: Host) -> bool:
        """Whether it has switched already. A note without a mirror is of one that was broken off in the
        switch: the guest stands still, has written to neither file since, and keeps the old one."""
        domain, meta, drive = self._look(link)
        if _file(drive) == self._new(meta):
            self._remember(domain, meta)
            return True
        if drive.find("mirror") is None:
            remove_note(meta.directory, self._old(meta))
            rate = {libvirt.VIR_DOMAIN_BLOCK_COPY_BANDWIDTH: self.rate} if self.rate else {}
            fresh = text(disk_xml(self.moved, meta.directory, host))
            domain.blockCopy(self._name, fresh, rate, _COPY)
        return False

    async def _until_same(self, report: Report) -> None:
        while True:
            ready, progress = await self.connection.call("move", self._progress)
            report(progress)
            if ready:
                return
            await asyncio.sleep(POLL)

    def _progress(self, link: libvirt.virConnect) -> tuple[bool, Progress]:
        domain, _, drive = self._look(link)
        mirror = drive.find("mirror")
        if mirror is None:
            raise Failed("move", "QEMU broke the copy off: its log on the server says why")
        done, total = _figures(domain, self._name)
        percent = min(99.0, 100 * done / total) if total else 0.0
        ready = mirror.get("ready") == "yes"
        return ready, Progress(percent=percent, done=done, total=total, message="copying")

    async def _switch(self) -> None:
        """If libvirtd dies in it, the guest stands still until somebody knows more: ``Unknown``."""
        await self.connection.call("move", lambda link: saving.stop(link, self.vm))
        await self.leases.keep(self.vm)
        try:
            await self.connection.call("move", self._commit)
        except Failed:
            await self._go_on()
            raise

    def _commit(self, link: libvirt.virConnect) -> None:
        domain, meta, drive = self._look(link)
        mirror, (done, total) = drive.find("mirror"), _figures(domain, self._name)
        same = mirror is not None and mirror.get("ready") == "yes" and done == total
        if not same or not view.is_paused(domain):
            raise Failed("move", "the two files are not the same")
        old = self._old(meta)
        try:
            write_note(meta.directory, old, self.moved)
            domain.blockJobAbort(self._name, libvirt.VIR_DOMAIN_BLOCK_JOB_ABORT_PIVOT)
        except OSError as error:
            _forget(meta.directory, old)
            raise Failed("move", f"the note of it cannot be written: {error}") from error
        except libvirt.libvirtError as error:
            if not link.isAlive():
                raise
            if _file(self._look(link)[2]) != self._new(meta):
                _forget(meta.directory, old)
                raise Failed("move", words(error)) from error
        self._remember(domain, meta)

    def _remember(self, domain: libvirt.virDomain, meta: Metadata) -> None:
        disks = tuple(self.moved if d.target == self.moved.target else d for d in meta.config.disks)
        if disks != meta.config.disks:
            config = meta.config.model_copy(update={"disks": disks})
            now = view.metadata(domain) or meta
            view.set_metadata(domain, replace(now, config=config))

    async def _go_on(self) -> None:
        """Unless somebody else stopped it."""
        if await self.connection.read("move", lambda link: saving.is_stopped(link, self.vm)):
            await self.leases.wake(self.vm)


def _forget(directory: str, old: Disk) -> None:
    """While the note is there the guest must not go on with its old file."""
    try:
        remove_note(directory, old)
    except OSError as error:
        raise Unknown("move", f"the note beside its old file cannot be removed: {error}") from error


def _file(drive: etree._Element) -> str:
    source = drive.find("source")
    return "" if source is None else source.get("file", "")


def _figures(domain: libvirt.virDomain, name: str) -> tuple[int, int]:
    """Bytes done and bytes in all."""
    with suppress(libvirt.libvirtError):
        found = domain.blockJobInfo(name, _BYTES)
        return int(found.get("cur", 0)), int(found.get("end", 0))
    return 0, 0
