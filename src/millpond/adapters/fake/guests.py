"""The guests of a fake server, and where they are kept: in files, so that they outlive the agent as
real ones do, or in memory, where a simulated server keeps them."""

import asyncio
import os
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from contextvars import copy_context
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from millpond.domain.errors import Unknown
from millpond.domain.usage import GuestCounters
from millpond.domain.vm import Guest, GuestSpec, Model, Power

LOOK_EVERY = 0.2
"""Seconds between looks for what other processes (agents of other fake servers) changed, and for
guests whose time to power off has come. Changes made in this process are seen at once."""

_bells: defaultdict[Path, set[asyncio.Event]] = defaultdict(set)


class Stage(StrEnum):
    """Where a guest is in a live migration. ``arriving`` and ``leaving`` (paused for the hand-over)
    are claimed by neither server. ``left``: paused, and whether the target runs it is not known."""

    HERE = "here"
    ARRIVING = "arriving"
    LEAVING = "leaving"
    LEFT = "left"


class FakeGuest(Model):
    """Times are seconds since 1970 UTC; at ``off_at`` the guest powers itself off. ``target`` is the
    address it is, or was, on its way to, ``version`` that of the lease it came with if it was moved
    while it stood still, or of the lease before it was restored. ``saving``: it ran before it was
    paused to be saved, or was restored and has not run yet."""

    spec: GuestSpec
    power: Power = Power.RUNNING
    mark: str = ""
    started: float
    off_at: float | None = None
    reason: str = "booted"
    stage: Stage = Stage.HERE
    target: str = ""
    version: int = 0
    saving: bool = False
    outdated: bool = False

    @property
    def id(self) -> str:
        return self.spec.config.id

    @property
    def claimed(self) -> bool:
        """Whether its server calls it its own."""
        return self.stage in (Stage.HERE, Stage.LEFT)

    def guest(self, now: float) -> Guest:
        uptime = max(0.0, now - self.started)
        return Guest.model_construct(  # of parts that were checked: it is asked for all the time
            id=self.spec.config.id,
            run=self.spec.run,
            power=self.power,
            config=self.spec.config,
            mark=self.mark,
            uptime=uptime,
            cpu_time=uptime / 10,
            memory=self.spec.config.memory,
            reason=self.reason,
            directory=self.spec.directory,
            outdated=self.outdated,
        )

    def counters(self, now: float) -> GuestCounters:
        """As of a guest that does the same every second."""
        kib = int(max(0.0, now - self.started) * 1024)
        return GuestCounters(
            vm=self.id,
            cpu_time=kib / 1024 / 10,
            cpus=self.spec.config.vcpus,
            memory=self.spec.config.memory << 19,
            disk_read=kib * 16,
            disk_write=kib * 64,
            net_rx=kib * 8,
            net_tx=kib * 24,
        )


class GuestStore(Protocol):
    """One server's guests, and the saved memory of any. ``now`` is that server's wall clock."""

    def now(self) -> float: ...

    def get(self, vm: str) -> FakeGuest | None:
        """None if there is no such guest, or it has powered itself off by now."""
        ...

    def all(self) -> dict[str, FakeGuest]: ...

    def put(self, guest: FakeGuest) -> None: ...

    def remove(self, vm: str) -> None: ...

    def watch(self) -> "AbstractContextManager[Watch]": ...

    def readable(self, path: str) -> bool:
        """Whether this server could open the disk."""
        ...

    def save(self, path: str, guest: FakeGuest) -> None: ...

    def saved(self, path: str) -> FakeGuest | None:
        """Raises OSError, ValueError for what is there and cannot be used."""
        ...

    def discard(self, path: str) -> None:
        """Remove saved memory, if there is any. Raises ``Unknown`` where the storage is out of reach."""
        ...


