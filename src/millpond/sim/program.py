"""The agent of a simulated server, from its start to its end: the real loops of ``millpond.ha`` over
the machine's fakes, and the door that calls from outside come through.

It is what ``agent/service.py``, ``agent/gate.py`` and ``agent/relay.py`` make of the real adapters.
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from millpond.adapters.fake.hypervisor import FakeHypervisor
from millpond.adapters.fake.lockspace import FakeLockspaces
from millpond.adapters.fake.lockspace_leases import FakeLeases
from millpond.adapters.fake.processes import FakeProcesses
from millpond.adapters.fake.records import FakeRecords
from millpond.adapters.fencing.by_agent import ByAgent
from millpond.adapters.fencing.scsi_pr import ScsiPr
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.errors import Refused, Unknown
from millpond.domain.fencing import FencingDocument
from millpond.domain.ha.failover import Failover
from millpond.domain.ha.proof import Proof
from millpond.domain.ha.status import HaStatus
from millpond.domain.leases import Resource
from millpond.domain.mastership import check_write
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.ha.env import Env, Facts
from millpond.ha.service import HaService
from millpond.ports.agent import Agent
from millpond.sim.clock import Process
from millpond.sim.facts import SimBridges, SimDisks, SimRepositories, SimServer
from millpond.sim.machine import Machine
from millpond.sim.wire import Caller, Request, remote

if TYPE_CHECKING:
    from millpond.sim.simulation import Simulation


TELL_AGAIN = 5.0
"""Seconds until a manager that does not listen is told again."""


class WatchedLockspaces(FakeLockspaces):
    """The agent's own process of sanlock; the checker sees whose leases it clears."""

    cleared: Callable[[Resource, Proof], None]

    async def clear(self, resource: Resource, proof: Proof) -> bool:
        cleared = await super().clear(resource, proof)
        if cleared:
            self.cleared(resource, proof)
        return cleared


class ReachedFenceRecords:
    """``ports.fence_records`` by the machine's way to the storage."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def fencing(self, cluster_root: str) -> FencingDocument:
        await self._machine.path.access()
        return await self._machine.storage.fencing.fencing(cluster_root)

    async def put_fencing(self, cluster_root: str, document: FencingDocument) -> None:
        await self._machine.path.access()
        await self._machine.storage.fencing.put_fencing(cluster_root, document)


class ReachedFailovers:
    """``ports.failovers`` by the machine's way to the storage."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine

    async def failovers(self, cluster_root: str, limit: int) -> list[Failover]:
        await self._machine.path.access()
        return await self._machine.storage.failovers.failovers(cluster_root, limit)

    async def put_failover(self, cluster_root: str, failover: Failover) -> None:
        await self._machine.path.access()
        await self._machine.storage.failovers.put_failover(cluster_root, failover)


