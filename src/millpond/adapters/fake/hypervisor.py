"""``ports.hypervisor`` without a hypervisor: guests are files, and do nothing but count.

For trying Millpond at scale, and for rehearsing crashes of everything around the guests. A live
migration goes to the fake server whose directory stands beside this one, under its address.
"""

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from millpond.adapters.fake.guests import FakeGuest, GuestFiles, write
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.errors import Failed, Refused
from millpond.domain.events import GuestChanged
from millpond.domain.job import Progress
from millpond.domain.layout import disk_path
from millpond.domain.migration import MigrationOptions
from millpond.domain.vm import (
    HOT_FIELDS,
    RECORD_FIELDS,
    Disk,
    Guest,
    GuestSpec,
    Power,
    VmConfig,
)
from millpond.ports.bridges import Bridges

TICKS = 5
"""Lines a second that a guest prints on its console."""
DEAF = "fake:deaf"
"""Tag of a guest that does not hear the power button."""
_MAX_WAIT = 30.0
_STEPS = 20


class FakeHypervisor:
    """``directory`` is this server's, named after its address, beside those of the others.
    ``delay`` is how many seconds a start, shutdown, save, restore and migration take."""

    def __init__(
        self,
        directory: Path,
        server: str,
        tasks: TaskRunner,
        bridges: Bridges,
        delay: float = 0.0,
    ) -> None:
        self._directory = directory
        self._files = GuestFiles(directory)
        self._server = server
        self._tasks = tasks
        self._bridges = bridges
        self._delay = delay
        self._starting = asyncio.Lock()

    async def guests(self) -> list[Guest]:
        return [g.guest() for g in self._files.all().values()]

    async def guest(self, vm: str) -> Guest | None:
        found = self._files.get(vm)
        return found.guest() if found else None

    async def start(self, spec: GuestSpec) -> Guest:
        async with self._starting:
            there = self._same_run(spec)
            if there is not None:
                return there
            await self._check_start(spec)
            await asyncio.sleep(self._delay)
            return self._put(FakeGuest(spec=spec, started=time.time()))

    async def shutdown(self, vm: str) -> None:
        found = self._files.get(vm)
        hears = found and found.power is Power.RUNNING and DEAF not in found.spec.config.tags
        if found and hears and found.off_at is None:
            self._put(found.model_copy(update={"off_at": time.time() + self._delay}))

    async def wait_gone(self, vm: str, run: str, timeout: float) -> bool:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(timeout, _MAX_WAIT)
        with self._files.watch() as watch:
            while (found := self._files.get(vm)) is not None and found.spec.run == run:
                if loop.time() >= deadline:
                    return False
                await watch.changed(deadline - loop.time())
        return True

    async def destroy(self, vm: str) -> None:
        self._files.remove(vm)

    async def reset(self, vm: str, mark: str) -> None:
        found = self._must(vm)
        if found.mark != mark:
            self._put(found.model_copy(update={"mark": mark, "started": time.time()}))

    async def pause(self, vm: str) -> None:
        self._put(self._must(vm).model_copy(update={"power": Power.PAUSED, "reason": "user"}))

    async def unpause(self, vm: str) -> None:
        found = self._must(vm)
        if found.power is Power.PAUSED:
            self._put(found.model_copy(update={"power": Power.RUNNING, "reason": "unpaused"}))

    async def save(self, task: str, vm: str, path: str) -> None:
        async def work(report: Report) -> dict[str, float]:
            found = self._files.get(vm)
            if found is None:
                if await asyncio.to_thread(Path(path).exists):
                    return {}
                raise Failed("save", f"guest {vm} does not run here and left no saved memory")
            await self._take_time(found, report)
            await asyncio.to_thread(write, Path(path), found)
            self._files.remove(vm)
            return {}

        self._tasks.start(task, work)

    async def restore(self, spec: GuestSpec, path: str) -> Guest:
        async with self._starting:
            if self._same_run(spec) is None:
                await asyncio.sleep(self._delay)
                self._put(_awakened(spec, path))
        return await self.apply(spec)

    async def apply(self, spec: GuestSpec) -> Guest:
        found = self._must(spec.config.id)
        if found.spec.run != spec.run:
            raise _not_here(spec.config.id)
        active = _hot(found.spec.config, spec.config)
        changed = found.model_copy(
            update={"spec": found.spec.model_copy(update={"config": active})}
        )
        return self._put(changed) if changed != found else found.guest()

    async def migrate(self, task: str, vm: str, address: str, options: MigrationOptions) -> None:
        async def work(report: Report) -> dict[str, float]:
            target = GuestFiles(self._directory.parent / address)
            found = self._files.get(vm)
            if found is None:
                if target.get(vm) is None:
                    raise _not_here(vm)
                return {"downtime_ms": 0.0, "total_ms": 0.0}
            await self._take_time(found, report)
            try:
                self._files.move(vm, target)
            except FileNotFoundError:
                raise Failed("migrate", "the guest ended while it was being moved") from None
            return {"downtime_ms": 0.0, "total_ms": self._delay * 1000}

        self._tasks.start(task, work)

    async def accept_migration(self, spec: GuestSpec) -> None:
        subject = f"vm {spec.config.name}"
        if self._files.get(spec.config.id) is not None:
            raise Refused(
                "vm.state",
                subject,
                "a guest with its id is on the target already",
                "look at it with: millpond vm show",
            )
        missing = await self._missing_bridges(spec.config)
        if missing:
            raise Refused(
                "migration.bridge",
                subject,
                f"the target has no bridge {', '.join(missing)}",
                f"create it on all members: millpond network create {missing[0]}",
            )
        for disk in _missing_disks(spec):
            raise Refused(
                "migration.disk",
                subject,
                f"the target cannot open disk {disk.target}",
                "mount the shared repository there, or give the target access to the LUN",
            )

    async def console_tail(self, vm: str, size: int) -> str:
        found = self._files.get(vm)
        if found is None:
            return ""
        last = int(found.guest().uptime * TICKS)
        lines = [f"millpond tick {n}\n" for n in range(max(1, last - size // 15), last + 1)]
        return "".join(lines)[-size:] if size > 0 else ""

    def events(self) -> AsyncIterator[GuestChanged]:
        return self._events(self._files.all())

    async def _events(self, known: dict[str, FakeGuest]) -> AsyncIterator[GuestChanged]:
        with self._files.watch() as watch:
            while True:
                now = self._files.all()
                for vm in sorted(known.keys() | now.keys()):
                    if known.get(vm) != now.get(vm):
                        yield self._change(vm, now.get(vm))
                known = now
                await watch.changed(_MAX_WAIT)

    def _change(self, vm: str, found: FakeGuest | None) -> GuestChanged:
        return GuestChanged(
            server=self._server,
            vm=vm,
            guest=found.guest() if found else None,
            reason=found.reason if found else "stopped",
        )

    def _put(self, guest: FakeGuest) -> Guest:
        self._files.put(guest)
        return guest.guest()

    def _must(self, vm: str) -> FakeGuest:
        found = self._files.get(vm)
        if found is None:
            raise _not_here(vm)
        return found

    def _same_run(self, spec: GuestSpec) -> Guest | None:
        found = self._files.get(spec.config.id)
        if found is None or found.spec.run == spec.run:
            return found.guest() if found else None
        raise Refused(
            "vm.state",
            f"vm {spec.config.name}",
            "another run of it is active on this server",
            "look at it with: millpond vm show",
        )

    async def _check_start(self, spec: GuestSpec) -> None:
        """What QEMU would stumble over."""
        missing = [f"no bridge {b}" for b in await self._missing_bridges(spec.config)]
        missing += [f"cannot open disk {d.target}" for d in _missing_disks(spec)]
        if missing:
            raise Refused(
                "hypervisor.refused",
                f"vm {spec.config.name}",
                ", ".join(missing),
                "correct the VM and repeat",
            )

    async def _missing_bridges(self, config: VmConfig) -> list[str]:
        present = {b.name for b in await self._bridges.bridges()}
        return sorted({v.bridge for v in config.vifs} - present)

    async def _take_time(self, guest: FakeGuest, report: Report) -> None:
        total = guest.spec.config.max_memory << 20
        for step in range(_STEPS):
            report(Progress(percent=100 * step / _STEPS, done=total * step // _STEPS, total=total))
            await asyncio.sleep(self._delay / _STEPS)


def _not_here(vm: str) -> Refused:
    return Refused(
        "vm.state",
        f"vm {vm}",
        "it does not run on this server",
        "see where it is: millpond vm list",
    )


def _missing_disks(spec: GuestSpec) -> list[Disk]:
    return [
        d for d in spec.config.disks if not os.access(disk_path(spec.directory, d.source), os.R_OK)
    ]


def _awakened(spec: GuestSpec, path: str) -> FakeGuest:
    try:
        saved = FakeGuest.model_validate_json(Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise Refused(
            "hypervisor.refused",
            f"vm {spec.config.name}",
            f"its saved memory cannot be used: {error}",
            "start it afresh after: millpond vm kill",
        ) from error
    slept = saved.spec.model_copy(update={"run": spec.run, "directory": spec.directory})
    return FakeGuest(spec=slept, started=time.time(), mark=saved.mark, reason="restored")


def _hot(active: VmConfig, wanted: VmConfig) -> VmConfig:
    """``active`` with all that a running guest can be given."""
    changes = {field: getattr(wanted, field) for field in HOT_FIELDS | RECORD_FIELDS}
    if wanted.memory > active.max_memory:
        del changes["memory"]
    if wanted.vcpus > active.max_vcpus:
        del changes["vcpus"]
    models = {v.mac: v.model for v in active.vifs}
    changes["vifs"] = tuple(
        v.model_copy(update={"model": models.get(v.mac, v.model)}) for v in wanted.vifs
    )
    return active.model_copy(update=changes)