class Watch(Protocol):
    async def changed(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds, or less; False if nothing was written in this process
        meanwhile."""
        ...


class GuestFiles:
    """``directory`` belongs to one fake server; guests are one file each."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "guests"
        self.directory.mkdir(parents=True, exist_ok=True)
        self._parsed: dict[str, tuple[tuple[int, int], FakeGuest]] = {}

    def now(self) -> float:
        return time.time()

    def path(self, vm: str) -> Path:
        return self.directory / f"{vm}.json"

    def get(self, vm: str) -> FakeGuest | None:
        found = self._read(vm)
        if found is None:
            return None
        if found.off_at is not None and found.off_at <= time.time():
            self.remove(vm)
            return None
        return found

    def _read(self, vm: str) -> FakeGuest | None:
        """Parsed once: every write is a rename, hence a new inode, and somebody looks at all guests
        several times a second."""
        try:
            status = self.path(vm).stat()
            stamp = (status.st_ino, status.st_mtime_ns)
            known = self._parsed.get(vm)
            if known is None or known[0] != stamp:
                known = (stamp, FakeGuest.model_validate_json(self.path(vm).read_bytes()))
                self._parsed[vm] = known
        except FileNotFoundError:
            self._parsed.pop(vm, None)
            return None
        return known[1]

    def all(self) -> dict[str, FakeGuest]:
        names = sorted(p.stem for p in self.directory.glob("*.json"))
        return {vm: found for vm in names if (found := self.get(vm)) is not None}

    def put(self, guest: FakeGuest) -> None:
        """Atomically: a reader sees the old or the new guest."""
        _write(self.path(guest.id), guest)
        self._ring(self.directory)

    def remove(self, vm: str) -> None:
        self.path(vm).unlink(missing_ok=True)
        self._ring(self.directory)

    def move(self, vm: str, target: "GuestFiles") -> None:
        """One rename, so the guest is always on exactly one server. Raises ``FileNotFoundError`` if
        it went meanwhile."""
        self.path(vm).rename(target.path(vm))
        self._ring(self.directory)
        self._ring(target.directory)

    @staticmethod
    def _ring(directory: Path) -> None:
        for bell in _bells[directory]:
            bell.set()

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        bell = asyncio.Event()
        _bells[self.directory].add(bell)
        try:
            yield _Bell(bell, LOOK_EVERY)
        finally:
            _bells[self.directory].discard(bell)

    def readable(self, path: str) -> bool:
        return os.access(path, os.R_OK)

    def save(self, path: str, guest: FakeGuest) -> None:
        _write(Path(path), guest)

    def saved(self, path: str) -> FakeGuest | None:
        try:
            return FakeGuest.model_validate_json(Path(path).read_bytes())
        except FileNotFoundError:
            return None

    def discard(self, path: str) -> None:
        Path(path).unlink(missing_ok=True)


class GuestMemory:
    """``images`` is the saved memory on the storage that all servers share; ``readable`` says
    whether this one reaches a path there now; ``changed`` is told of each guest that changed here.
    Time is the event loop's, and ``now`` what this server's clock makes of it. ``ended`` is told of
    each guest that powered itself off."""

    def __init__(
        self,
        now: Callable[[], float],
        images: dict[str, FakeGuest],
        readable: Callable[[str], bool] = lambda path: True,
        changed: Callable[[str], None] = lambda vm: None,
    ) -> None:
        self.now = now
        self.readable = readable
        self._images = images
        self._changed = changed
        self.ended: Callable[[str], None] = lambda vm: None
        self.context = copy_context()  # a guest's time is its own, whoever pressed its button
        self._guests: dict[str, FakeGuest] = {}
        self._bells: set[asyncio.Event] = set()

    def get(self, vm: str) -> FakeGuest | None:
        return self._guests.get(vm)

    def all(self) -> dict[str, FakeGuest]:
        return dict(self._guests)

    def put(self, guest: FakeGuest) -> None:
        before = self._guests.get(guest.id)
        self._guests[guest.id] = guest
        if guest.off_at is not None and (before is None or before.off_at is None):
            delay = max(0.0, guest.off_at - self.now())
            later = asyncio.get_running_loop().call_later
            later(delay, self._power_off, guest, context=self.context)
        self._tell(guest.id)

    def remove(self, vm: str) -> None:
        if self._guests.pop(vm, None) is not None:
            self._tell(vm)

    def clear(self) -> None:
        """The server lost its power."""
        for vm in list(self._guests):
            self.remove(vm)

    def _power_off(self, guest: FakeGuest) -> None:
        now = self._guests.get(guest.id)
        if now is not None and (now.spec.run, now.off_at) == (guest.spec.run, guest.off_at):
            self.remove(guest.id)
            self.ended(guest.id)

    def _tell(self, vm: str) -> None:
        for bell in self._bells:
            bell.set()
        self._changed(vm)

    @contextmanager
    def watch(self) -> Iterator[Watch]:
        bell = asyncio.Event()
        self._bells.add(bell)
        try:
            yield _Bell(bell, float("inf"))
        finally:
            self._bells.discard(bell)

    def save(self, path: str, guest: FakeGuest) -> None:
        self._images[path] = guest

    def saved(self, path: str) -> FakeGuest | None:
        return self._images.get(path)

    def discard(self, path: str) -> None:
        if not self.readable(path):
            raise Unknown("memory", "the storage does not answer")
        self._images.pop(path, None)


class _Bell:
    def __init__(self, bell: asyncio.Event, longest: float) -> None:
        self._bell, self._longest = bell, longest

    async def changed(self, timeout: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(timeout, self._longest)):
                await self._bell.wait()
        rung = self._bell.is_set()
        self._bell.clear()
        return rung


def _write(path: Path, guest: FakeGuest) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(guest.model_dump_json())
    fresh.rename(path)
