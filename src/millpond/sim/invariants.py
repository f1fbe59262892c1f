"""What must always hold, checked after every event against the world itself.

Nothing here asks the code under test: the machines are looked at, the bytes on the storage, and the
job table. A ``Violation`` says what was seen, when, and why it must not be.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from millpond.adapters.fake.guests import FakeGuest, Stage
from millpond.adapters.fake.lockspace_store import Slot
from millpond.domain.errors import Refused
from millpond.domain.ha.proof import Proof
from millpond.domain.layout import pool_lease, vm_lease
from millpond.domain.leases import MASTER, Resource
from millpond.domain.placement import RESERVE
from millpond.domain.pool import PoolDocument
from millpond.domain.timing import Timing
from millpond.domain.vm import Power, VmDocument, Wanted
from millpond.sim.machine import Machine
from millpond.sim.steps import Job, Table
from millpond.sim.storage import Storage


class Violation(Exception):
    """``rule`` is the invariant's short name, ``what`` one sentence."""

    def __init__(self, rule: str, what: str) -> None:
        super().__init__(f"{rule}: {what}")
        self.rule = rule
        self.what = what


@dataclass
class _Copy:
    """One server's copy of a guest: the run it belongs to, whether it runs, since when not, and whether
    because the server as a whole stands still."""

    run: str
    running: bool
    still_since: float
    frozen: bool


@dataclass
class _Ran:
    """Where a guest ran last, until when, and its run if it was left for another server: the target has
    all of its memory then, and goes on even if this server dies."""

    host: str
    until: float
    run_left: str | None = None


