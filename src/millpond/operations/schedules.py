"""A VM's schedules of snapshots: set, deleted, and their snapshots made.

The manager asks for the latter when their time has come (``manager.schedules``).
"""

import time

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.names import Name
from millpond.domain.permissions import Permission
from millpond.domain.schedules import (
    find_schedule,
    snapshot_name,
    with_schedule,
    without_schedule,
)
from millpond.domain.vm import Power, Schedule
from millpond.operations.base import Step
from millpond.operations.create_snapshot import (
    CreateSnapshot,
    SnapshotCreatePlan,
    SnapshotCreateSpec,
)
from millpond.operations.vms import VmOperation, VmPlan, VmSpec, find
from millpond.ports.world import World


class ScheduleSetSpec(VmSpec):
    schedule: Schedule


class ScheduleSpec(VmSpec):
    schedule: Name = Field(description="The schedule's name", examples=["nightly"])


class ScheduleRunSpec(ScheduleSpec):
    due: float | None = Field(
        default=None,
        ge=0,
        le=1e11,
        description="For which time, in seconds since 1970; default: now",
    )


class SchedulesPlan(VmPlan):
    schedules: tuple[Schedule, ...]


class ScheduleRunPlan(SnapshotCreatePlan):
    quiesce: bool


class SetSchedule(VmOperation[ScheduleSetSpec, SchedulesPlan]):
    kind = "schedule.set"
    summary = "Have snapshots of a VM made, and deleted again, by schedule"
    permission = Permission.VM_MANAGE
    spec_type = ScheduleSetSpec
    plan_type = SchedulesPlan

    async def plan(self, world: World, spec: ScheduleSetSpec) -> SchedulesPlan:
        found = await find(world, spec.vm)
        wanted = with_schedule(found.document, spec.schedule)
        return SchedulesPlan(pool=found.pool.id, before=found.document, schedules=wanted)

    def steps(self, world: World, spec: ScheduleSetSpec, plan: SchedulesPlan) -> list[Step]:
        return [_record_step(world, plan)]


class DeleteSchedule(VmOperation[ScheduleSpec, SchedulesPlan]):
    kind = "schedule.delete"
    summary = "Make no more snapshots by a schedule; those that it made stay"
    permission = Permission.VM_MANAGE
    spec_type = ScheduleSpec
    plan_type = SchedulesPlan

    async def plan(self, world: World, spec: ScheduleSpec) -> SchedulesPlan:
        found = await find(world, spec.vm)
        name = find_schedule(found.document, spec.schedule).name
        rest = without_schedule(found.document, name)
        return SchedulesPlan(pool=found.pool.id, before=found.document, schedules=rest)

    def steps(self, world: World, spec: ScheduleSpec, plan: SchedulesPlan) -> list[Step]:
        return [_record_step(world, plan)]


def _record_step(world: World, plan: SchedulesPlan) -> Step:
    return plan.at_work(world).record_step("record", plan.before, schedules=plan.schedules)


class RunSchedule(VmOperation[ScheduleRunSpec, ScheduleRunPlan]):
    """Of a VM that is off its disks are kept: it has no memory, and is as quiet as can be."""

    kind = "schedule.run"
    summary = "Make a schedule's snapshot now"
    permission = Permission.VM_MANAGE
    spec_type = ScheduleRunSpec
    plan_type = ScheduleRunPlan

    def __init__(self) -> None:
        self._making = CreateSnapshot()

    async def plan(self, world: World, spec: ScheduleRunSpec) -> ScheduleRunPlan:
        found = await find(world, spec.vm)
        schedule = find_schedule(found.document, spec.schedule)
        now = time.time()
        due = now if spec.due is None else spec.due
        if due > now:
            raise Refused(
                "request.invalid",
                f"schedule {schedule.name}",
                "its snapshot cannot be made for a time that has not come",
                "leave out the time, and it is made for now",
            )
        asked = SnapshotCreateSpec(
            vm=found.document.config.id,
            snapshot=snapshot_name(schedule, due),
            memory=schedule.memory and found.guest is not None,
            quiesce=schedule.quiesce and found.power is Power.RUNNING,
        )
        plan = await self._making.plan(world, asked)
        made = plan.snapshot.model_copy(update={"schedule": schedule.name, "due": due})
        return ScheduleRunPlan(**dict(plan) | {"snapshot": made}, quiesce=asked.quiesce)

    def steps(self, world: World, spec: ScheduleRunSpec, plan: ScheduleRunPlan) -> list[Step]:
        asked = SnapshotCreateSpec(vm=plan.vm, snapshot=plan.snapshot.name, quiesce=plan.quiesce)
        return self._making.steps(world, asked, plan)
