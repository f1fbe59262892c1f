"""libvirt's events as ``GuestChanged``, and as a bell for whoever waits for one guest."""

import asyncio
import logging
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath
from typing import Any

import libvirt

from millpond.adapters.libvirt.connection import CONNECTED, RawEvent
from millpond.adapters.libvirt.tail import read_tail
from millpond.domain.errors import Failed, MillpondError
from millpond.domain.events import GuestChanged
from millpond.domain.vm import Guest

BACKLOG = 4096
"""Changes a subscriber may lag behind before its stream is ended."""
_LOGS = Path("/var/log/libvirt/qemu")
_LOG_TAIL = 1 << 14
_STORIES = {
    libvirt.VIR_DOMAIN_EVENT_STARTED: "started",
    libvirt.VIR_DOMAIN_EVENT_SUSPENDED: "suspended",
    libvirt.VIR_DOMAIN_EVENT_RESUMED: "resumed",
    libvirt.VIR_DOMAIN_EVENT_STOPPED: "stopped",
    libvirt.VIR_DOMAIN_EVENT_SHUTDOWN: "shutdown",
    libvirt.VIR_DOMAIN_EVENT_PMSUSPENDED: "pmsuspended",
    libvirt.VIR_DOMAIN_EVENT_CRASHED: "crashed",
}
LEASES_LOST = "stopped: its server did not reach the storage and lost its lease"
_BY_OTHERS = (
    libvirt.VIR_DOMAIN_EVENT_STOPPED_SHUTDOWN,
    libvirt.VIR_DOMAIN_EVENT_STOPPED_CRASHED,
    libvirt.VIR_DOMAIN_EVENT_STOPPED_FAILED,
)
_BEGIN = b": starting up libvirt version"
_KILLED = re.compile(rb"terminating on signal \d+ from pid \d+ \(([^)]*)\)")
_log = logging.getLogger(__name__)
_WHILE_AWAY = "seen after libvirtd came back"


def killed_by(name: str) -> str:
    """The program that sent the domain's last QEMU a signal to end, by QEMU's own log; "" if none
    did, or it was SIGKILL. Blocking."""
    log = read_tail(str(_LOGS / f"{name}.log"), _LOG_TAIL).rpartition(_BEGIN)[2]
    found = _KILLED.findall(log)
    return PurePath(found[-1].decode(errors="replace")).name if found else ""


def reason_of(event: RawEvent) -> str:
    """libvirt's words for an event, such as "stopped: destroyed"."""
    if event.kind == libvirt.VIR_DOMAIN_EVENT_ID_REBOOT:
        return "reboot"
    story = _STORIES.get(event.event)
    if story is None:
        return ""
    prefix = f"VIR_DOMAIN_EVENT_{story.upper()}_"
    for name, value in vars(libvirt).items():
        if name.startswith(prefix) and value == event.detail:
            return f"{story}: {name.removeprefix(prefix).lower().replace('_', ' ')}"
    return story


