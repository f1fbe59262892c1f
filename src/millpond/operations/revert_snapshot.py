"""Take a VM back to a snapshot. What it wrote since is lost, the snapshot stays."""

from dataclasses import replace

from pydantic import Field

from millpond.domain.job import Lock, Observation
from millpond.domain.layout import suspend_image
from millpond.domain.names import Id, new_id
from millpond.domain.permissions import Permission
from millpond.domain.placement import Placement
from millpond.domain.snapshots import find_snapshot, reverted
from millpond.domain.vm import Power, Snapshot, VmConfig, VmDocument, Wanted
from millpond.operations.admitting import FORCE, choose, survey
from millpond.operations.base import Context, Step, seen
from millpond.operations.devices import check_unclaimed, claim_locks, claims
from millpond.operations.kill_vm import destroy_step
from millpond.operations.resume_vm import resume_steps
from millpond.operations.snapshots import (
    SnapshotPlan,
    SnapshotSpec,
    layers_step,
    removal_step,
    utility_of,
)
from millpond.operations.start_vm import start_steps
from millpond.operations.suspend_vm import discard_step
from millpond.operations.vms import Found, Vm, VmOperation, find_for
from millpond.ports.world import World


class SnapshotRevertSpec(SnapshotSpec):
    force: bool = Field(default=False, description=FORCE)


class SnapshotRevertPlan(SnapshotPlan):
    """``config`` is the VM as the snapshot has it, with fresh layers. ``server`` is where its guest is,
    ``placement`` where it will run after, None if it will not; ``run`` names that run."""

    config: VmConfig
    snapshot: Snapshot
    server: Id | None
    placement: Placement | None
    run: Id


class RevertSnapshot(VmOperation[SnapshotRevertSpec, SnapshotRevertPlan]):
    kind = "snapshot.revert"
    summary = "Take a VM back to a snapshot; what it wrote since is lost"
    permission = Permission.VM_MANAGE
    spec_type = SnapshotRevertSpec
    plan_type = SnapshotRevertPlan

    async def plan(self, world: World, spec: SnapshotRevertSpec) -> SnapshotRevertPlan:
        found = await find_for(world, spec.vm, self.kind)
        document = found.document
        snapshot = find_snapshot(document, spec.snapshot)
        config = reverted(document, snapshot, new_id()[:8])
        claimed = claims(config, document.config)
        if any(claimed):
            others = [d.config for d in await world.vms(found.pool) if d.config.id != config.id]
            check_unclaimed(claimed, others)
        utility = utility_of(found.pool, document)
        placement = None
        if snapshot.memory or found.power in (Power.RUNNING, Power.PAUSED):
            placement = await _placement(world, found, config, force=spec.force)
        server = document.placed_on
        touched = (utility, server, placement.server if placement else None)
        return SnapshotRevertPlan(
            pool=found.pool.id,
            before=document,
            servers=tuple(s for s in touched if s is not None),
            utility=utility,
            config=config,
            snapshot=snapshot,
            server=server,
            placement=placement,
            run=new_id(),
        )

    def locks(self, spec: SnapshotRevertSpec, plan: SnapshotRevertPlan) -> list[Lock]:
        claimed = claims(plan.config, plan.before.config)
        return [*super().locks(spec, plan), *claim_locks(plan.pool, claimed)]

    def steps(self, world: World, spec: SnapshotRevertSpec, plan: SnapshotRevertPlan) -> list[Step]:
        vm, before = plan.at_work(world), plan.before
        off = before.model_copy(
            update={"wanted": Wanted.OFF, "placed_on": None, "migrating_to": None, "run": None}
        )
        back = {"config": plan.config, "snapshot": plan.snapshot.name}
        now = off.model_copy(update=back)
        return [
            vm.record_step("want off", before, wanted=Wanted.OFF),
            *_off_steps(vm, plan),
            layers_step(vm, plan.utility, plan.config),
            replace(vm.record_step("record", off, **back), point_of_no_return=True),
            *_on_steps(vm, plan, now, force=spec.force),
            removal_step(vm, plan.utility, before),
        ]


async def _placement(world: World, found: Found, config: VmConfig, *, force: bool) -> Placement:
    """Where it is, if it is anywhere."""
    document = found.document.model_copy(update={"config": config, "placed_on": None})
    server = found.document.placed_on if found.guest else None
    around = await survey(world, found.pool, server, force=force)
    return choose(found.pool, document, server, around, force=force)


def _off_steps(vm: Vm, plan: SnapshotRevertPlan) -> list[Step]:
    """Power off, and throw away what memory it was suspended with. Whatever fails from there on, the VM
    is off."""
    steps = [discard_step(vm, plan.server), vm.release_step(plan.before)]
    if plan.server is not None:
        steps.insert(0, destroy_step(vm, plan.server))
    return [replace(step, point_of_no_return=True) for step in steps]


def _on_steps(vm: Vm, plan: SnapshotRevertPlan, now: VmDocument, *, force: bool) -> list[Step]:
    if plan.placement is None:
        return []
    if plan.snapshot.memory is None:
        return start_steps(vm, now, plan.placement, plan.run, force=force)
    asleep = now.model_copy(update={"wanted": Wanted.SUSPENDED})
    return [
        _memory_step(vm, plan),
        replace(
            vm.record_step("want suspended", now, wanted=Wanted.SUSPENDED), point_of_no_return=True
        ),
        *resume_steps(vm, now, asleep, plan.placement, plan.run, force=force),
    ]


def _memory_step(vm: Vm, plan: SnapshotRevertPlan) -> Step:
    """The snapshot's memory becomes what the VM is suspended with: a second name for the same file,
    since a guest that has woken has used its memory up, and the snapshot keeps its own."""

    async def observe() -> Observation:
        disks = (await vm.agent(plan.utility)).disks
        return seen(await disks.size(suspend_image(await vm.directory())) is not None)

    async def act(_: Context) -> None:
        disks, directory = (await vm.agent(plan.utility)).disks, await vm.directory()
        await disks.link(f"{directory}/{plan.snapshot.memory}", suspend_image(directory))

    return Step("memory", observe, act)
