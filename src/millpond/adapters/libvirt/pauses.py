"""Whatever made a guest stand still, it gets its lease back."""

import asyncio
import logging

import libvirt

from millpond.adapters.libvirt.connection import CONNECTED, Connection, RawEvent
from millpond.adapters.libvirt.errors import words
from millpond.adapters.libvirt.leases import GuestLeases
from millpond.domain.errors import MillpondError

_SOONEST, _LATEST = 0.1, 5.0  # seconds between two attempts
_LOOKS = 4

_log = logging.getLogger(__name__)


class Pauses:
    """Keeps the lease of every guest that stands still: one that an error stopped, that an
    administrator suspended by hand, that arrived paused from another server, or that was paused
    when the agent before this one ended."""

    def __init__(self, connection: Connection, leases: GuestLeases) -> None:
        self._connection = connection
        self._leases = leases
        self._keeping: dict[str, asyncio.Task[None]] = {}
        self._looking: asyncio.Task[None] | None = None

    def notice(self, event: RawEvent) -> None:
        """Called for every raw event."""
        if event.kind == CONNECTED and self._looking is None:
            self._looking = asyncio.create_task(self._look(), name="look for paused guests")
        if (
            event.kind == libvirt.VIR_DOMAIN_EVENT_ID_LIFECYCLE
            and event.event == libvirt.VIR_DOMAIN_EVENT_SUSPENDED
        ):
            self._keep(event.vm)

    async def _look(self) -> None:
        try:
            for vm in await self._connection.read("look for paused guests", _paused):
                self._keep(vm)
        except (libvirt.libvirtError, MillpondError) as error:
            _log.warning("not looked for paused guests: %s", error)
        finally:
            self._looking = None

    def _keep(self, vm: str) -> None:
        """Begins anew if it was begun before: the guest may have run meanwhile."""
        before = self._keeping.get(vm)
        if before is not None:
            before.cancel()
        task = self._keeping[vm] = asyncio.create_task(self._until_kept(vm), name=f"lease of {vm}")
        task.add_done_callback(lambda done: self._done(vm, done))

    def _done(self, vm: str, task: asyncio.Task[None]) -> None:
        if self._keeping.get(vm) is task:
            del self._keeping[vm]

    async def _until_kept(self, vm: str) -> None:
        """Or until it stands still no more. One that has just arrived has to wait for its lease
        until its source lets go of it. It is looked at again, because libvirt lets go of a lease
        twice: when QEMU says that it stopped, and when the call that stopped it ends."""
        pause, said, kept = _SOONEST, "", 0
        while True:
            try:
                await self._leases.keep(vm)
                kept += 1
                if kept == _LOOKS:
                    return
            except (libvirt.libvirtError, MillpondError) as error:
                kept = 0
                text = words(error) if isinstance(error, libvirt.libvirtError) else str(error)
                if text != said and pause > 1:
                    _log.warning("a paused guest is without its lease, and cannot run on: %s", text)
                    said = text
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LATEST)

    def close(self) -> None:
        for task in (self._looking, *self._keeping.values()):
            if task is not None:
                task.cancel()


def _paused(connection: libvirt.virConnect) -> list[str]:
    domains = connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED)
    return [domain.UUIDString() for domain in domains]
