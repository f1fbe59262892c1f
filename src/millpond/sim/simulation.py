"""A whole pool in one process: its servers, its storage, its manager, and the time they live in."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from math import inf
from random import Random

from pydantic import SecretStr

from millpond.adapters.fake.fencing import AGENT, FakeFencing
from millpond.adapters.fake.guests import FakeGuest, Stage
from millpond.adapters.fake.lockspace_leases import FakeLeases
from millpond.adapters.fake.luns import FakeLuns
from millpond.adapters.fake.records import FakeRecords, Repository
from millpond.domain.fencing import FenceDevice, FencingDocument
from millpond.domain.ha.proof import Claim, Proof
from millpond.domain.layout import vm_directory
from millpond.domain.leases import Resource
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import AGENT_PORT, Role
from millpond.domain.timing import timing_for
from millpond.domain.vm import GuestSpec, Power, VmDocument, Wanted
from millpond.operations.pools import membership_of
from millpond.ports.world import KnownServer
from millpond.sim.bounds import Bounds, Death
from millpond.sim.carrier import Carrier
from millpond.sim.clock import VirtualLoop, current_process
from millpond.sim.cluster import ROOT, ClusterSpec, ServerSpec, id_of
from millpond.sim.commands import POOL, carry_out
from millpond.sim.invariants import Checker, Violation
from millpond.sim.journal import Journal
from millpond.sim.machine import EPOCH, Hardware, Machine
from millpond.sim.manager import Address, Database, Manager
from millpond.sim.network import Network
from millpond.sim.program import Program
from millpond.sim.steps import Job, Table
from millpond.sim.storage import Storage
from millpond.sim.wire import Door

WARM_UP = 12.0
"""Seconds before t=0, beyond those a server needs to join its lockspace: then the guests are started,
and all is well."""
RESTART_SECONDS = 2.0
"""Until an agent that died is started again (systemd's Restart= and RestartSec=)."""


@dataclass
class When:
    """Something to do once, when a line of the log contains ``line`` between ``after`` and
    ``before``."""

    line: str
    do: tuple[str, ...]
    after: float = 0.0
    before: float = inf
    done: bool = field(default=False, compare=False)


class WatchedFencing(FakeFencing):
    """The checker sees whom it is told to switch off, by its address."""

    ordered: Callable[[str], None]

    async def off(self, device: FenceDevice) -> Claim:
        if address := device.arguments.get("ip"):
            self.ordered(address)
        return await super().off(device)


class Simulation:
    """``seed`` decides what chance there is: which messages come late or twice."""

    def __init__(self, cluster: ClusterSpec, seed: int = 0) -> None:
        self.cluster = cluster
        self.random = Random(seed)  # noqa: S311 - chance, not secrets
        self.loop = VirtualLoop()
        self.timing = timing_for(cluster.outage)
        self._warm_up = WARM_UP + self.timing.renewal
        self.storage = Storage(self.loop)
        self.network = Network(self.loop, self.random)
        self.fencing = WatchedFencing(self)
        self.fencing.ordered = self._ordered_off
        self.luns = FakeLuns()
        self.machines: dict[str, Machine] = {}
        self.programs: dict[str, Program] = {}
        self.whens: list[When] = []
        self.violation: Violation | None = None
        self.pool_id = id_of("pool", POOL)
        ids = {s.id: s.name for s in cluster.server} | {v.id: v.name for v in cluster.vm}
        self.journal = Journal(self.now, ids | {self.pool_id: POOL}, self._logged)
        self.manager = Manager(
            self.loop,
            self.network,
            Database(Table(self._job_changed), names={v.name: v.id for v in cluster.vm}),
            {},
            lambda sentence: self.journal("manager", sentence),
        )
        self._guests_seen: dict[tuple[str, str], str] = {}
        for number, server in enumerate(cluster.server, start=1):
            self._add(server, number)
        self.checker = Checker(
            pool=self.pool_id,
            root=ROOT,
            timing=self.timing,
            storage=self.storage,
            machines=self.machines,
            names={v.id: v.name for v in cluster.vm},
            reachable=self._reachable,
        )
        devices = {s.name: self._devices(s) for s in cluster.server}
        self.bounds = Bounds(
            self.timing, self.machines, lambda name: devices[name], self.checker.room
        )
        self.storage.records.wrote = self._wrote

    def now(self) -> float:
        """Seconds since the scenario began."""
        return self.loop.time() - self._warm_up

    # Making it

    def _add(self, server: ServerSpec, number: int) -> None:
        hardware = Hardware(
            id=server.id,
            name=server.name,
            address=f"10.0.0.{number}",
            host_id=number,
            memory=server.memory,
            watchdog=server.watchdog,
            bridges=server.bridges,
        )
        machine = Machine(
            self.loop,
            self.network,
            self.storage,
            hardware,
            self.timing,
            on_boot=self._boot,
            changed=self._changed,
            target=self._target,
        )
        self.machines[server.name] = machine
        known = KnownServer(
            id=server.id,
            name=server.name,
            address=hardware.address,
            port=AGENT_PORT,
            pool=self.pool_id,
            enrolled=True,
        )
        self.manager.servers[server.id] = Address(machine.node, lambda: self.door(machine), known)

    async def _prepare(self) -> None:
        """What an administrator did long before: the pool, its VMs, its fence devices."""
        pool = PoolDocument(
            id=self.pool_id,
            name=POOL,
            generation=1,
            members=tuple(self._member(n, s) for n, s in enumerate(self.cluster.server)),
            cluster_root=ROOT,
            ha=self.cluster.settings(),
        )
        documents = {v.id: VmDocument(config=v.config(), generation=1) for v in self.cluster.vm}
        self.storage.records.roots[ROOT] = Repository(pool=pool, vms=documents)
        leases = FakeLeases(self.storage.leases)
        await leases.init(ROOT, pool.id, self.timing.io_timeout)
        for vm in documents:
            await leases.create(ROOT, pool.id, vm)
        devices = {s.id: self._devices(s) for s in self.cluster.server}
        await self.storage.fencing.put_fencing(ROOT, FencingDocument(generation=1, members=devices))
        for machine in self.machines.values():
            machine.membership = membership_of(pool, pool.member(machine.hardware.id))
        self.manager.heard_master(pool)

    def _member(self, number: int, server: ServerSpec) -> Member:
        roles = server.roles - {Role.MASTER} if number else server.roles | {Role.MASTER}
        machine = self.machines[server.name]
        return Member(
            id=server.id,
            name=server.name,
            address=machine.hardware.address,
            host_id=machine.hardware.host_id,
            roles=roles,
            maintenance=server.maintenance,
        )

    def _devices(self, server: ServerSpec) -> tuple[FenceDevice, ...]:
        hardware = self.machines[server.name].hardware
        there = []
        if server.fence:
            there.append(("ipmi", 1, hardware.address))
        if server.strip:
            there.append(("strip", server.strip_level, hardware.strip))
        return tuple(
            FenceDevice(
                name=name,
                agent=AGENT,
                level=level,
                arguments={"ip": address},
                secrets={"password": SecretStr("calvin")},
            )
            for name, level, address in there
        )

    async def _start_guests(self) -> None:
        """Each is recorded and started in the same moment, so that nobody has to help."""
        documents = self.storage.records.roots[ROOT].vms
        for vm in self.cluster.vm:
            if vm.on is None:
                continue
            run = id_of("run", vm.name)
            changes = {"wanted": Wanted.ON, "placed_on": id_of("server", vm.on), "run": run}
            documents[vm.id] = documents[vm.id].model_copy(update={**changes, "generation": 2})
            spec = GuestSpec(
                config=vm.config(),
                directory=vm_directory(ROOT, vm.id),
                lockspace=self.pool_id,
                run=run,
            )
            await self.machines[vm.on].engine.run(FakeGuest(spec=spec, started=EPOCH))

    # Running it

    def begin(self) -> None:
        """Up to t=0: all is well, and everybody is where the cluster's description says. Raises
        ``Violation``."""
        self.loop.run_until_complete(self._prepare())
        self.loop.after_touch = self._check
        for server in self.cluster.server:
            if server.on:
                self.loop.call_soon(self.machines[server.name].boot, context=self.loop.nobody)
        self.loop.call_soon(self.manager.start, context=self.loop.nobody)
        self.loop.run_until(self._warm_up - 5)
        self.loop.run_until_complete(self._start_guests())
        self.loop.run_until(self._warm_up)
        self._raise()

    def run_until(self, t: float) -> None:
        """Up to ``t`` seconds after the beginning. Raises ``Violation``."""
        self.loop.run_until(self._warm_up + t)
        self._raise()

    def do(self, line: str) -> None:
        """A command of ``commands``, now. Raises ``BadCommand``, ``Violation``."""
        self.loop.call_soon(self._do, line, context=self.loop.nobody)
        self.run_until(self.now())

    def _do(self, line: str) -> None:
        self.journal("world", line)
        self.checker.look_for_silence(self.now())
        self._hold_to_the_promise(line)
        carry_out(self, line)
        self.checker.look_for_silence(self.now())

    def _hold_to_the_promise(self, line: str) -> None:
        documents = list(self.storage.records.roots[ROOT].vms.values())
        death = self.bounds.command(line, self._pool(), documents)
        if death is not None:
            later = self.loop.call_later
            later(death.promised, self._check_promise, death, context=self.loop.nobody)

    def _check_promise(self, death: Death) -> None:
        with self._caught():
            self.bounds.check(death, self._pool())

    def _pool(self) -> PoolDocument:
        found = self.storage.records.roots[ROOT].pool
        assert found is not None
        return found

    def heal(self) -> None:
        """All faults end, and an operator looks after the jobs that are held."""
        self.network.cut.clear()
        self.network.slow.clear()
        self.network.expired.clear()
        self.network.late = self.network.twice = 0.0
        self.fencing.faults.clear()
        for machine in self.machines.values():
            machine.slow_storage(0.0)
            machine.regain_storage()
            machine.thaw()
            machine.mend()
            machine.power_on()
        for name, machine in self.machines.items():
            if machine.libvirtd is not None and machine.agent is None and name in self.programs:
                self.start_agent(machine)
        if not self.manager.running:
            self.manager.start()
        carry_out(self, "manager resume")

    def settled(self) -> None:
        """Raises ``Violation`` unless all is as it should be long after the last fault."""
        documents = list(self.storage.records.roots[ROOT].vms.values())
        self.checker.settled(self.manager.database.table, self._pool(), documents)

    def is_well(self) -> bool:
        """Whether all is as it should be in the end, by now: nobody waits for anything."""
        joined = (m.on and self.pool_id in m.sanlock.spaces for m in self.machines.values())
        if not all(joined) or not all(j.ended for j in self.manager.database.table.jobs.values()):
            return False
        try:
            self.settled()
        except Violation:
            return False
        return True

    def close(self) -> None:
        self.loop.close()

    def _check(self) -> None:
        if self.violation is None:
            with self._caught():
                self.checker.check(self.now())

    def broken(self, violation: Violation) -> None:
        """Something that must never be; the simulation ends here."""
        if self.violation is None:
            self.journal("checker", f"VIOLATION of {violation}")
            self.violation = violation
            self.loop.stop()

    def _raise(self) -> None:
        if self.violation is not None:
            raise self.violation
        if self.loop.problems:
            raise Violation("bug", str(self.loop.problems[0]))

    # Servers

    def _boot(self, machine: Machine) -> None:
        self.journal("world", f"{machine.name} has booted")
        self.start_agent(machine)

    def start_agent(self, machine: Machine) -> None:
        """Also a new one in the place of one that runs."""
        if not machine.alive or not machine.node.up:
            return
        machine.kill_agent()
        self.programs[machine.name] = Program(self, machine)
        self.checker.look_for_silence(self.now())

    def kill_agent(self, machine: Machine) -> None:
        """It is started again in a moment."""
        boots = machine.boots
        self.checker.look_for_silence(self.now())

        def again() -> None:
            if machine.alive and machine.boots == boots and machine.agent is None:
                self.start_agent(machine)

        machine.kill_agent()
        self.checker.look_for_silence(self.now())
        self.loop.call_later(RESTART_SECONDS, again, context=self.loop.nobody)

    def _target(self, source: Machine, address: str) -> Carrier:
        target = next(m for m in self.machines.values() if m.hardware.address == address)
        return Carrier(self.network, source, target)

    def door(self, machine: Machine) -> Door:
        """Of the agent that runs there now."""
        return self.programs[machine.name].door

    def cleared(self, resource: Resource, proof: Proof) -> None:
        with self._caught():
            self.checker.cleared(resource, proof)

    def _wrote(self, writer: FakeRecords, before: PoolDocument | None) -> None:
        for machine in self.machines.values():
            if writer in machine.records:
                holds = self.programs[machine.name].lockspaces.held
                with self._caught():
                    self.checker.wrote(machine, holds, before)

    @contextmanager
    def _caught(self) -> Iterator[None]:
        try:
            yield
        except Violation as violation:
            self.broken(violation)

    def noted(self, who: str, event: str, sentence: str) -> None:
        """What the loops write down."""
        self.journal(who, sentence)
        if event == "fault of ours":
            self.broken(Violation("bug", f"{who}: {sentence}"))

    def _changed(self, machine: Machine, vm: str | None) -> None:
        self.loop.touched = True
        if vm is None:
            self.checker.machine_changed(self.now())
            return
        self.checker.guest_changed(vm)
        guest = machine.guests.get(vm)
        key, now = (machine.name, vm), _phase(guest)
        if self._guests_seen.get(key, "is gone") != now:
            self._guests_seen[key] = now
            self.journal(f"{machine.name}/libvirt", f"{self.checker.names[vm]} {now}")

    # Power, for the fence devices

    def switch(self, address: str, on: bool) -> None:
        machine = self._at(address)
        if on and not machine.on:
            self.journal("world", f"{machine.name} is powered on by its {self._device_at(address)}")
            machine.power_on()
        elif machine.on and not on:
            self.journal(
                "world", f"{machine.name} is powered off by its {self._device_at(address)}"
            )
            machine.power_off()

    def _device_at(self, address: str) -> str:
        return "BMC" if address == self._at(address).hardware.address else "power strip"

    def _ordered_off(self, address: str) -> None:
        by = next(m for m in self.machines.values() if m.agent is current_process())
        with self._caught():
            self.checker.ordered_off(self._at(address), by, self.now())

    def _reachable(self, source: Machine, target: Machine) -> bool:
        """Whether the one could talk to the other's agent, in good time."""
        answers = target.agent is not None and target.agent.running
        late = self.network.late > 0
        return answers and not late and self.network.reaches(source.node, target.node)

    def is_on(self, address: str) -> bool:
        return self._at(address).on

    def _at(self, address: str) -> Machine:
        """The server that the BMC or the power strip of this address switches."""
        there = self.machines.values()
        return next(m for m in there if address in (m.hardware.address, m.hardware.strip))

    # The log

    def _job_changed(self, job: Job) -> None:
        why = f": {job.error}" if job.error else ""
        self.journal("manager", f"{job.title} is {job.state.value}{why}")

    def _logged(self, line: str) -> None:
        for when in self.whens:
            in_time = when.after <= self.now() < when.before
            if in_time and not when.done and when.line in line:
                when.done = True
                for command in when.do:
                    self.loop.call_soon(self._do, command, context=self.loop.nobody)


def _phase(guest: FakeGuest | None) -> str:
    """What a guest is doing, for the log."""
    if guest is None:
        return "is gone"
    match guest.stage:
        case Stage.ARRIVING:
            return "is arriving"
        case Stage.LEAVING:
            return "is handed over"
        case Stage.LEFT:
            return "is left paused"
        case Stage.HERE:
            return "runs" if guest.power is Power.RUNNING else "is paused"
