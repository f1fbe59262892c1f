"""Jobs whose manager is away for a while: the pool goes on, and what it did meanwhile stands."""

from typing import Any

import pytest

from millpond.adapters.fake.hypervisor import FakeHypervisor
from millpond.domain.errors import Refused
from millpond.domain.job import JobState, StepState
from millpond.domain.vm import VmDocument, Wanted
from millpond.operations.registry import OPERATIONS
from millpond.sim.cluster import ROOT, VmSpec
from tests.unit.ha_loops.worlds import World, world

AWAY = 60.0
"""Seconds; by then the master has started or released what nobody is at work on."""


def ask(w: World, kind: str, **spec: Any) -> None:
    w.manager.ask(kind, OPERATIONS[kind].spec_type.model_validate(spec))


def ended(w: World) -> list[JobState]:
    return [job.state for job in w.manager.database.table.jobs.values()]


def named(w: World, name: str) -> VmDocument | None:
    records = w.storage.records.roots[ROOT].vms.values()
    return next((d for d in records if d.config.name == name), None)


def runs(w: World, document: VmDocument) -> list[str]:
    return [m.hardware.id for m in w.machines.values() if document.config.id in m.running()]


def until_placed(w: World, name: str) -> None:
    while (found := named(w, name)) is None or found.placed_on is None:
        w.run_until(w.now() + 0.02)
    w.checker.names[found.config.id] = name  # it knows those that were there from the beginning


def claim_of(w: World) -> StepState:
    """How far the only job is with the step before the last, which says where the guest will be."""
    (job,) = w.manager.database.table.jobs.values()
    return job.steps[-2]


def rest(w: World) -> None:
    """The manager dies, and is back long after."""
    w.do("manager crash")
    w.run_until(w.now() + AWAY)


def back(w: World) -> None:
    w.do("manager start")
    w.run_until(w.now() + 30)


START = ("vm.start", {"vm": "new", "on": "s2"})
CREATE = ("vm.create", {"pool": "pool1", "name": "new", "ha": True, "start": True, "on": "s2"})


@pytest.mark.parametrize("journaled", [False, True], ids=["written", "journaled"])
@pytest.mark.parametrize("request_", [START, CREATE], ids=["start", "create"])
def test_what_the_pool_started_by_itself_is_left_alone(
    request_: tuple[str, dict[str, Any]], journaled: bool
) -> None:
    kind, spec = request_
    vm = (VmSpec(name="new", ha=True),) if kind == "vm.start" else ()
    with world(vms=(), vm=vm) as w:
        if vm:
            w.change("new", wanted=Wanted.OFF)
        w.run_until(5)
        w.do("latency manager s1 0.1")
        w.do("latency manager s2 0.3")
        ask(w, kind, **spec)
        until_placed(w, "new")
        while journaled and claim_of(w) is not StepState.DONE:
            w.run_until(w.now() + 0.02)
        assert (claim_of(w) is StepState.DONE) is journaled
        rest(w)
        started = named(w, "new")
        assert started is not None
        assert started.wanted is Wanted.ON
        assert runs(w, started) == [started.placed_on]
        back(w)
        assert ended(w) == [JobState.FAILED]
        assert named(w, "new") == started
        assert runs(w, started) == [started.placed_on]


def test_a_reboot_is_completed_though_the_vm_was_released_meanwhile() -> None:
    with world(vm=(VmSpec(name="vm-s2", on="s2", ha=False),)) as w:
        w.run_until(5)
        ask(w, "vm.reboot", vm="vm-s2")
        while w.where("vm-s2"):
            w.run_until(w.now() + 0.01)
        rest(w)
        assert w.record("vm-s2").placed_on is None
        back(w)
        assert ended(w) == [JobState.DONE]
        assert w.where("vm-s2") == ["s2"]


def test_a_reboot_does_not_overwrite_what_the_pool_started() -> None:
    with world(vm=(VmSpec(name="vm-s2", on="s2", ha=True),)) as w:
        w.run_until(5)
        ask(w, "vm.reboot", vm="vm-s2")
        while w.where("vm-s2"):
            w.run_until(w.now() + 0.01)
        rest(w)
        started = w.record("vm-s2")
        assert runs(w, started) == [started.placed_on]
        back(w)
        assert ended(w) == [JobState.FAILED]
        assert w.record("vm-s2") == started


def test_a_guest_whose_memory_cannot_be_restored_stays_suspended(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Started from its disks, it would lose the memory that was saved."""

    async def no_memory(*_: Any) -> None:
        raise Refused("hypervisor.refused", "vm vm-s2", "no memory", "free some")

    with world() as w:
        run = w.record("vm-s2").run
        with monkeypatch.context() as patch:
            patch.setattr(FakeHypervisor, "restore", no_memory)
            w.run_until(5)
            ask(w, "vm.migrate", vm="vm-s2", to="s3", live=False)
            w.run_until(10)
            assert ended(w) == [JobState.FAILED]
            left = w.record("vm-s2")
            assert (left.wanted, left.placed_on, left.run) == (Wanted.SUSPENDED, None, None)
            w.run_until(AWAY)
            assert w.record("vm-s2") == left
            assert w.where("vm-s2") == []
        ask(w, "vm.resume", vm="vm-s2", on="s3")
        w.run_until(AWAY + 10)
        assert ended(w) == [JobState.FAILED, JobState.DONE]
        assert w.where("vm-s2") == ["s3"]
        assert w.record("vm-s2").run not in (None, run)
