"""One server of the simulated world: its power, its kernel, and what runs there but the agent.

It can lose its power, freeze as a whole, and lose any of its programs. What survives is what lies on
its own disk (its membership) or on the shared storage.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from millpond.adapters.fake.engine import FakeEngine, Target
from millpond.adapters.fake.guest_leases import SanlockLeases
from millpond.adapters.fake.guests import FakeGuest, GuestMemory, Stage
from millpond.adapters.fake.lockspace_daemon import FakeSanlock
from millpond.adapters.fake.records import FakeRecords
from millpond.domain.server import Membership
from millpond.domain.timing import Timing
from millpond.domain.vm import Power
from millpond.sim.clock import Handle, Process, VirtualLoop
from millpond.sim.network import Network, Node
from millpond.sim.storage import Path, Storage

BOOT_SECONDS = 30.0
"""From power to the agent's first step."""
EPOCH = 1_750_000_000.0
"""Seconds since 1970 at which every simulation begins."""


@dataclass(frozen=True)
class Hardware:
    """What a server is. Memory in MiB; ``start``, ``move`` and ``handover`` are the seconds that its
    hypervisor takes for these."""

    id: str
    name: str
    address: str
    host_id: int
    memory: int
    watchdog: bool
    bridges: frozenset[str]
    start: float = 1.0
    move: float = 5.0
    handover: float = 0.2

    @property
    def strip(self) -> str:
        """The address of the power strip it may hang on."""
        return f"{self.address}/strip"


