"""Keep a VM as it is now: its disks, and its memory if that is wanted.

The record comes first and the guest after it: with an empty layer over its disks a VM is what it was
without, so it may be started from either whatever happens in between.
"""

import time
from dataclasses import replace
from functools import partial

from pydantic import Field

from millpond.domain.errors import Failed, Refused
from millpond.domain.job import Observation
from millpond.domain.names import Name, Text, new_id
from millpond.domain.permissions import Permission
from millpond.domain.snapshots import check_new, layered
from millpond.domain.vm import Power, Snapshot, VmConfig
from millpond.operations.base import Context, Step, seen
from millpond.operations.room import room
from millpond.operations.snapshots import (
    SnapshotPlan,
    SnapshotSpec,
    layers_step,
    utility_of,
)
from millpond.operations.vms import Found, Vm, VmOperation, find_for, follow
from millpond.ports.world import World


class SnapshotCreateSpec(SnapshotSpec):
    description: Text = ""
    memory: bool = Field(
        default=False, description="Keep the guest's memory too; it pauses for that"
    )
    quiesce: bool = Field(
        default=False, description="Have the guest's agent freeze its file systems for that moment"
    )


class SnapshotCreatePlan(SnapshotPlan):
    """``config`` is the VM with fresh layers, ``snapshot`` as it was. ``resume``: the guest runs on if it
    is made to stand still."""

    config: VmConfig
    snapshot: Snapshot
    memory: Name | None = None
    resume: bool = False


class CreateSnapshot(VmOperation[SnapshotCreateSpec, SnapshotCreatePlan]):
    kind = "snapshot.create"
    summary = "Keep a VM's disks, and its memory if wanted, as they are now"
    permission = Permission.VM_MANAGE
    spec_type = SnapshotCreateSpec
    plan_type = SnapshotCreatePlan

    async def plan(self, world: World, spec: SnapshotCreateSpec) -> SnapshotCreatePlan:
        found = await find_for(world, spec.vm, self.kind)
        document = found.document
        check_new(document, spec.snapshot)
        _check_power(found, spec)
        if spec.memory:
            left = await room(world, found.pool, document.repository)
            left.check(f"vm {document.config.name}", document.config.max_memory << 20)
        tag = new_id()[:8]
        utility = utility_of(found.pool, document)
        server = document.placed_on if found.guest else None
        return SnapshotCreatePlan(
            pool=found.pool.id,
            before=document,
            servers=(utility, server) if server else (utility,),
            utility=utility,
            config=layered(document.config, tag),
            snapshot=Snapshot(
                name=spec.snapshot,
                created=time.time(),
                parent=document.snapshot,
                config=document.config,
                description=spec.description,
            ),
            memory=f"memory-{tag}.img" if spec.memory else None,
            resume=found.power is Power.RUNNING,
        )

    def steps(self, world: World, spec: SnapshotCreateSpec, plan: SnapshotCreatePlan) -> list[Step]:
        vm, before = plan.at_work(world), plan.before
        kept = {"snapshots": (*before.snapshots, plan.snapshot), "snapshot": plan.snapshot.name}
        record = _record_step(vm, plan, {"config": plan.config, **kept})
        steps = [layers_step(vm, plan.utility, plan.config), record]
        if len(plan.servers) > 1:
            steps.append(_switch_step(vm, plan, quiesce=spec.quiesce))
        if plan.memory is not None:
            whole = plan.snapshot.model_copy(update={"memory": plan.memory})
            noted = vm.record_step("memory", before, snapshots=(*before.snapshots, whole))
            steps.append(replace(noted, undo=partial(_let_go_on, vm, plan)))
            steps.append(_go_on_step(vm, plan))
        return steps


def _check_power(found: Found, spec: SnapshotCreateSpec) -> None:
    name = found.document.config.name
    if spec.memory and spec.quiesce:
        raise Refused(
            "request.invalid",
            f"vm {name}",
            "a snapshot with memory has what the guest has not written yet, and needs no quiet guest",
            "leave out one of the two",
        )
    if (spec.memory and found.guest is None) or (spec.quiesce and found.power is not Power.RUNNING):
        raise Refused(
            "vm.state",
            f"vm {name}",
            f"it is {found.power.value}, and only a guest that runs has that",
            f"start it, or make a snapshot of its disks alone: millpond vm snapshot create {name} NAME",
        )


def _record_step(vm: Vm, plan: SnapshotCreatePlan, wanted: dict[str, object]) -> Step:
    """Left as it is once a guest has the new layers: this one, or one that the pool has started by
    itself meanwhile."""
    before = plan.before
    step = vm.record_step("record", before, **wanted)

    async def undo() -> None:
        guest = await vm.guest(plan.servers[1]) if len(plan.servers) > 1 else None
        if guest is None or guest.config.disks != plan.config.disks:
            await vm.withdraw(before, before.run, *wanted)

    return replace(step, undo=undo)


def _switch_step(vm: Vm, plan: SnapshotCreatePlan, *, quiesce: bool) -> Step:
    """Have the guest write to the fresh layers. One that has ended since needs no more: the next start
    has them. With memory it stands still from then on."""
    server, run = plan.servers[1], plan.before.run or plan.vm

    async def observe() -> Observation:
        guest = await vm.guest(server)
        if guest is not None and guest.run == run:
            return seen(guest.config.disks == plan.config.disks)
        if plan.memory is not None:
            raise Failed("snapshot", "the guest ended before its memory was kept")
        return Observation.DONE

    async def act(ctx: Context) -> None:
        agent, spec = await vm.agent(server), await vm.guest_spec(run)
        memory = f"{await vm.directory()}/{plan.memory}" if plan.memory else None
        task = f"{ctx.job}/snapshot"
        await follow(agent, task, lambda: agent.layers.snapshot(task, spec, memory, quiesce), ctx)

    async def undo() -> None:
        await _let_go_on(vm, plan)
        if plan.memory is not None:
            disks = (await vm.agent(plan.utility)).disks
            await disks.remove(f"{await vm.directory()}/{plan.memory}")

    return Step("snapshot", observe, act, undo, point_of_no_return=True)


async def _let_go_on(vm: Vm, plan: SnapshotCreatePlan) -> None:
    guest = await vm.guest(plan.servers[1])
    if plan.resume and guest is not None and guest.run == plan.before.run:
        await (await vm.agent(plan.servers[1])).hypervisor.unpause(vm.id)


def _go_on_step(vm: Vm, plan: SnapshotCreatePlan) -> Step:
    async def observe() -> Observation:
        guest = await vm.guest(plan.servers[1])
        return seen(not plan.resume or guest is None or guest.power is not Power.PAUSED)

    async def act(_: Context) -> None:
        await _let_go_on(vm, plan)

    return Step("go on", observe, act)
