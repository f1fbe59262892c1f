"""``ports.hypervisor`` without a hypervisor: guests do nothing but count.

For trying Millpond at scale, for rehearsing crashes of everything around the guests, and for
simulating whole pools: see ``engine`` for what outlives the agent.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator

from millpond.adapters.fake.engine import FakeEngine
from millpond.adapters.fake.guests import FakeGuest
from millpond.adapters.moving_disks import remove_note, where_they_are, write_note
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.adapters.turns import Turns
from millpond.adapters.used_memory import used_up
from millpond.domain.chain import chain
from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.events import GuestChanged
from millpond.domain.hot_disks import disk_changes, in_order
from millpond.domain.layout import suspend_image
from millpond.domain.migration import MigrationOptions
from millpond.domain.usage import GuestCounters
from millpond.domain.vm import (
    HOT_FIELDS,
    RECORD_FIELDS,
    Coming,
    Disk,
    Guest,
    GuestSpec,
    Power,
    VmConfig,
    awakened,
)
from millpond.ports.bridges import Bridges

TICKS = 5
"""Lines a second that a guest prints on its console."""
DEAF = "fake:deaf"
"""Tag of a guest that does not hear the power button."""
_MAX_WAIT = 30.0


class FakeHypervisor:
    """The agent's way to the guests of ``engine`` on the server with the id ``server``."""

    def __init__(
        self, engine: FakeEngine, server: str, tasks: TaskRunner, bridges: Bridges
    ) -> None:
        self._engine = engine
        self._store = engine.store
        self._server = server
        self._tasks = tasks
        self._bridges = bridges
        self._turns = Turns()

    async def coming(self) -> list[Coming]:
        self._engine.check()
        return self._engine.coming()

    async def guests(self) -> list[Guest]:
        self._engine.check()
        return [self._seen(g) for g in self._store.all().values() if g.claimed]

    async def guest(self, vm: str) -> Guest | None:
        self._engine.check()
        found = self._store.get(vm)
        return self._seen(found) if found and found.claimed else None

    async def counters(self) -> list[GuestCounters]:
        self._engine.check()
        running = (g for g in self._store.all().values() if g.claimed and g.power is Power.RUNNING)
        return [g.counters(self._store.now()) for g in running]

    async def start(self, spec: GuestSpec) -> Guest:
        self._engine.check()
        spec = where_they_are(spec)
        async with self._turns.alone(spec.config.id):
            await self._end_outlived(spec)
            there = self._same_run(spec)
            if there is not None:
                return there
            await self._check_start(spec)
            self._store.discard(suspend_image(spec.directory))
            made = FakeGuest(spec=spec, started=self._store.now())
            await self._engine.answer(self._engine.spawn(self._engine.boot(made)))
        return await self._must_run(spec)

    async def shutdown(self, vm: str) -> None:
        self._engine.check()
        found = self._store.get(vm)
        hears = found and found.power is Power.RUNNING and DEAF not in found.spec.config.tags
        if found and hears and found.off_at is None:
            off_at = self._store.now() + self._engine.delay
            self._store.put(found.model_copy(update={"off_at": off_at}))

    async def wait_gone(self, vm: str, run: str, timeout: float) -> bool:
        self._engine.check()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + min(timeout, _MAX_WAIT)
        with self._store.watch() as watch:
            while (found := self._store.get(vm)) is not None and found.spec.run == run:
                if loop.time() >= deadline:
                    return False
                await watch.changed(deadline - loop.time())
        return True

    async def destroy(self, vm: str) -> None:
        self._engine.check()
        self._engine.end(vm)

    async def reset(self, vm: str, mark: str) -> None:
        found = self._must(vm)
        if found.mark != mark:
            changes = {"mark": mark, "started": self._store.now()}
            self._store.put(found.model_copy(update=changes))

    async def pause(self, vm: str) -> None:
        await self._stop(self._must(vm))

    async def unpause(self, vm: str) -> None:
        found = self._must(vm)
        if found.power is Power.PAUSED and found.claimed:
            await self._engine.wake(found)

    async def save(self, task: str, vm: str, path: str) -> None:
        async def work(report: Report) -> dict[str, float]:
            found = self._store.get(vm)
            if found is None:
                if self._store.saved(path) is not None:
                    return {}
                raise Failed("save", f"guest {vm} does not run here and left no saved memory")
            paused = await self._stop(found, saving=True)
            try:
                await self._engine.take_time(paused, self._engine.delay, report)
                self._store.save(path, found)
            except BaseException:
                if found.power is Power.RUNNING:
                    await self._engine.wake(paused)
                raise
            self._engine.end(vm)
            return {}

        self._engine.check()
        self._tasks.start(task, work)

    async def restore(self, spec: GuestSpec) -> Guest:
        self._engine.check()
        image = suspend_image(spec.directory)
        async with self._turns.alone(spec.config.id):
            loaded = self._same_run(spec) is None
            if loaded:
                awakened = self._awakened(spec, image)
                version = await self._engine.leases.version(awakened)
                awakened = awakened.model_copy(update={"version": version})
                await self._engine.answer(self._engine.spawn(self._engine.boot(awakened)))
            await self._run_restored(spec.config.id, image, loaded=loaded)
        return await self.apply(spec)

    async def _run_restored(self, vm: str, image: str, *, loaded: bool) -> None:
        """Let a restored guest run that has not yet. One that gets no lease is ended, unless its memory
        is nowhere else; what was just ``loaded`` is there too, or a start elsewhere outdated it."""
        found = self._must(vm)
        if found.power is Power.RUNNING or not found.saving:
            return
        try:
            await self._engine.wake(found, reason="restored")
        except Refused:
            if loaded or self._store.saved(image) is not None:
                self._engine.end(vm)
            raise

    async def _stop(self, guest: FakeGuest, *, saving: bool = False) -> FakeGuest:
        """Pause it, but keep its lease, which the hypervisor lets go of."""
        if guest.power is not Power.RUNNING:
            return guest
        paused = await self._engine.pause(guest, reason="user", saving=saving)
        await self._engine.leases.keep(guest)
        return paused

    async def apply(self, spec: GuestSpec) -> Guest:
        found = self._must(spec.config.id)
        if found.spec.run != spec.run:
            raise _not_here(spec.config.id)
        active = _hot(found.spec.config, spec.config)
        changed = found.model_copy(
            update={"spec": found.spec.model_copy(update={"config": active})}
        )
        if changed != found:
            self._store.put(changed)
        return self._seen(changed)

    async def move_disk(self, task: str, vm: str, moved: Disk, rate: int) -> None:
        async def work(report: Report) -> dict[str, float]:
            found = self._must(vm)
            old = next(d for d in found.spec.config.disks if d.target == moved.target)
            if old != moved:
                seconds = moved.size / rate if rate else self._engine.delay
                await self._engine.take_time(found, seconds, report)
                directory = found.spec.directory
                # A fake guest writes nothing: its disk may be copied at once.
                shutil.copyfile(chain(directory, old).top, chain(directory, moved).top)
                write_note(directory, old, moved)
                self._use(self._must(vm), moved)
            return {"bytes": float(moved.size)}

        self._engine.check()
        self._tasks.start(task, work)

    async def keep_disk(self, vm: str, moved: Disk) -> None:
        self._engine.check()
        found = self._store.get(vm)
        if found is not None and moved in found.spec.config.disks:
            raise Failed("move", f"{moved.target} has moved already")
        if found is not None:
            old = next(d for d in found.spec.config.disks if d.target == moved.target)
            remove_note(found.spec.directory, old)

    def _use(self, guest: FakeGuest, moved: Disk) -> None:
        config = guest.spec.config
        disks = tuple(moved if d.target == moved.target else d for d in config.disks)
        spec = {"config": config.model_copy(update={"disks": disks})}
        self._store.put(guest.model_copy(update={"spec": guest.spec.model_copy(update=spec)}))

    async def migrate(self, task: str, vm: str, address: str, options: MigrationOptions) -> None:
        async def work(report: Report) -> dict[str, float]:
            if self._store.get(vm) is None:
                there = await self._engine.target(address).has(vm)
                if there is None:
                    raise Unknown("migrate", "the guest is still arriving")
                if not there:
                    raise _not_here(vm)
                return {"downtime_ms": 0.0, "total_ms": 0.0}
            moving = self._engine.move(vm, address, report)
            try:
                downtime = await self._engine.answer(moving)
            except asyncio.CancelledError:
                moving.cancel()
                await asyncio.wait({moving})
                if moving.cancelled() or moving.exception() is not None:
                    raise
                downtime = moving.result()
            return {"downtime_ms": downtime * 1000, "total_ms": self._engine.copying * 1000}

        self._engine.check()
        self._tasks.start(task, work)

    async def accept_migration(self, spec: GuestSpec) -> None:
        self._engine.check()
        subject = f"vm {spec.config.name}"
        if self._store.get(spec.config.id) is not None:
            raise Refused(
                "vm.state",
                subject,
                "a guest with its id is on the target already",
                f"look at it with: millpond vm show {spec.config.name}",
            )
        missing = await self._missing_bridges(spec.config)
        if missing:
            raise Refused(
                "migration.bridge",
                subject,
                f"the target has no bridge {', '.join(missing)}",
                f"create it on all members: millpond network create POOL {missing[0]}",
            )
        for disk in self._missing_disks(spec):
            raise Refused(
                "migration.disk",
                subject,
                f"the target cannot open disk {disk.target}",
                "mount the shared repository there, or give the target access to the LUN",
            )

    async def console_tail(self, vm: str, size: int) -> str:
        self._engine.check()
        found = self._store.get(vm)
        if found is None:
            return ""
        last = int(self._seen(found).uptime * TICKS)
        lines = [f"millpond tick {n}\n" for n in range(max(1, last - size // 15), last + 1)]
        return "".join(lines)[-size:] if size > 0 else ""

    def events(self) -> AsyncIterator[GuestChanged]:
        return self._events(self._claimed())

    async def _events(self, known: dict[str, FakeGuest]) -> AsyncIterator[GuestChanged]:
        with self._store.watch() as watch:
            while True:
                now = self._claimed()
                for vm in sorted(known.keys() | now.keys()):
                    if known.get(vm) != now.get(vm):
                        yield self._change(vm, now.get(vm))
                known = now
                await watch.changed(_MAX_WAIT)

    def _claimed(self) -> dict[str, FakeGuest]:
        return {vm: guest for vm, guest in self._store.all().items() if guest.claimed}

    def _change(self, vm: str, found: FakeGuest | None) -> GuestChanged:
        return GuestChanged(
            server=self._server,
            vm=vm,
            guest=self._seen(found) if found else None,
            reason=found.reason if found else "stopped",
        )

    def _seen(self, guest: FakeGuest) -> Guest:
        return guest.guest(self._store.now())

    def _must(self, vm: str) -> FakeGuest:
        self._engine.check()
        found = self._store.get(vm)
        if found is None:
            raise _not_here(vm)
        return found

    async def _must_run(self, spec: GuestSpec) -> Guest:
        found = self._store.get(spec.config.id)
        if found is None:
            raise Failed("start", "the guest ended at once")
        return self._seen(found)

    def _same_run(self, spec: GuestSpec) -> Guest | None:
        found = self._store.get(spec.config.id)
        if found is None:
            return None
        if found.spec.run == spec.run and found.claimed:
            return self._seen(found)
        raise Refused(
            "vm.state",
            f"vm {spec.config.name}",
            "another run of it is active on this server",
            f"look at it with: millpond vm show {spec.config.name}",
        )

    async def _end_outlived(self, spec: GuestSpec) -> None:
        """What another run left standing still here is in the way once another server ran the guest."""
        found = self._store.get(spec.config.id)
        still = found is not None and found.claimed and found.power is Power.PAUSED
        if found is None or not still or found.spec.run == spec.run:
            return
        try:
            await self._engine.leases.check_free(found)
            await self._engine.leases.keep(found)
        except Refused as refused:
            if refused.code == "lease.outdated":
                self._engine.end(found.id)

    async def _check_start(self, spec: GuestSpec) -> None:
        """What QEMU would stumble over."""
        missing = [f"no bridge {b}" for b in await self._missing_bridges(spec.config)]
        missing += [f"cannot open disk {d.target}" for d in self._missing_disks(spec)]
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

    def _missing_disks(self, spec: GuestSpec) -> list[Disk]:
        return [
            disk
            for disk in spec.config.disks
            if not disk.empty
            and not all(self._store.readable(path) for path in chain(spec.directory, disk).paths)
        ]

    def _awakened(self, spec: GuestSpec, path: str) -> FakeGuest:
        try:
            saved = self._store.saved(path)
        except (OSError, ValueError) as error:
            raise Refused(
                "hypervisor.refused",
                f"vm {spec.config.name}",
                f"its saved memory cannot be used: {error}",
                f"start it afresh after: millpond vm kill {spec.config.name}",
            ) from error
        if saved is None:
            raise used_up(spec, "it ran from its saved memory, and has ended since")
        slept = spec.model_copy(update={"config": awakened(saved.spec.config, spec.config)})
        return FakeGuest(
            spec=slept,
            power=Power.PAUSED,
            mark=saved.mark,
            started=self._store.now(),
            reason="restored",
            saving=True,
        )


def _not_here(vm: str) -> Refused:
    return Refused(
        "vm.state",
        f"vm {vm}",
        "it does not run on this server",
        "see where it is: millpond vm list",
    )


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
    changes["disks"] = _hot_disks(active.disks, wanted.disks)
    return active.model_copy(update=changes)


def _hot_disks(active: tuple[Disk, ...], wanted: tuple[Disk, ...]) -> tuple[Disk, ...]:
    changes = disk_changes(active, wanted)
    gone = {d.target for d in changes.unplugged}
    now = {d.target: d for d in active if d.target not in gone}
    now |= {d.target: d for d in (*changes.plugged, *(new for _, new in changes.changed))}
    return in_order(now, wanted)
