"""Each invariant notices the wrong that it is there for: done here by hand, past all safeguards."""

import asyncio
from collections.abc import Callable, Iterator

import pytest

from millpond.adapters.fake.guests import FakeGuest, Stage
from millpond.domain.ha.proof import Claim, FenceMethod, Proof
from millpond.domain.job import JobState
from millpond.domain.layout import vm_lease
from millpond.domain.timing import timing_for
from millpond.domain.vm import Power, Wanted
from millpond.operations.vms import VmSpec as Spec
from millpond.sim.cluster import ROOT, ClusterSpec, ServerSpec, VmSpec
from millpond.sim.fuzz import CALM, case_of
from millpond.sim.invariants import Violation
from millpond.sim.simulation import Simulation
from millpond.sim.steps import Job


@pytest.fixture
def world() -> Iterator[Simulation]:
    cluster = ClusterSpec(
        server=tuple(ServerSpec(name=f"srv{n}", memory=4096) for n in (1, 2, 3)),
        vm=(VmSpec(name="web1", on="srv2"), VmSpec(name="web2", memory=3072, on="srv3")),
    )
    made = Simulation(cluster)
    made.begin()
    yield made
    made.close()


def _violation(world: Simulation, wrong: Callable[[], object]) -> Violation:
    world.loop.call_soon(wrong, context=world.loop.nobody)
    with pytest.raises(Violation) as violation:
        world.run_until(world.now() + 0.01)
    return violation.value


def _guest(world: Simulation, name: str = "web1") -> FakeGuest:
    vm = world.manager.database.names[name]
    return next(g for m in world.machines.values() if (g := m.guests.get(vm)) is not None)


def test_two_hosts(world: Simulation) -> None:
    guest = _guest(world)
    violation = _violation(world, lambda: world.machines["srv1"].guests.put(guest))
    assert str(violation) == "one host: web1 runs on srv1 and srv2 at once"


def test_a_frozen_server_counts_again_when_it_wakes_up(world: Simulation) -> None:
    guest, sleeper = _guest(world), world.machines["srv2"]
    lease = vm_lease(guest.spec.directory, world.pool_id, guest.id)

    def sleep_and_start_elsewhere() -> None:
        sleeper.freeze()
        member = sleeper.sanlock.spaces[world.pool_id]
        member.delta.until = -1000.0
        slot = world.storage.leases.read(lease.path).slots[lease.offset]
        slot.host_id, slot.generation = 1, 1
        world.machines["srv1"].guests.put(guest)

    world.loop.call_soon(sleep_and_start_elsewhere, context=world.loop.nobody)
    world.run_until(world.now() + 0.01)
    sleeper.sanlock_is = "frozen"  # so that nobody kills the guest at once
    assert "srv1 and srv2" in str(_violation(world, sleeper.thaw))


def test_no_lease(world: Simulation) -> None:
    guest = _guest(world)

    def move() -> None:
        world.machines["srv2"].guests.remove(guest.id)
        world.machines["srv1"].guests.put(guest)

    violation = _violation(world, move)
    assert violation.rule == "lease"
    assert "under a lease of host 2" in violation.what


def test_no_proof(world: Simulation) -> None:
    guest = _guest(world)
    lease = vm_lease(guest.spec.directory, world.pool_id, guest.id)
    proof = Proof(2, 1, 1, 0.0, (Claim(FenceMethod.POWER, "ipmi", "off"),))
    violation = _violation(world, lambda: world.cleared(lease, proof))
    assert str(violation).startswith("proven death: lease web1 of srv2 is freed")


def test_a_fence_without_need(world: Simulation) -> None:
    agent = world.machines["srv1"].agent
    assert agent is not None
    (device,) = world.storage.fencing._document.members[world.machines["srv2"].hardware.id]
    violation = _violation(world, lambda: agent.spawn(world.fencing.off(device)))
    assert violation.what == "srv2 is powered off by srv1, though it lives on the storage"


def test_a_fence_of_one_that_was_silent_too_long_ago(world: Simulation) -> None:
    """Whoever is silent may be switched off; and after that as long as it takes to hear of it."""
    agent = world.machines["srv1"].agent
    assert agent is not None
    (device,) = world.storage.fencing._document.members[world.machines["srv2"].hardware.id]
    for line in ("bmc srv2 lying", "freeze srv2"):
        world.do(line)
    agent.spawn(world.fencing.off(device))
    world.run_until(world.now() + 1)
    world.do("thaw srv2")
    world.run_until(world.now() + world.timing.detection - 1)
    agent.spawn(world.fencing.off(device))
    world.run_until(world.now() + 2)
    assert _violation(world, lambda: agent.spawn(world.fencing.off(device))).rule == "fence"


