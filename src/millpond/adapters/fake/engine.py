"""What stands in for libvirtd and QEMU on a fake server, and outlives its agent.

A guest runs under its lease: it is taken before the guest runs, let go of when it pauses or ends,
and when it is lost the guest is killed. A live migration is libvirt's: memory is copied while the
guest runs, then the source pauses it and lets go of the lease, the target takes the lease and lets
it run, and the source drops its copy. Whatever is cut on the way, the lease lets one side go on.
"""

import asyncio
from collections.abc import Callable, Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Any, Protocol, TypeVar

from millpond.adapters.fake.guest_leases import Leases, NoLeases
from millpond.adapters.fake.guests import FakeGuest, GuestFiles, GuestMemory, GuestStore, Stage
from millpond.adapters.tasks.runner import Report
from millpond.domain.errors import Failed, MillpondError, Refused, Unknown
from millpond.domain.job import Progress
from millpond.domain.layout import suspend_image
from millpond.domain.vm import Coming, Power

_STEPS = 20
_SOONEST = 0.1
ASK_AGAIN = 5.0
"""Seconds until a target that did not say whether it runs a guest is asked again."""

T = TypeVar("T")
Spawn = Callable[[Coroutine[Any, Any, Any]], asyncio.Task[Any]]


class Target(Protocol):
    """The other end of a live migration. Whatever is not answered raises ``Unknown``."""

    async def prepare(self, guest: FakeGuest) -> None:
        """A guest is about to arrive; nobody claims it yet."""
        ...

    async def finish(self, vm: str) -> None:
        """Let it run there. Raises ``Failed`` if it cannot, and never will."""
        ...

    async def cancel(self, vm: str) -> None:
        """It will not arrive."""
        ...

    async def has(self, vm: str) -> bool | None:
        """Whether it runs there, None while it may still arrive. Raises ``Unknown`` if it cannot be asked."""
        ...


