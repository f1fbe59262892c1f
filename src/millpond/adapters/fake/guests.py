"""The guests of a fake server: one file each, so that they outlive the agent, as real ones do."""

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from millpond.domain.vm import Guest, GuestSpec, Model, Power

LOOK_EVERY = 0.2
"""Seconds between looks for what other processes (agents of other fake servers) changed, and for
guests whose time to power off has come. Changes made in this process are seen at once."""

_bells: defaultdict[Path, set[asyncio.Event]] = defaultdict(set)


class FakeGuest(Model):
    """The file. Times are seconds since 1970 UTC; at ``off_at`` the guest powers itself off."""

    spec: GuestSpec
    power: Power = Power.RUNNING
    mark: str = ""
    started: float
    off_at: float | None = None
    reason: str = "booted"

    def guest(self) -> Guest:
        uptime = max(0.0, time.time() - self.started)
        return Guest(
            id=self.spec.config.id,
            run=self.spec.run,
            power=self.power,
            config=self.spec.config,
            mark=self.mark,
            uptime=uptime,
            cpu_time=uptime / 10,
            memory=self.spec.config.memory,
            reason=self.reason,
        )


class GuestFiles:
    """``directory`` belongs to one fake server."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory / "guests"
        self.directory.mkdir(parents=True, exist_ok=True)
        self._parsed: dict[str, tuple[tuple[int, int], FakeGuest]] = {}

    def path(self, vm: str) -> Path:
        return self.directory / f"{vm}.json"

    def get(self, vm: str) -> FakeGuest | None:
        """None if there is no such guest, or it has powered itself off by now."""
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
        write(self.path(guest.spec.config.id), guest)
        self._ring(self.directory)

    def remove(self, vm: str) -> None:
        self.path(vm).unlink(missing_ok=True)
        self._ring(self.directory)

    def move(self, vm: str, target: "GuestFiles") -> None:
        """The hand-over of a migration: one rename, so the guest is always on exactly one server.
        Raises ``FileNotFoundError`` if it went meanwhile."""
        self.path(vm).rename(target.path(vm))
        self._ring(self.directory)
        self._ring(target.directory)

    @staticmethod
    def _ring(directory: Path) -> None:
        for bell in _bells[directory]:
            bell.set()

    @contextmanager
    def watch(self) -> Iterator["Watch"]:
        bell = asyncio.Event()
        _bells[self.directory].add(bell)
        try:
            yield Watch(self, bell)
        finally:
            _bells[self.directory].discard(bell)


class Watch:
    """Tells when something may have changed."""

    def __init__(self, files: GuestFiles, bell: asyncio.Event) -> None:
        self._files, self._bell = files, bell

    async def changed(self, timeout: float) -> bool:
        """Wait up to ``timeout`` seconds, but no longer than ``LOOK_EVERY``; False if nothing was
        written in this process meanwhile (another one may have)."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._bell.wait(), min(timeout, LOOK_EVERY))
        rung = self._bell.is_set()
        self._bell.clear()
        return rung


def write(path: Path, guest: FakeGuest) -> None:
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_text(guest.model_dump_json())
    fresh.rename(path)