class Machine:
    """``on_boot`` starts its programs; ``changed`` is told of each guest that changed here, and of
    what befell the machine (None). ``target`` gives the other end of a migration."""

    def __init__(
        self,
        loop: VirtualLoop,
        network: Network,
        storage: Storage,
        hardware: Hardware,
        timing: Timing,
        *,
        on_boot: Callable[["Machine"], None],
        changed: Callable[["Machine", str | None], None],
        target: Callable[["Machine", str], Target],
    ) -> None:
        self.hardware = hardware
        self.name = hardware.name
        self.node = Node(hardware.name)
        self.storage = storage
        self.path = Path(timing.queueing)
        self.membership: Membership | None = None
        self.on = False
        self.frozen = False
        self.frozen_at: float | None = None
        self.zombie = False
        self.boots = 0
        self.clock_offset = 0.0
        self.fences: dict[str, int] = {}
        self.records: list[FakeRecords] = []
        self.sanlock_is = "well"
        self.slow_starts = 0.0
        self.agent: Process | None = None
        self.libvirtd: Process | None = None
        self.qemu: Process | None = None
        self._loop = loop
        self._network = network
        self._timing = timing
        self._on_boot = on_boot
        self._changed = changed
        self._target = target
        self._booting: Handle | None = None
        watchdog = "/dev/watchdog" if hardware.watchdog else None
        self.sanlock = FakeSanlock(storage.leases, hardware.name, watchdog, self.reset)
        self.guests = GuestMemory(
            self.wall, storage.images, lambda _: not self.path.gone, self._guest_changed
        )
        self.engine = self._new_engine()

    def wall(self) -> float:
        """What its clock says: seconds since 1970."""
        return EPOCH + self._loop.time() + self.clock_offset

    @property
    def boot_id(self) -> str:
        return f"{self.hardware.id[:-4]}{self.boots:04x}"

    @property
    def alive(self) -> bool:
        return self.on and not self.frozen

    def running(self) -> dict[str, FakeGuest]:
        """Guests whose processors turn here. After a long sleep of the whole server they count from
        the moment they could write."""
        if not self.alive or (self.zombie and self.path.gone):
            return {}
        found = self.guests.all()
        return {
            vm: g
            for vm, g in found.items()
            if g.power is Power.RUNNING and g.stage in (Stage.HERE, Stage.LEAVING)
        }

    # Power

    def power_on(self) -> None:
        """Its programs run after ``BOOT_SECONDS``; on already: nothing."""
        if self.on:
            return
        self.on = True
        self.boots += 1
        self._booting = self._loop.call_later(BOOT_SECONDS, self.boot, context=self._loop.nobody)

    def boot(self) -> None:
        """Power-on is over: whatever a server starts by itself is started."""
        if not self.on:
            self.on = True
            self.boots += 1
        self.node.up = True
        self.libvirtd = Process(self._loop, f"{self.name}/libvirt")
        self.qemu = Process(self._loop, f"{self.name}/qemu")
        self.guests.context = self.qemu.context()
        self.engine = self._new_engine()
        self._on_boot(self)
        self._changed(self, None)

    def power_off(self) -> None:
        """Nothing is shut down; what was not on the storage is gone."""
        if not self.on:
            return
        self.on = self.frozen = self.zombie = False
        self.sanlock_is = "well"
        self.node.up = False
        if self._booting is not None:
            self._booting.cancel()
        self.sanlock.crash()
        self.kill_agent()
        for process in (self.libvirtd, self.qemu):
            if process is not None:
                process.kill()
        self.guests.clear()
        self._network.check()
        self._changed(self, None)

    def reset(self) -> None:
        """Off and on again, as the watchdog does it."""
        self.power_off()
        self.power_on()

    def freeze(self) -> None:
        """Everything stands still but the clock and the watchdog's own."""
        if not self.alive:
            return
        self.frozen = True
        self.frozen_at = self._loop.time()
        self.node.up = False
        self.sanlock.freeze()
        for process in (self.agent, self.libvirtd, self.qemu):
            if process is not None:
                process.freeze()
        self._network.check()
        self._changed(self, None)

    def thaw(self) -> None:
        if not self.frozen or self.frozen_at is None:
            return
        self.frozen = False
        self.node.up = True
        asleep = self._loop.time() - self.frozen_at
        self.zombie = self.zombie or asleep >= self._timing.lease_lost
        if self.sanlock_is == "well":
            self.sanlock.thaw()
        for process in (self.agent, self.libvirtd, self.qemu):
            if process is not None:
                process.thaw()
        self._changed(self, None)

    # Programs

    def kill_agent(self) -> None:
        """SIGKILL. Whoever started it starts it again, or not."""
        process, self.agent, self.node.process = self.agent, None, None
        records, self.records = self.records, []
        for one in records:
            self.storage.records.unlock(one)
        if process is not None:
            process.kill()
            if (holder := self.sanlock.processes.get("agent")) is not None:
                holder.die()  # sanlock lets go of what it held
            if self.on:
                self._network.ended(process)

    def stop_libvirtd(self) -> None:
        """Guests run on; nothing can be asked, and a migration under way fails."""
        if self.libvirtd is not None:
            self.libvirtd.kill()
        self.engine.stop()

    def start_libvirtd(self) -> None:
        if self.alive and not self.engine.answers:
            self.libvirtd = Process(self._loop, f"{self.name}/libvirt")
            self.engine.recover()

    def slow_libvirtd(self, seconds: float) -> None:
        """Starts and restores take so many seconds longer from now on."""
        self.slow_starts = self.engine.slow = seconds

    def harm_sanlock(self, how: str) -> None:
        """``dead`` or ``frozen``. Guests run on."""
        if self.alive and self.sanlock_is == "well":
            self.sanlock_is = how
            (self.sanlock.end if how == "dead" else self.sanlock.freeze)()

    def mend(self) -> None:
        """Every program that was harmed works again; none does while the whole server stands still."""
        if self.alive:
            mended = {"dead": self.sanlock.restart, "frozen": self.sanlock.thaw}
            was, self.sanlock_is = self.sanlock_is, "well"
            if was in mended:
                mended[was]()
            self.slow_libvirtd(0.0)
            self.start_libvirtd()
            if self.agent is not None:
                self.agent.thaw()

    # Storage

    def lose_storage(self) -> None:
        self.path.cut()
        self.sanlock.cut()

    def regain_storage(self) -> None:
        self.path.restore()
        self.sanlock.restore()
        self._changed(self, None)

    def slow_storage(self, latency: float) -> None:
        self.path.latency = latency
        self.sanlock.slow(latency)

    def _new_engine(self) -> FakeEngine:
        engine = FakeEngine(
            self.guests,
            lambda address: self._target(self, address),
            SanlockLeases(self.sanlock, self._lost),
            self._in_libvirtd,
            self.hardware.start,
            self.hardware.move,
            self.hardware.handover,
        )
        engine.slow = self.slow_starts
        return engine

    def _lost(self, vm: str) -> None:
        self.engine.end(vm)

    def _in_libvirtd(self, work: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        if self.libvirtd is None:
            raise RuntimeError(f"{self.name} never booted")
        return self.libvirtd.spawn(work)

    def _guest_changed(self, vm: str) -> None:
        self._changed(self, vm)