def test_a_second_master(world: Simulation) -> None:
    records = world.machines["srv3"].records[0]
    before = world.storage.records.roots[ROOT].pool
    violation = _violation(world, lambda: world.storage.records.wrote(records, before))
    assert violation.what == "srv3 writes a record, but the pool's master is srv1"


def test_too_much_memory(world: Simulation) -> None:
    guest = _guest(world, "web1")
    big = guest.spec.config.model_copy(update={"max_memory": 4096})
    bigger = guest.model_copy(update={"spec": guest.spec.model_copy(update={"config": big})})
    violation = _violation(world, lambda: world.machines["srv2"].guests.put(bigger))
    assert violation.what == "srv2 has guests of 4096 MiB, and room for 3584 MiB"


def test_stale_memory(world: Simulation) -> None:
    guest, srv2, srv1 = _guest(world), world.machines["srv2"], world.machines["srv1"]
    lease = vm_lease(guest.spec.directory, world.pool_id, guest.id)

    def hand(host_id: int) -> None:
        world.storage.leases.read(lease.path).slots[lease.offset].host_id = host_id

    async def run_elsewhere_and_go_on() -> None:
        srv2.guests.put(guest.model_copy(update={"power": Power.PAUSED}))
        await asyncio.sleep(1)
        hand(1)
        srv1.guests.put(guest)
        await asyncio.sleep(1)
        srv1.guests.remove(guest.id)
        await asyncio.sleep(1)
        hand(2)
        srv2.guests.put(guest)

    world.loop.create_task(run_elsewhere_and_go_on(), context=world.loop.nobody)
    with pytest.raises(Violation) as violation:
        world.run_until(world.now() + 4)
    assert violation.value.rule == "stale memory"
    assert "though srv1 ran it" in violation.value.what


def test_what_is_not_well_in_the_end(world: Simulation) -> None:
    world.settled()
    guest, repository = _guest(world), world.storage.records.roots[ROOT]
    document = repository.vms[guest.id]

    repository.vms[guest.id] = document.model_copy(update={"placed_on": document.config.id})
    with pytest.raises(Violation, match="record: web1 is on srv2 and its record"):
        world.settled()
    repository.vms[guest.id] = document

    machine = world.machines["srv2"]
    machine.guests.put(guest.model_copy(update={"stage": Stage.ARRIVING}))
    with pytest.raises(Violation, match="migration: web1 is arriving on srv2 for ever"):
        world.settled()
    machine.guests.remove(guest.id)
    with pytest.raises(Violation, match="liveness: web1 is wanted on and is nowhere"):
        world.settled()
    repository.vms[guest.id] = document.model_copy(update={"wanted": Wanted.OFF})
    world.settled()

    table = world.manager.database.table
    job = Job("1", "vm.start", Spec(vm="web1"), Spec(vm="web1"), [], "vm.start web1")
    table.jobs[job.id] = job
    with pytest.raises(Violation, match=r"lost job: vm\.start web1 is queued for ever"):
        world.settled()
    table.set(job, JobState.HELD)
    world.settled()


def _hung(world: Simulation) -> None:
    """Nobody decides anything any more."""
    for machine in world.machines.values():
        machine.kill_agent()


def test_a_failover_that_takes_longer_than_promised(world: Simulation) -> None:
    start, promised = world.now(), world.timing.bound_fenced
    world.do("power srv2 off")
    _hung(world)
    world.run_until(start + promised - 0.1)
    with pytest.raises(Violation) as violation:
        world.run_until(start + promised + 0.1)
    assert violation.value.rule == "bound"
    assert "web1 does not run 42 s after srv2" in violation.value.what


def test_a_failover_that_keeps_its_promise(world: Simulation) -> None:
    world.do("manager crash")
    world.do("power srv2 off")
    world.run_until(world.now() + world.timing.bound_fenced + 0.1)
    assert world.bounds.kept == 1


@pytest.mark.parametrize("before", [True, False], ids=["before", "meanwhile"])
def test_a_failover_that_something_interferes_with_has_no_bound(
    world: Simulation, before: bool
) -> None:
    for line in ("network srv1 off", "power srv2 off")[:: 1 if before else -1]:
        world.do(line)
    _hung(world)
    world.run_until(world.now() + world.timing.bound_fenced + 1)
    assert world.bounds.kept == 0


def test_some_seeds_are_held_to_the_promise() -> None:
    case = case_of(CALM)
    first, second = case.timeline.at[:2]
    assert first.do[0].startswith("power ")
    assert second.t - first.t > timing_for(case.cluster.outage).bound_by_leases
    assert all(w.after > first.t for w in case.timeline.when)
