"""Emptying a server stops where it has to: no move begins after a cancellation or a failure."""

import asyncio
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from millpond.domain.errors import Failed
from millpond.domain.job import Progress
from millpond.domain.names import new_id
from millpond.operations.base import Cancelled
from millpond.operations.maintenance import MaintenancePlan, evacuate_step

VMS = tuple(sorted(new_id() for _ in range(6)))
SERVER = new_id()


@dataclass
class Servers:
    """As much of a world as the step asks for: guests that leave when their move is waited for.
    ``move`` is told the number of the move that goes on."""

    move: Any
    here: set[str] = field(default_factory=lambda: set(VMS))
    begun: list[str] = field(default_factory=list)

    async def pool(self, key: str) -> None:
        return None

    async def vms(self, pool: None) -> list[Any]:
        return []

    def agent(self, pool: None, server: str) -> Any:
        async def guests() -> list[Any]:
            return [SimpleNamespace(id=vm) for vm in self.here]

        return SimpleNamespace(hypervisor=SimpleNamespace(guests=guests))

    async def submit(self, kind: str, spec: Any, key: str) -> str:
        self.begun.append(spec.vm)
        return str(spec.vm)

    async def wait(self, job: str) -> None:
        number = len(self.begun)
        await asyncio.sleep(0)
        self.move(number)
        self.here.discard(job)


class Job:
    job = "job"
    cancelled = False

    async def report(self, progress: Progress) -> None:
        pass


async def evacuate(world: Any, job: Any, slots: int) -> None:
    plan = MaintenancePlan(pool=new_id(), server=SERVER, slots=slots, vms=VMS)
    await evacuate_step(world, plan).act(job)


async def test_it_moves_all() -> None:
    world = Servers(lambda number: None)
    await evacuate(world, Job(), 2)
    assert sorted(world.begun) == list(VMS)
    assert not world.here


async def test_no_move_begins_once_it_is_cancelled() -> None:
    job = Job()

    def cancel(number: int) -> None:
        job.cancelled = number >= 3

    world = Servers(cancel)
    with pytest.raises(Cancelled):
        await evacuate(world, job, 1)
    assert len(world.begun) == 3


async def test_no_move_begins_after_one_has_failed_and_those_under_way_end() -> None:
    def fail(number: int) -> None:
        if number == 2 and not world.failed:
            world.failed = True
            raise Failed("vm.migrate", "the target is full")

    world: Any = Servers(fail)
    world.failed = False
    with pytest.raises(Failed, match="the target is full"):
        await evacuate(world, Job(), 2)
    assert len(world.begun) == 2
    assert len(world.here) == len(VMS) - 1
