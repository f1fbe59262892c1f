"""Ends what is left in the middle of a migration's hand-over.

When libvirtd died in it, or could not let the guest run on, a paused guest is left on the source, since
libvirt cannot know whether the target runs it. The target can be asked: if it runs the guest, the copy
here is dropped; if it has nothing of it, or does not answer, the lease decides. No target runs a guest
without it, so if nobody has held it since, the guest goes on here; otherwise it stays paused, and is known
as outdated.

A migration can also hang there for ever. QEMU's migration thread (7.2, migration_maybe_pause) waits for
a word that nobody gives if it is cancelled as it is about to wait, and libvirtd waits for QEMU. No call
ends such a migration, so once its target has had no trace of the guest for long enough, the guest is
ended: its VM starts anew.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial

import libvirt

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import CONNECTED, Connection, RawEvent
from millpond.adapters.libvirt.errors import is_gone
from millpond.adapters.libvirt.migration import TargetSilent, ask_target
from millpond.domain.errors import MillpondError

HUNG = 60.0
"""Seconds: twice what libvirtd takes to give up a target that is silent (keepalive_interval and
keepalive_count of qemu.conf)."""
_ASK_AGAIN = 5.0
_SUSPENDED = libvirt.VIR_DOMAIN_EVENT_SUSPENDED
_OUT = libvirt.VIR_DOMAIN_JOB_OPERATION_MIGRATION_OUT
_log = logging.getLogger(__name__)


class Settler:
    """``wake`` lets a guest run on that stands still here."""

    def __init__(self, connection: Connection, wake: Callable[[str], Awaitable[None]]) -> None:
        self._connection = connection
        self._wake = wake
        self._task: asyncio.Task[None] | None = None
        self._now = asyncio.Event()
        self._news = False
        self._busy_since: dict[str, float] = {}

    def notice(self, event: RawEvent) -> None:
        """Look at every new connection, for a restart leaves guests like this, and whenever libvirt
        could not let a guest run on whose migration failed; and a while after each hand-over."""
        if event.kind == CONNECTED or event.tells_of(
            _SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_API_ERROR
        ):
            self._now.set()
        elif not event.tells_of(_SUSPENDED, libvirt.VIR_DOMAIN_EVENT_SUSPENDED_MIGRATED):
            return
        self._news = True
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._settle(), name="settle migrations")

    async def _settle(self) -> None:
        """Until none is left; a target that does not answer now may do so later."""
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(_ASK_AGAIN):
                    await self._now.wait()
            self._now.clear()
            self._news = False
            if await self._none_is_left() and not self._news:
                return

    async def _none_is_left(self) -> bool:
        try:
            left = await self._connection.read("settle migrations", _left_in_between)
        except (libvirt.libvirtError, MillpondError) as error:
            _log.warning("no migration can be settled yet: %s", error)
            return False
        now = time.monotonic()
        self._busy_since = {vm: self._busy_since.get(vm, now) for vm, busy in left.items() if busy}
        # One target that does not answer keeps no other waiting.
        await asyncio.gather(*(self._see_to(vm, busy) for vm, busy in left.items()))
        return not left

    async def _see_to(self, vm: str, busy: bool) -> None:
        try:
            if not busy and await self._connection.call_long("settle", partial(_stays, vm=vm)):
                await self._wake(vm)
                _log.warning("guest %s never ran on its target: it goes on here", vm)
            elif busy and time.monotonic() - self._busy_since[vm] >= HUNG:
                await self._connection.call_long("settle", partial(_end, vm=vm))
        except (libvirt.libvirtError, MillpondError) as error:
            _log.warning("the migration of guest %s is not settled yet: %s", vm, error)

    def close(self) -> None:
        if self._task is not None:
            self._task.cancel()


def _left_in_between(connection: libvirt.virConnect) -> dict[str, bool]:
    """The ids of guests that stand still in a migration, and whether it still goes on."""
    paused = connection.listAllDomains(libvirt.VIR_CONNECT_LIST_DOMAINS_PAUSED)
    found = {d.UUIDString(): _job(d) for d in paused}
    return {vm: job == _OUT for vm, job in found.items() if job in (0, _OUT)}


def _job(domain: libvirt.virDomain) -> int | None:
    """``view.job`` of a guest that stands still on its way to another server, None of any other."""
    try:
        _, reason = domain.state()
        meta = view.metadata(domain)
    except libvirt.libvirtError as error:
        if is_gone(error):
            return None
        raise
    if reason != libvirt.VIR_DOMAIN_PAUSED_MIGRATION or meta is None or meta.target == "":
        return None
    return view.job(domain)


def _stays(connection: libvirt.virConnect, vm: str) -> bool:
    """Whether the guest has to go on here, if it can. A copy of one that runs on its target is dropped."""
    domain = view.lookup(connection, vm)
    meta = view.metadata(domain) if domain is not None and _job(domain) == 0 else None
    if domain is None or meta is None:
        return False
    try:
        there = ask_target(meta.target, vm)
    except TargetSilent as error:
        _log.warning("the target of guest %s does not answer: %s", vm, error)
        return True
    if there is None:
        return True
    _log.warning("guest %s runs on %s: dropping the copy left here", vm, meta.target)
    view.set_metadata(domain, replace(meta, left=True))  # or it would be seen on its way off
    domain.destroy()
    return False


def _end(connection: libvirt.virConnect, vm: str) -> None:
    """Raises ``Unknown`` while the target cannot be asked, or still has something of the guest."""
    domain = view.lookup(connection, vm)
    meta = view.metadata(domain) if domain is not None and _job(domain) == _OUT else None
    if domain is None or meta is None:
        return
    there = ask_target(meta.target, vm)
    if _job(domain) != _OUT:  # that took a while, and the target's return may have set it free
        return
    where = "runs on" if there is not None else "never arrived at"
    _log.warning("the migration of guest %s hangs, and it %s %s: ending it", vm, where, meta.target)
    domain.destroy()