@dataclass
class Checker:
    """``names`` are the VMs' names by id; ``reachable`` says whether the first server could talk to
    the second one's agent now. ``gap``: seconds for which a guest may run twice, and a server that
    lives be taken for dead: only where a fence device lies of one that is silent and comes back."""

    pool: str
    root: str
    timing: Timing
    storage: Storage
    machines: dict[str, Machine]
    names: dict[str, str]
    reachable: Callable[[Machine, Machine], bool]
    gap: float = 0.0
    _copies: dict[tuple[str, str], _Copy] = field(default_factory=dict)
    _ran: dict[str, _Ran] = field(default_factory=dict)
    _silent: dict[tuple[str, str], float] = field(default_factory=dict)
    _mute: set[tuple[str, str]] = field(default_factory=set)
    _strays: dict[str, float] = field(default_factory=dict)
    _dirty: set[str] = field(default_factory=set)
    now: float = 0.0

    # Told by the world

    def guest_changed(self, vm: str) -> None:
        self._dirty.add(vm)

    def machine_changed(self, now: float) -> None:
        self._dirty |= self.names.keys()
        self.look_for_silence(now)

    def check(self, now: float) -> None:
        """After an event. Raises ``Violation``."""
        if self._dirty:
            self.now = now
            dirty, self._dirty = sorted(self._dirty, key=lambda vm: self.names[vm]), set()
            for vm in dirty:
                self._one_host(vm)
                self._copies_of(vm)
            self._capacity()

    # Guests

    def _one_host(self, vm: str) -> None:
        """A VM runs on at most one host, and so its disks have one writer."""
        machines = [m for m in self.machines.values() if vm in m.running()]
        hosts = [m.name for m in machines]
        if self.gap:
            self._in_the_gap(vm, machines)
        elif len(hosts) > 1:
            raise Violation("one host", f"{self.names[vm]} runs on {' and '.join(hosts)} at once")

    def _in_the_gap(self, vm: str, machines: list[Machine]) -> None:
        """What runs twice, or without its lease, is ended before it is over."""
        since = self._strays.pop(vm, self.now)
        if self.now - since > self.gap:
            what = f"{self.names[vm]} ran twice, or without its lease, for {self.now - since:.1f} s"
            raise Violation("one host", what)
        own = [self._owns(m, m.running()[vm]) for m in machines]
        if len(machines) > 1 or not all(own):
            self._strays[vm] = since

    def _copies_of(self, vm: str) -> None:
        for machine in self.machines.values():
            guest, key = machine.guests.get(vm), (machine.name, vm)
            before = self._copies.get(key)
            if guest is None:
                if before is not None and before.running:
                    self._ran[vm] = _Ran(machine.name, self.now)
                self._copies.pop(key, None)
                continue
            runs = vm in machine.running()
            if runs and (before is None or not before.running):
                self._begins(machine, guest, before)
            elif not runs and before is not None and before.running:
                self._ran[vm] = _Ran(machine.name, self.now)
            last = self._ran.get(vm)
            left = guest.stage in (Stage.LEAVING, Stage.LEFT)
            if left and last is not None and last.host == machine.name:
                last.run_left = guest.spec.run
            still = self.now if before is None or before.running else before.still_since
            self._copies[key] = _Copy(guest.spec.run, runs, still, machine.frozen)

    def _begins(self, machine: Machine, guest: FakeGuest, before: _Copy | None) -> None:
        """It starts, arrives or goes on here. One that goes on with its server has not been started: it
        may outlive its lease daemon for as long as no other can have the lease."""
        thawed = before is not None and before.frozen and self._slot_is_of(machine, guest)
        if before is None or not (self.gap or thawed):
            self._has_lease(machine, guest)
        if before is None:
            self._others_dead(machine, guest)
            return
        last = self._ran.get(guest.id)
        if last is None or last.host == machine.name or last.until <= before.still_since:
            return
        if last.run_left != guest.spec.run:
            raise Violation(
                "stale memory",
                f"{self.names[guest.id]} goes on on {machine.name} with memory of"
                f" t={before.still_since:.1f}, though {last.host} ran it until t={last.until:.1f}",
            )

    def _has_lease(self, machine: Machine, guest: FakeGuest) -> None:
        """No start without the lease, at the host's current generation."""
        if self._owns(machine, guest):
            return
        slot = self._slot(guest)
        raise Violation(
            "lease",
            f"{self.names[guest.id]} runs on {machine.name} (host {machine.hardware.host_id},"
            f" generation {self._generation(machine)}) under a lease of host {slot.host_id}, generation"
            f" {slot.generation}",
        )

    def _slot_is_of(self, machine: Machine, guest: FakeGuest) -> bool:
        return self._slot(guest).host_id == machine.hardware.host_id

    def _owns(self, machine: Machine, guest: FakeGuest) -> bool:
        slot = self._slot(guest)
        here = (machine.hardware.host_id, self._generation(machine))
        return (slot.host_id, slot.generation) == here

    def _generation(self, machine: Machine) -> int | None:
        member = machine.sanlock.spaces.get(self.pool)
        return member.delta.generation if member else None

    def _others_dead(self, machine: Machine, guest: FakeGuest) -> None:
        """No new run before the host of the last one is dead or its lease has run out."""
        for other in self.machines.values():
            left = other.guests.get(guest.id)
            if other is machine or left is None or left.power is not Power.RUNNING:
                continue
            if not self._expired(other) and not self.gap:
                raise Violation(
                    "proven death",
                    f"{self.names[guest.id]} is started on {machine.name} while {other.name} may"
                    " still run it: it is on, and its lease has not run out",
                )

    def _expired(self, machine: Machine) -> bool:
        member = machine.sanlock.spaces.get(self.pool)
        until = member.delta.until if member else None
        return until is not None and self.now >= until + self.timing.host_dead

    def _capacity(self) -> None:
        for machine in self.machines.values():
            used = sum(g.spec.config.max_memory for g in machine.guests.all().values())
            if used > machine.hardware.memory - RESERVE:
                raise Violation(
                    "capacity",
                    f"{machine.name} has guests of {used} MiB, and room for"
                    f" {machine.hardware.memory - RESERVE} MiB",
                )

    # Masters, fences, leases

    def wrote(self, machine: Machine, holds: set[Resource], before: PoolDocument | None) -> None:
        """One acting master: a record is written by the server that the pool's record names, or by
        the one that takes over and holds the master's lease."""
        me = machine.hardware.id
        after = self.storage.records.roots[self.root].pool
        if before is None or after is None or before.master.id == me:
            return
        lease = pool_lease(self.root, self.pool, MASTER)
        if after.master.id != me or after.term != before.term + 1:
            raise Violation(
                "one master",
                f"{machine.name} writes a record, but the pool's master is {before.master.name}",
            )
        slot = self.storage.leases.read(lease.path).slots[lease.offset]
        if lease not in holds or slot.host_id != machine.hardware.host_id:
            owner = self._host(slot.host_id)
            raise Violation(
                "one master",
                f"{machine.name} makes itself master, but the master's lease is held by"
                f" {owner.name if owner else 'nobody'}",
            )

    def cleared(self, resource: Resource, proof: Proof) -> None:
        """Only a dead host's leases are freed early, and no other's at all."""
        for other in self.machines.values():
            if other.hardware.host_id != proof.host_id and resource.name in other.running():
                what = f"{other.name} runs {self.names[resource.name]}, and its lease is freed"
                raise Violation("lease", what)
        machine = self._host(proof.host_id)
        same = machine is not None and self._generation(machine) == proof.generation
        if machine and machine.on and same and not self.gap:
            raise Violation(
                "proven death",
                f"lease {self.names.get(resource.name, resource.name)} of {machine.name} is freed,"
                f" though the server is on (claimed: {proof.claims[0].detail})",
            )

    def ordered_off(self, machine: Machine, by: Machine, now: float) -> None:
        """A fence device is told to switch a server off only if that was silent on network and storage
        for whoever says so, no longer ago than it takes to hear of it again."""
        self.look_for_silence(now)
        heard = now - self._silent.get((by.name, machine.name), float("-inf"))
        if heard > self.timing.detection:
            how = "storage" if self._renews(machine) else "network"
            raise Violation(
                "fence",
                f"{machine.name} is powered off by {by.name}, though it lives on the {how}",
            )

    def look_for_silence(self, now: float) -> None:
        """To be called whenever the world has changed, and before it does. Who was silent until now
        was so at this moment."""
        before, self._mute = self._mute, set()
        for machine in self.machines.values():
            renews = self._renews(machine)
            for other in self.machines.values():
                pair = (other.name, machine.name)
                if other is not machine and not renews and not self.reachable(other, machine):
                    self._mute.add(pair)
                if pair in before or pair in self._mute:
                    self._silent[pair] = now

    def _renews(self, machine: Machine) -> bool:
        member = machine.sanlock.spaces.get(self.pool)
        return machine.alive and member is not None and member.delta.until is None

    def _host(self, host_id: int) -> Machine | None:
        found = (m for m in self.machines.values() if m.hardware.host_id == host_id)
        return next(found, None)

    # In the end

    def settled(self, table: Table, pool: PoolDocument, documents: list[VmDocument]) -> None:
        """Long after the last fault. Raises ``Violation``."""
        for vm in self._strays:
            raise Violation(
                "one host", f"{self.names[vm]} runs twice, or without its lease, for ever"
            )
        for job in table.jobs.values():
            if not (job.ended or table.waits_for_operator(job) or self._kept_off(job, pool)):
                raise Violation("lost job", f"{job.title} is {job.state.value} for ever")
        for document in sorted(documents, key=lambda d: d.config.name):
            self._where_it_should_be(document, pool)

    def _kept_off(self, job: Job, pool: PoolDocument) -> bool:
        """It waits for a server that was fenced, and that nobody switches on while it is in maintenance."""
        off = {m.id for m in pool.members if m.maintenance and not self.machines[m.name].on}
        return any(lock.object == f"server:{server}" for lock in job.locks for server in off)

    def _where_it_should_be(self, document: VmDocument, pool: PoolDocument) -> None:
        vm, name = document.config.id, document.config.name
        there = {m.name: g for m in self.machines.values() if (g := m.guests.get(vm)) is not None}
        hosts = [
            m
            for m in self.machines.values()
            if m.name in there
            and there[m.name].stage is Stage.HERE
            and not self._outlived(m, there[m.name])
        ]
        if len(hosts) > 1:
            raise Violation("migration", f"{name} is on {hosts[0].name} and on {hosts[1].name}")
        for machine in self.machines.values():
            guest = there.get(machine.name)
            if guest is None or guest.stage is Stage.HERE or self._outlived(machine, guest):
                continue
            raise Violation(
                "migration", f"{name} is {guest.stage.value} on {machine.name} for ever"
            )
        if document.wanted is not Wanted.ON:
            return
        if not hosts:
            if document.config.ha and pool.ha.enabled and self.room(document, pool):
                raise Violation("liveness", f"{name} is wanted on and is nowhere")
            return
        if document.placed_on != hosts[0].hardware.id:
            raise Violation("record", f"{name} is on {hosts[0].name} and its record says otherwise")

    def _outlived(self, machine: Machine, guest: FakeGuest) -> bool:
        """A copy whose lease another server has had since: it stays for people to look at. The source of
        a migration left it, or it arrived paused and never came by its lease."""
        paused = guest.power is Power.PAUSED and guest.version > 0
        left = guest.stage is Stage.LEFT or paused
        return left and self._slot(guest).last != machine.hardware.host_id

    def _slot(self, guest: FakeGuest) -> Slot:
        """Its lease on the storage; free if it is damaged."""
        lease = vm_lease(guest.spec.directory, self.pool, guest.id)
        try:
            return self.storage.leases.read(lease.path).slots[lease.offset]
        except Refused:
            return Slot(lease.name)

    def room(self, document: VmDocument, pool: PoolDocument, without: str = "") -> bool:
        """Whether any server but ``without`` could take it."""
        for member in pool.members:
            machine = self.machines[member.name]
            used = sum(g.spec.config.max_memory for g in machine.guests.all().values())
            room = machine.hardware.memory - RESERVE - used >= document.config.max_memory
            fit = machine.alive and not member.maintenance and member.name != without
            if fit and room:
                return True
        return False