class Changes:
    """Turns raw events into what they mean, one after the other, for any number of readers."""

    def __init__(
        self,
        server: Callable[[], Awaitable[str]],
        guest: Callable[[str], Awaitable[Guest | None]],
        guests: Callable[[], Awaitable[list[Guest]]],
        leases_lost: Callable[[], Awaitable[bool]],
    ) -> None:
        self._server, self._guest, self._guests = server, guest, guests
        self._leases_lost = leases_lost
        self._raw: asyncio.Queue[RawEvent] = asyncio.Queue()
        self._readers: set[asyncio.Queue[GuestChanged]] = set()
        self._bells: dict[str, set[asyncio.Event]] = {}
        self._known: dict[str, Guest] = {}
        self._worker: asyncio.Task[None] | None = None
        self._figures: dict[str, dict[str, Any]] = {}

    def notice(self, event: RawEvent) -> None:
        """Called for every raw event."""
        for bell in self._bells.get(event.vm, ()) if event.vm else self._all_bells():
            bell.set()
        if event.kind == libvirt.VIR_DOMAIN_EVENT_ID_JOB_COMPLETED and self._bells.get(event.vm):
            self._figures[event.vm] = event.data
        if event.kind in (
            CONNECTED,
            libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE,
            libvirt.VIR_DOMAIN_EVENT_ID_REBOOT,
        ):
            self._raw.put_nowait(event)
            if self._worker is None:
                self._worker = asyncio.create_task(self._work(), name="guest events")

    def _all_bells(self) -> list[asyncio.Event]:
        return [bell for bells in self._bells.values() for bell in bells]

    @contextmanager
    def bell(self, vm: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever something happens to the VM."""
        bell = asyncio.Event()
        self._bells.setdefault(vm, set()).add(bell)
        try:
            yield bell
        finally:
            self._bells[vm].discard(bell)
            if not self._bells[vm]:
                del self._bells[vm]
                self._figures.pop(vm, None)

    def completed_job(self, vm: str) -> dict[str, Any]:
        """libvirt's figures of the VM's last job, kept while somebody holds its bell."""
        return self._figures.get(vm, {})

    def stream(self) -> AsyncIterator[GuestChanged]:
        """Everything from now on. Raises ``Failed`` when the reader falls hopelessly behind: it
        should start afresh."""
        queue: asyncio.Queue[GuestChanged] = asyncio.Queue(BACKLOG)
        self._readers.add(queue)
        return self._read(queue)

    async def _read(self, queue: asyncio.Queue[GuestChanged]) -> AsyncIterator[GuestChanged]:
        try:
            while queue in self._readers or not queue.empty():
                yield await queue.get()
            raise Failed("events", "the reader was too slow")
        finally:
            self._readers.discard(queue)

    async def _work(self) -> None:
        while True:
            event = await self._raw.get()
            try:
                if event.kind == CONNECTED:
                    await self._compare()
                else:
                    await self._changed(event)
            except MillpondError as error:
                # If libvirtd went again, the next connection brings another comparison.
                _log.warning("event %s not followed: %s", event, error)

    async def _changed(self, event: RawEvent) -> None:
        suspended = libvirt.VIR_DOMAIN_EVENT_SUSPENDED
        if event.tells_of(suspended, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED):
            # Its end here, or its going on, is the next event; to look at it now would take
            # processor time out of its downtime.
            return
        now = await self._guest(event.vm)
        if now is None and event.event == suspended:
            return  # after post-copy it is the target's already
        reason = reason_of(event)
        if now is None:
            before = self._known.pop(event.vm, None)
            if before is None:
                return  # not ours, or not here yet
            reason = await self._cause(before.config.name, event) or reason
        else:
            self._known[event.vm] = now
        await self._tell(event.vm, now, reason)

    async def _cause(self, name: str, event: RawEvent) -> str:
        """Who ended a guest that neither its administrator nor libvirt did, "" if nobody is known
        to have. sanlock does so when a server could not reach the storage for too long."""
        if event.event != libvirt.VIR_DOMAIN_EVENT_STOPPED or event.detail not in _BY_OTHERS:
            return ""
        killer = await asyncio.to_thread(killed_by, name)
        by_force = event.detail == libvirt.VIR_DOMAIN_EVENT_STOPPED_FAILED and not killer
        if killer == "sanlock" or (by_force and await self._leases_lost()):
            return LEASES_LOST
        return f"stopped: killed by {killer}" if killer else ""

    async def _compare(self) -> None:
        """After a (re)connection: whatever differs from what was known."""
        before, now = self._known, {g.id: g for g in await self._guests()}
        self._known = dict(now)
        for vm, old in before.items():
            if vm not in now:
                await self._tell(vm, None, _WHILE_AWAY)
            elif (old.run, old.power, old.config) != (now[vm].run, now[vm].power, now[vm].config):
                await self._tell(vm, now[vm], _WHILE_AWAY)
        for vm in now.keys() - before.keys():
            await self._tell(vm, now[vm], _WHILE_AWAY)

    async def changed_here(self, guest: Guest) -> None:
        """A change that libvirt has no event for, such as memory or a VIF."""
        before = self._known.get(guest.id)
        self._known[guest.id] = guest
        if before is None or before.config != guest.config:
            await self._tell(guest.id, guest, "changed")

    async def _tell(self, vm: str, guest: Guest | None, reason: str) -> None:
        change = GuestChanged(server=await self._server(), vm=vm, guest=guest, reason=reason)
        for queue in list(self._readers):
            try:
                queue.put_nowait(change)
            except asyncio.QueueFull:
                self._readers.discard(queue)

    def close(self) -> None:
        if self._worker is not None:
            self._worker.cancel()
