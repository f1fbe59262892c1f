"""Claims to a server's memory: whoever sees its own written counts everybody's."""

from pathlib import Path
from typing import Any

import pytest

from millpond.adapters.records.directory import DirectoryRecords
from millpond.domain.errors import Refused
from millpond.domain.ha.rules import AffinityRule, RuleKind
from millpond.domain.job import Observation
from millpond.domain.names import new_id
from millpond.domain.placement import Placement
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Role
from millpond.domain.vm import VmConfig, VmDocument
from millpond.operations.base import Step
from millpond.operations.placing import keep_claim, placed_step
from millpond.operations.vms import Vm

SERVER = new_id()
CAPACITY = 1024


class OnePool:
    """As much of a world as a step needs that only writes records: they are real."""

    def __init__(self, root: Path) -> None:
        roles = frozenset({Role.MASTER, Role.UTILITY, Role.VM})
        member = Member(id=SERVER, name="srv1", address="192.0.2.11", host_id=1, roles=roles)
        self._pool = PoolDocument(
            id=new_id(), name="pool1", generation=1, members=(member,), cluster_root=str(root)
        )
        self.records = DirectoryRecords(lambda: True)
        self.working: dict[str, Vm] = {}

    def master(self, pool: PoolDocument) -> "OnePool":
        return self

    async def pool(self, key: str) -> PoolDocument:
        return self._pool

    def add(self, rule: AffinityRule) -> None:
        ha = self._pool.ha.model_copy(update={"rules": (rule,)})
        self._pool = self._pool.model_copy(update={"ha": ha})

    async def vms(self, pool: PoolDocument) -> list[VmDocument]:
        return await self.records.vms(pool.cluster_root)

    async def touch(self, *_: Any) -> None:
        pass

    async def claim(self, name: str) -> tuple[Step, str]:
        """The step of a new VM that needs more than half of the server, and its id."""
        config = VmConfig(id=new_id(), name=name, memory=600, max_memory=600, vcpus=1, max_vcpus=1)
        before = VmDocument(config=config, generation=1)
        await self.records.put_vm(self._pool.cluster_root, before)
        placement = Placement(server=SERVER, server_name="srv1", capacity=CAPACITY, verdicts=())
        world: Any = self
        vm = self.working[config.id] = Vm(world, self._pool.id, config.id)
        return placed_step(vm, "place", before, placement, placed_on=SERVER), config.id

    async def write_claim(self, id_: str) -> None:
        """As the step does, and nothing more."""
        document = await self.records.vm(self._pool.cluster_root, id_)
        assert document is not None
        update = {"generation": document.generation + 1, "placed_on": SERVER}
        await self.records.put_vm(self._pool.cluster_root, document.model_copy(update=update))

    async def placed(self) -> set[str]:
        return {d.config.id for d in await self.vms(self._pool) if d.placed_on == SERVER}


@pytest.fixture
def world(tmp_path: Path) -> OnePool:
    for folder in ("running_pool", ".millpond"):
        (tmp_path / folder).mkdir()
    return OnePool(tmp_path)


async def _act(step: Step) -> None:
    context: Any = None
    assert await step.observe() is Observation.ABSENT
    await step.act(context)


async def test_a_claim_that_fits_stays(world: OnePool) -> None:
    step, id_ = await world.claim("one")
    await _act(step)
    assert await step.observe() is Observation.DONE
    assert await world.placed() == {id_}


async def test_whoever_resumes_counts_too(world: OnePool) -> None:
    """A manager may die between writing its claim and counting: both claims are there then."""
    early, late = await world.claim("early"), await world.claim("late")
    await _act(early[0])
    await world.write_claim(late[1])
    with pytest.raises(Refused) as refused:
        await late[0].observe()
    assert refused.value.code == "placement.none"
    await late[0].undo()
    assert await early[0].observe() is Observation.DONE
    assert await world.placed() == {early[1]}


async def test_a_rule_that_came_while_the_job_was_at_work_counts(world: OnePool) -> None:
    step, _ = await world.claim("one")
    await _act(step)
    rule = AffinityRule(name="off", kind=RuleKind.NOT_ON, vms=("one",), servers=("srv1",))
    world.add(rule)
    with pytest.raises(Refused) as refused:
        await step.observe()
    assert refused.value.code == "placement.none"
    await step.undo()
    assert await world.placed() == set()


async def keep(world: OnePool, step: Step, id_: str) -> None:
    """As a start does before it starts the guest; the claims of these tests name no run."""
    nothing: Any = None
    await keep_claim(world.working[id_], step, SERVER, nothing, nothing)


async def release(world: OnePool, id_: str, **fields: Any) -> None:
    """As the pool master does with a VM that nobody has started."""
    pool = await world.pool("")
    document = await world.records.vm(pool.cluster_root, id_)
    assert document is not None
    changes = {"generation": document.generation + 1, "placed_on": None} | fields
    await world.records.put_vm(pool.cluster_root, document.model_copy(update=changes))


async def test_a_claim_that_was_released_meanwhile_is_made_again(world: OnePool) -> None:
    step, id_ = await world.claim("one")
    await _act(step)
    await keep(world, step, id_)
    await release(world, id_)
    assert await world.placed() == set()
    await keep(world, step, id_)
    assert await world.placed() == {id_}


async def test_but_not_where_its_room_has_gone(world: OnePool) -> None:
    rested, other = await world.claim("rested"), await world.claim("other")
    await _act(rested[0])
    await release(world, rested[1])
    await _act(other[0])
    with pytest.raises(Refused) as refused:
        await keep(world, *rested)
    assert refused.value.code == "placement.none"


async def test_nor_where_the_pool_has_started_it_by_itself(world: OnePool) -> None:
    step, id_ = await world.claim("one")
    await _act(step)
    await release(world, id_, placed_on=SERVER, run=new_id())
    with pytest.raises(Refused) as refused:
        await keep(world, step, id_)
    assert refused.value.code == "vm.state"