class Program:
    """One life of the agent."""

    def __init__(self, world: "Simulation", machine: Machine) -> None:
        self._world = world
        self._machine = machine
        self._seen_fences: dict[str, int] = machine.fences
        self._peers: dict[tuple[str, int | None], Agent] = {}
        self.process = Process(world.loop, f"{machine.name}/agent")
        machine.agent = machine.node.process = self.process
        self.lockspaces = WatchedLockspaces(
            machine.sanlock, "agent", partial(world.kill_agent, machine)
        )
        self.lockspaces.cleared = world.cleared
        tasks = TaskRunner(world.loop.time)
        bridges = SimBridges(machine.hardware.bridges)
        self.server = SimServer(machine, bridges)
        self.records = self._records(self.server.is_master)
        self._told_term = 0
        self.agent = LocalAgent(
            hypervisor=FakeHypervisor(machine.engine, machine.hardware.id, tasks, bridges),
            bridges=bridges,
            server=self.server,
            records=self.records,
            tasks=tasks,
            leases=FakeLeases(machine.storage.leases),
            disks=SimDisks(machine.storage.images),
            repositories=SimRepositories(),
        )
        self.ha = HaService(self._env())
        self.agent.ha = self.ha
        self.process.spawn(self.ha.run(), name=f"{machine.name}/ha")

    def _records(self, is_master: Callable[[], bool | None]) -> FakeRecords:
        machine = self._machine
        made = FakeRecords(
            machine.storage.records,
            is_master,
            self._record_changed,
            machine.path.access,
            self._may_write,
        )
        machine.records.append(made)
        return made

    def _record_changed(self, vm: str | None) -> None:
        self.ha.record_changed(vm)

    def _may_write(self, current: PoolDocument | None, wanted: PoolDocument | None) -> None:
        me = self._machine.hardware.id
        check_write(me, self._machine.membership, self.ha.held, current, wanted)

    def _env(self) -> Env:
        machine = self._machine
        return Env(
            me=machine.hardware.id,
            agent=self.agent,  # type: ignore[arg-type]
            records=self._records(lambda: True),
            lockspaces=self.lockspaces,
            fencing=ByAgent(self._world.fencing, ScsiPr(self._world.luns)),
            fence_records=ReachedFenceRecords(machine),
            failovers=ReachedFailovers(machine),
            peers=self._peer,
            facts=self._facts,
            processes=FakeProcesses(machine.engine),
            end_process=lambda why: self._world.kill_agent(machine),
            power=self._power,
            wall=machine.wall,
            new_id=new_id,
            told=self._told,
            note=self._note,
        )

    def _facts(self) -> Facts:
        machine = self._machine
        return Facts(machine.hardware.memory, self.server.memory_free(), machine.boot_id)

    def _power(self, action: str) -> None:
        self._world.loop.call_later(1.0, self._shut_down, action, context=self._world.loop.nobody)

    def _shut_down(self, action: str) -> None:
        self._machine.power_off()
        if action == "reboot":
            self._machine.power_on()

    def _told(self, status: HaStatus, failover: Failover | None) -> None:
        """The event stream that the manager listens to: from it, it learns who is master."""
        if status.term != self._told_term:
            self._told_term = status.term
            self.process.spawn(self._tell_manager(status), name="tell the manager")

    async def _tell_manager(self, status: HaStatus) -> None:
        world, me = self._world, self._machine.hardware.id
        while self._told_term == status.term:
            try:
                await world.network.call(
                    self._machine.node,
                    world.manager.node,
                    "event",
                    lambda: world.manager.heard(me, status.pool, status.term),
                )
            except Unknown:
                await asyncio.sleep(TELL_AGAIN)
            else:
                return

    def _note(self, event: str, **details: object) -> None:
        match details:
            case {"sentence": said} | {"alarm": said} if len(details) == 1:
                sentence = str(said) if event == "decided" else f"{event}: {said}"
            case _:
                said = ", ".join(f"{k} {v}" for k, v in details.items())
                sentence = f"{event}: {said}" if said else event
        role = "/master" if self.ha.held else ""
        self._world.noted(f"{self._machine.name}{role}", event, sentence)

    # The way out

    def _peer(self, member: Member, term: int | None) -> Agent:
        if member.id == self._machine.hardware.id:
            return self.agent  # type: ignore[return-value]
        if (member.name, term) not in self._peers:
            world = self._world
            target = world.machines[member.name]
            caller = Caller(server=self._machine.hardware.id, term=term)
            self._peers[member.name, term] = remote(
                world.network, self._machine.node, target.node, partial(world.door, target), caller
            )
        return self._peers[member.name, term]

    # The way in

    async def door(self, request: Request) -> Any:
        """``agent.gate``, ``agent.relay`` and ``adapters.rpc.server``."""
        if request.caller.server is not None:
            await self.ha.admit(request.caller.server, request.caller.term)
        if request.member not in (None, self._machine.hardware.id):
            return await self._relay(request)
        self._check_fence(request.caller)
        port = getattr(self.agent, request.port)
        return await getattr(port, request.method)(*request.args, **request.kwargs)

    async def _relay(self, request: Request) -> Any:
        membership = self._machine.membership
        if membership is None or membership.master != self._machine.hardware.id:
            raise Refused(
                "server.role",
                f"server {self._machine.name}",
                "is not a pool master, so it relays nothing",
                "ask the pool master",
            )
        target = next(m for m in self._world.machines.values() if m.hardware.id == request.member)
        passed = Request(
            request.port,
            request.method,
            request.args,
            request.kwargs,
            Caller(
                self._machine.hardware.id, membership.term, request.caller.job, request.caller.fence
            ),
        )
        return await self._world.network.call(
            self._machine.node,
            target.node,
            request.step,
            lambda: self._world.door(target)(passed),
        )

    def _check_fence(self, caller: Caller) -> None:
        if caller.job is None:
            return
        seen = self._seen_fences.get(caller.job, 0)
        if caller.fence < seen:
            raise Refused(
                "job.fenced",
                f"job {caller.job}",
                f"comes with fence {caller.fence}, but {seen} was seen",
                "nothing: another manager process carries the job on",
            )
        self._seen_fences[caller.job] = caller.fence


class LocalAgent:
    """``ports.agent.Agent`` of this process."""

    def __init__(self, **ports: Any) -> None:
        self.ha: Any = None
        for name, port in ports.items():
            setattr(self, name, port)