class FakeEngine:
    """The guests in ``store``. ``target`` gives the other end of a migration to an address.
    ``spawn`` runs what goes on whether or not its caller lives. ``delay`` is how many seconds a
    start, shutdown, save and restore take, starts and restores ``slow`` more, ``copying`` those of a migration if they are others,
    ``handover`` those of it in which neither side runs the guest (None: its store moves it in one
    step). While ``answers`` is False nothing can be asked or told (libvirtd is
    down); guests run on."""

    def __init__(
        self,
        store: GuestStore,
        target: Callable[[str], Target],
        leases: Leases | None = None,
        spawn: Spawn = asyncio.create_task,
        delay: float = 0.0,
        copying: float | None = None,
        handover: float | None = None,
    ) -> None:
        self.store = store
        self.leases: Leases = leases or NoLeases()
        if isinstance(store, GuestMemory):
            store.ended = self.leases.gone
        self.answers = True
        self.delay = delay
        self.slow = 0.0
        self.copying = delay if copying is None else copying
        self.handover = handover
        self.spawn = spawn
        self.target = target
        self._awaited: list[asyncio.Future[None]] = []
        self._booting: dict[str, FakeGuest] = {}
        self._moves: dict[str, asyncio.Task[float]] = {}
        self._settling: dict[str, asyncio.Task[None]] = {}

    def check(self) -> None:
        """Raises ``Unknown`` while libvirtd does not answer."""
        if not self.answers:
            raise Unknown("hypervisor", "libvirt does not answer")

    async def boot(self, guest: FakeGuest) -> None:
        """A new QEMU, if nobody else may hold the lease; a guest that was restored stands still. Raises
        ``Refused``: ``lease.held``, ``hypervisor.refused`` if it was ended before it ran."""
        self._booting[guest.id] = guest
        try:
            await self.leases.check_free(guest)
            await asyncio.sleep(self.delay + self.slow)
            if self._booting.get(guest.id) is not guest:
                raise _ended_early(guest)
            if guest.power is Power.RUNNING:
                await self.run(guest)
            else:
                self.store.put(guest)
        finally:
            if self._booting.get(guest.id) is guest:
                del self._booting[guest.id]

    def coming(self) -> list[Coming]:
        """What is booting, and what arrives."""
        arriving = [g for g in self.store.all().values() if g.stage is Stage.ARRIVING]
        there = (*self._booting.values(), *arriving)
        return [Coming(vm=g.id, run=g.spec.run) for g in there]

    async def run(self, guest: FakeGuest) -> None:
        """Let a guest run that does not yet. Raises ``Refused``: ``lease.held``."""
        try:
            await self.leases.take(guest)
        except BaseException:
            if self.store.get(guest.id) is None:
                self.leases.gone(guest.id)
            raise
        self.store.put(guest)

    async def pause(self, guest: FakeGuest, **changes: object) -> FakeGuest:
        """The processors stand still, and libvirt lets go of the lease."""
        paused = guest.model_copy(update={"power": Power.PAUSED, **changes})
        self.store.put(paused)
        await self.leases.drop(guest)
        return paused

    async def wake(self, guest: FakeGuest, **changes: object) -> None:
        """Let a guest run on that stands still, once the image of its memory is gone. Raises
        ``Refused(lease.outdated)`` if another held its lease meanwhile: its memory is out of date."""
        await self.keep(guest)
        now = self.store.get(guest.id)
        if now is not None and now.power is Power.PAUSED:
            if now.saving:
                self.store.discard(suspend_image(now.spec.directory))
            running = {"power": Power.RUNNING, "reason": "unpaused", "version": 0, "saving": False}
            self.store.put(now.model_copy(update=running | changes))

    async def keep(self, guest: FakeGuest) -> int:
        """Its lease, while it stands still. Raises ``Refused``, and remembers it if that is for good."""
        try:
            return await self.leases.keep(guest)
        except Refused as refused:
            now = self.store.get(guest.id)
            if refused.code == "lease.outdated" and now is not None and not now.outdated:
                self.store.put(now.model_copy(update={"outdated": True}))
            raise

    def end(self, vm: str) -> None:
        """QEMU exits: what sanlock's SIGTERM does, and whatever else ends a guest."""
        self._booting.pop(vm, None)
        self.store.remove(vm)
        self.leases.gone(vm)

    async def answer(self, work: asyncio.Task[T]) -> T:
        """The result of what was spawned, which goes on if the caller goes. Raises ``Unknown`` if
        libvirtd dies meanwhile."""
        answer = asyncio.get_running_loop().create_future()
        self._awaited.append(answer)
        work.add_done_callback(lambda _: None if answer.done() else answer.set_result(None))
        try:
            await answer
        finally:
            self._awaited.remove(answer)
        return work.result()

    def stop(self) -> None:
        """libvirtd dies, and with it the starts and moves it was driving: whatever it was asked for,
        nobody learns what came of it."""
        self.answers = False
        self._booting.clear()
        self._moves.clear()
        for answer in self._awaited:
            if not answer.done():
                answer.set_exception(Unknown("hypervisor", "libvirt went away"))

    def recover(self) -> None:
        """libvirtd was restarted: what was arriving is dropped, what was leaving has to be settled,
        since nobody knows whether the target runs it, and what stands still gets its lease back."""
        self.answers = True
        for guest in self.store.all().values():
            if guest.stage is Stage.ARRIVING:
                self.end(guest.id)
            elif guest.stage is not Stage.HERE:
                self._leave(guest)
            elif guest.power is Power.PAUSED:
                self._settling[guest.id] = self.spawn(self._until_kept(guest.id))

    # Live migration, from the source

    def move(self, vm: str, address: str, report: Report) -> asyncio.Task[float]:
        """Move it, or join a move that goes on; the result is the downtime in seconds."""
        moving = self._moves.get(vm)
        if moving is None or moving.done():
            moving = self._moves[vm] = self.spawn(self._move(vm, address, report))
        return moving

    async def _move(self, vm: str, address: str, report: Report) -> float:
        target = self.target(address)
        still = self._must(vm).power is Power.PAUSED
        if still:
            await self._note_version(vm)
        try:
            await target.prepare(self._must(vm))
            await self.take_time(self._must(vm), self.copying, report)
            if self.handover is not None and not still:
                changes = {"reason": "migration", "stage": Stage.LEAVING, "target": address}
                await self.pause(self._must(vm), **changes)
                await asyncio.sleep(self.handover)
            await target.finish(vm)
        except BaseException as error:
            with suppress(MillpondError):
                await target.cancel(vm)
            if still and isinstance(error, Unknown):
                self._leave(self._must(vm).model_copy(update={"target": address}))
            else:
                await self._go_on(vm)
            raise
        self.end(vm)
        return self.handover or 0.0

    async def _note_version(self, vm: str) -> None:
        """A guest that stands still takes along under which lease it did."""
        version = await self.keep(self._must(vm))
        self.store.put(self._must(vm).model_copy(update={"version": version}))

    def _must(self, vm: str) -> FakeGuest:
        found = self.store.get(vm)
        if found is None:
            raise Failed("migrate", "the guest ended while it was being moved")
        return found

    async def _go_on(self, vm: str) -> None:
        """The move failed. libvirt lets the guest run on if it gets the lease as it was when the guest
        stopped (sanlock's SANLK_RES_LVER), and otherwise leaves it paused: the target may have it, or
        had it."""
        found = self.store.get(vm)
        if found is None or found.stage is Stage.HERE:
            return
        back = {"power": Power.RUNNING, "stage": Stage.HERE, "target": "", "reason": "unpaused"}
        try:
            await self.leases.keep(found)
            await self.run(found.model_copy(update=back))
        except Refused:
            if self.store.get(vm) is not None:
                self._leave(found)

    def _leave(self, guest: FakeGuest) -> None:
        self.store.put(guest.model_copy(update={"stage": Stage.LEFT}))
        self._settling[guest.id] = self.spawn(self._settle(guest.id))

    async def _settle(self, vm: str) -> None:
        """Until it is known whether the guest is on the target: then it ends or goes on here. No target
        that does not answer runs it without its lease."""
        while (left := self.store.get(vm)) is not None and left.stage is Stage.LEFT:
            try:
                there = await self._is_on(left.target, vm)
                if there:
                    self.end(vm)
                elif there is False and left.reason == "migration":
                    await self.wake(left, stage=Stage.HERE, target="")
                elif there is False:
                    await self.keep(left)
                    self.store.put(left.model_copy(update={"stage": Stage.HERE, "target": ""}))
            except (Unknown, Refused):
                pass
            await asyncio.sleep(ASK_AGAIN)

    async def _is_on(self, address: str, vm: str) -> bool | None:
        try:
            return await self.target(address).has(vm)
        except Unknown:
            return False

    async def take_time(self, guest: FakeGuest, seconds: float, report: Report) -> None:
        """Copy its memory."""
        total = guest.spec.config.max_memory << 20
        for step in range(_STEPS):
            report(Progress(percent=100 * step / _STEPS, done=total * step // _STEPS, total=total))
            await asyncio.sleep(seconds / _STEPS)

    # Live migration, from the target: ``Target``

    async def prepare(self, guest: FakeGuest) -> None:
        there = self.store.get(guest.id)
        if there is not None and there.stage is not Stage.ARRIVING:
            raise Failed("migrate", "the target has a guest of this id")
        self.store.put(guest.model_copy(update={"stage": Stage.ARRIVING, "power": Power.PAUSED}))

    async def finish(self, vm: str) -> None:
        found = self.store.get(vm)
        if found is None or found.stage is not Stage.ARRIVING:
            raise Failed("migrate", "the guest is not arriving any more")
        here = found.model_copy(update={"stage": Stage.HERE, "reason": "migrated"})
        if found.version:  # it stands still, and its source has its lease for a moment yet
            self.store.put(here)
            self._settling[vm] = self.spawn(self._until_kept(vm))
            return
        try:
            await self.run(here.model_copy(update={"power": Power.RUNNING}))
        except Refused as refused:
            self.end(vm)
            raise Failed("migrate", refused.message) from refused

    async def _until_kept(self, vm: str) -> None:
        pause = _SOONEST
        while (still := self.store.get(vm)) is not None and still.power is Power.PAUSED:
            try:
                await self.keep(still)
                return
            except Refused:
                await asyncio.sleep(pause)
                pause = min(2 * pause, ASK_AGAIN)

    async def cancel(self, vm: str) -> None:
        found = self.store.get(vm)
        if found is not None and found.stage is Stage.ARRIVING:
            self.end(vm)

    async def has(self, vm: str) -> bool | None:
        found = self.store.get(vm)
        if found is not None and found.stage is Stage.ARRIVING:
            return None
        return found is not None


def _ended_early(guest: FakeGuest) -> Refused:
    return Refused(
        "hypervisor.refused",
        f"vm {guest.spec.config.name}",
        "it was ended while it was being started",
        "start it again",
    )


class FileTarget:
    """The fake server whose guests are files beside those of ``source``."""

    def __init__(self, source: GuestFiles, address: str) -> None:
        self._source = source
        self._target = GuestFiles(source.directory.parents[1] / address)

    async def prepare(self, guest: FakeGuest) -> None:
        """Nothing arrives before it is there."""

    async def finish(self, vm: str) -> None:
        try:
            self._source.move(vm, self._target)
        except FileNotFoundError:
            raise Failed("migrate", "the guest ended while it was being moved") from None

    async def cancel(self, vm: str) -> None:
        """As for ``prepare``."""

    async def has(self, vm: str) -> bool:
        return self._target.get(vm) is not None


def file_engine(directory: Path, delay: float = 0.0) -> FakeEngine:
    """The guests of the fake server whose directory this is, named after its address."""
    store = GuestFiles(directory)
    return FakeEngine(store, lambda address: FileTarget(store, address), delay=delay)
