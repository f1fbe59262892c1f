"""What each decision does. All of it is safe to repeat, and safe to be cut off at any moment: the next
view shows what came of it."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from math import inf
from typing import Any, assert_never

from millpond.domain.errors import Failed, MillpondError, Refused, Unknown
from millpond.domain.ha.decision import (
    Action,
    ClearLeases,
    Correct,
    Fence,
    FreeLeases,
    PowerOn,
    Release,
    Restart,
)
from millpond.domain.ha.proof import Proof
from millpond.domain.job import Observation, Progress
from millpond.domain.placement import RESERVE, Placement
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import VmDocument
from millpond.ha.env import Env
from millpond.ha.fencing import Fencer
from millpond.ha.keeper import Keeper
from millpond.ha.loops import Tasks
from millpond.ha.monitor import Monitor
from millpond.ha.peers import Peers
from millpond.ha.place import Place
from millpond.ha.stories import Stories
from millpond.ha.tries import Tries
from millpond.ha.world import MasterWorld
from millpond.operations.base import Step
from millpond.operations.placing import placed_step
from millpond.operations.start_vm import boot_step, placed
from millpond.operations.vms import Vm
from millpond.ports.hypervisor import Hypervisor

POWER_ON_SECONDS = 180.0
"""A server that was switched on after a death and is not back by then is switched on again."""
ANSWER_SECONDS = 300.0
"""A guest that has printed nothing by then is one that prints nothing."""
LISTEN_SECONDS = 1.0
AT_ONCE = 8


class _Quiet:
    """``operations.base.Context``: nobody follows what HA does."""

    job = "ha"
    cancelled = False

    async def report(self, progress: Progress) -> None:
        """Nobody asks."""

    async def result(self, values: dict[str, Any]) -> None:
        """Nobody asks."""


class _Claimed(Vm):
    """A VM whose record is changed only while it is what was last read of it: an operation that came
    in between has the last word."""

    def __init__(self, world: MasterWorld, pool: PoolDocument, document: VmDocument) -> None:
        super().__init__(world, pool.id, document.config.id, document.repository)
        self._pool = pool
        self._known = document

    async def write(self, **changes: Any) -> None:
        if self._latest is None or self._latest.generation != self._known.generation:
            raise Refused(
                "pool.stale",
                f"vm {self._known.config.name}",
                "its record changed meanwhile",
                "look again",
            )
        await super().write(**changes)
        self._known = self._latest

    async def end_arrival(self, server: str | None) -> None:
        """Of a copy that was arriving on the server; a guest that it claims is left alone. To be done
        before the record stops claiming the room."""
        if server is None or await self.read() != self._known:
            return
        if await self.guest(server) is None:
            await (await self.agent(server)).hypervisor.destroy(self.id)

    async def put(self, **changes: Any) -> None:
        """Change what was last read of it."""
        self._latest = self._known
        await self.write(**changes)


@dataclass
class Actions:
    """One task per action; ``busy`` VMs and servers get no second one."""

    env: Env
    place: Place
    keeper: Keeper
    peers: Peers
    monitor: Monitor
    fencer: Fencer
    stories: Stories
    tries: Tries
    done: asyncio.Event

    def __post_init__(self) -> None:
        self._tasks = Tasks(self.env.note)
        self._switched_on: dict[str, tuple[Proof | None, float]] = {}

    async def stop(self) -> None:
        await self._tasks.stop()

    def start(self, action: Action, pool: PoolDocument) -> None:
        """Begin it, unless something is being done there already."""
        match action:
            case Restart() | Release() | Correct():
                if action.vm not in self.tries.busy:
                    self.tries.busy[action.vm] = (
                        action.server if isinstance(action, Restart) else None
                    )
                    self._tasks.start(f"vm {action.vm}", self._for_vm(action, pool))
            case Fence() | ClearLeases() | FreeLeases() | PowerOn():
                # A device may be waited for longer than the leases are held.
                about = "leases" if isinstance(action, ClearLeases | FreeLeases) else "server"
                if (name := f"{about} {action.server}") not in self._tasks:
                    self._tasks.start(name, self._for_server(action, pool))
            case _:
                assert_never(action)

    async def _for_vm(self, action: Restart | Release | Correct, pool: PoolDocument) -> None:
        try:
            document = self.monitor.documents[action.vm]
            if isinstance(action, Restart):
                await self._restart(action, pool, document)
            elif isinstance(action, Release):
                await self._release(action, pool, document)
            else:
                await self._correct(action, pool, document)
        finally:
            self.tries.busy.pop(action.vm, None)
            self.monitor.record_changed()
            self.done.set()

    async def _for_server(
        self, action: Fence | ClearLeases | FreeLeases | PowerOn, pool: PoolDocument
    ) -> None:
        try:
            if isinstance(action, Fence):
                await self._fence(action, pool)
            elif isinstance(action, ClearLeases):
                await self._clear(action, pool)
            elif isinstance(action, FreeLeases):
                await self._free(action, pool)
            else:
                await self._power_on(action)
        finally:
            self.done.set()

    def _world(self, pool: PoolDocument) -> MasterWorld:
        return MasterWorld(self.env, pool, self.monitor.documents)

    # VMs

    async def _restart(self, action: Restart, pool: PoolDocument, before: VmDocument) -> None:
        vm = _Claimed(self._world(pool), pool, before)
        server = pool.member(action.server)
        pulse = self.peers.peer(server.id).pulse
        placement = Placement(
            server=server.id,
            server_name=server.name,
            capacity=pulse.memory - RESERVE if pulse is not None else 0,
            verdicts=(),
        )
        run = self.env.new_id()
        name = before.config.name
        self.env.note("starting", vm=name, server=server.name, because=action.reason)
        try:
            await vm.end_arrival(action.arriving_on)
            await _carry_out(_restart_steps(vm, before, placement, run))
        except MillpondError as error:
            if isinstance(error, Refused) and error.code == "pool.stale":
                return  # an operation was faster
            self.tries.again(vm.id, self._now())
            failed = f"its start on {server.name} failed: {error}"
            self.stories.failed(vm.id, failed)
            raise
        self.tries.again(vm.id, self._now())
        self.stories.started(vm.id, server.name)
        self.env.note("started", vm=name, server=server.name)
        if f"answer {vm.id}" not in self._tasks:
            listening = self._listen(self._world(pool), pool, server.id, vm.id)
            self._tasks.start(f"answer {vm.id}", listening)

    async def _listen(self, world: MasterWorld, pool: PoolDocument, server: str, vm: str) -> None:
        """Until the guest gives a sign of life."""
        hypervisor = world.agent(pool, server).hypervisor
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                while not await self._speaks(hypervisor, vm):  # noqa: ASYNC110 - it is far away
                    await asyncio.sleep(LISTEN_SECONDS)
        except TimeoutError:
            return
        self.stories.answered(vm)

    @staticmethod
    async def _speaks(hypervisor: Hypervisor, vm: str) -> bool:
        try:
            return bool(await hypervisor.console_tail(vm, 1))
        except (Unknown, Failed, Refused):
            return False

    async def _release(self, action: Release, pool: PoolDocument, before: VmDocument) -> None:
        vm = _Claimed(self._world(pool), pool, before)
        await vm.end_arrival(action.arriving_on)
        await vm.put(placed_on=None, migrating_to=None, run=None)
        self.stories.spare(vm.id, f"off, as {action.reason}")
        self.env.note("released", vm=before.config.name, because=action.reason)

    async def _correct(self, action: Correct, pool: PoolDocument, before: VmDocument) -> None:
        pulse = self.peers.peer(action.server).pulse
        runs = [g.run for g in pulse.guests if g.vm == action.vm] if pulse is not None else []
        if not runs:
            return
        vm = _Claimed(self._world(pool), pool, before)
        await vm.put(placed_on=action.server, migrating_to=None, run=runs[0])
        self.env.note("corrected", vm=before.config.name, because=action.reason)

    # Servers

    async def _fence(self, action: Fence, pool: PoolDocument) -> None:
        member = pool.member(action.server)
        before = self.keeper.sightings.hosts[member.host_id]
        self.stories.decided(member.id)
        self.env.note("fencing", server=member.name, because=action.reason)
        proof = await self.fencer.fence(member, before, partial(self.monitor.silent, member))
        if proof is None:
            self.env.note("fencing called off", server=member.name, because="it may live")
            return
        self.stories.fenced(member.id, proof)
        self.env.note("fenced", server=member.name)

    async def _clear(self, action: ClearLeases, pool: PoolDocument) -> None:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(vm: str) -> None:
            async with slots:
                await self.env.lockspaces.clear(self.monitor.lease(pool, vm), action.proof)

        self._freed(
            action.server,
            await asyncio.gather(*(one(vm) for vm in action.vms), return_exceptions=True),
        )

    async def _free(self, action: FreeLeases, pool: PoolDocument) -> None:
        slots = asyncio.Semaphore(AT_ONCE)

        async def one(vm: str) -> None:
            lease = self.monitor.lease(pool, vm)
            async with slots:
                try:
                    await self.env.lockspaces.acquire(lease)
                finally:
                    await self.env.lockspaces.release(lease)

        self._freed(
            action.server,
            await asyncio.gather(*(one(vm) for vm in action.vms), return_exceptions=True),
        )

    def _freed(self, server: str, outcomes: list[BaseException | None]) -> None:
        """One damaged lease is no reason to leave the others as they are. Raises what went wrong."""
        if any(error is None for error in outcomes):
            self.stories.cleared(server)
        for error in outcomes:
            if error is not None:
                raise error

    async def _power_on(self, action: PowerOn) -> None:
        proof, now = self.fencer.attempt(action.server).proof, self._now()
        before, at = self._switched_on.get(action.server, (proof, -inf))
        if before is proof and now - at < POWER_ON_SECONDS:
            return
        self._switched_on[action.server] = (proof, now)
        await self.fencer.power_on(action.server)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _restart_steps(vm: Vm, before: VmDocument, placement: Placement, run: str) -> list[Step]:
    """Those of a start; whatever migration was under way is over."""
    there = placed(placement, run) | {"migrating_to": None}
    place = placed_step(vm, "place", before, placement, None, **there)
    return [place, boot_step(vm, place, placement.server, run)]


async def _carry_out(steps: list[Step]) -> None:
    """As the jobs do it, once: what failed for sure is taken back, what is not known is looked at
    again by whoever comes next. Raises what the steps raise."""
    done: list[Step] = []
    try:
        for step in steps:
            done.append(step)
            if await step.observe() is not Observation.DONE:
                await step.act(_Quiet())
                if await step.observe() is not Observation.DONE:
                    raise Failed(step.name, "it was done, and did not last")
    except (Refused, Failed):
        for step in reversed(done):
            with suppress(MillpondError):
                await step.undo()
        raise
