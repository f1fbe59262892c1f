"""A VM's schedules of snapshots and backups: set, deleted, and run.

The manager asks for the latter when their time has come (``manager.schedules``).
"""

import time
from typing import Any

from pydantic import Field

from millpond.domain.backup import Quiesce
from millpond.domain.errors import Refused
from millpond.domain.job import Lock
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
from millpond.operations.create_backup import (
    BackupCreatePlan,
    BackupCreateSpec,
    CreateBackup,
    plan_backup,
)
from millpond.operations.create_snapshot import (
    CreateSnapshot,
    SnapshotCreatePlan,
    SnapshotCreateSpec,
)
from millpond.operations.vms import Found, VmOperation, VmPlan, VmSpec, find
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
    backed_up: dict[Name, float]


class ScheduleRunPlan(VmPlan):
    """Either ``snapshot`` or ``backup``: what is asked for, and how it will be done. ``backed_up`` is the
    record's once the backup is taken."""

    snapshot: tuple[SnapshotCreateSpec, SnapshotCreatePlan] | None = None
    backup: tuple[BackupCreateSpec, BackupCreatePlan] | None = None
    backed_up: dict[Name, float] = Field(default_factory=dict)


class SetSchedule(VmOperation[ScheduleSetSpec, SchedulesPlan]):
    kind = "schedule.set"
    summary = "Have snapshots or backups of a VM made, and deleted again, by schedule"
    permission = Permission.VM_MANAGE
    spec_type = ScheduleSetSpec
    plan_type = SchedulesPlan

    async def plan(self, world: World, spec: ScheduleSetSpec) -> SchedulesPlan:
        found = await find(world, spec.vm)
        wanted = with_schedule(found.document, spec.schedule)
        return SchedulesPlan(
            pool=found.pool.id,
            before=found.document,
            schedules=wanted,
            backed_up=found.document.backed_up,
        )

    def steps(self, world: World, spec: ScheduleSetSpec, plan: SchedulesPlan) -> list[Step]:
        return [_record_step(world, plan)]


class DeleteSchedule(VmOperation[ScheduleSpec, SchedulesPlan]):
    kind = "schedule.delete"
    summary = "Make no more snapshots or backups by a schedule; those that it made stay"
    permission = Permission.VM_MANAGE
    spec_type = ScheduleSpec
    plan_type = SchedulesPlan

    async def plan(self, world: World, spec: ScheduleSpec) -> SchedulesPlan:
        found = await find(world, spec.vm)
        name = find_schedule(found.document, spec.schedule).name
        rest = without_schedule(found.document, name)
        done = {s: due for s, due in found.document.backed_up.items() if s != name}
        return SchedulesPlan(
            pool=found.pool.id, before=found.document, schedules=rest, backed_up=done
        )

    def steps(self, world: World, spec: ScheduleSpec, plan: SchedulesPlan) -> list[Step]:
        return [_record_step(world, plan)]


def _record_step(world: World, plan: SchedulesPlan) -> Step:
    wanted = {"schedules": plan.schedules, "backed_up": plan.backed_up}
    return plan.at_work(world).record_step("record", plan.before, **wanted)


class RunSchedule(VmOperation[ScheduleRunSpec, ScheduleRunPlan]):
    """Of a VM that is off its disks are kept: it has no memory, and is as quiet as can be."""

    kind = "schedule.run"
    summary = "Make a schedule's snapshot or backup now"
    permission = Permission.VM_MANAGE
    spec_type = ScheduleRunSpec
    plan_type = ScheduleRunPlan

    def __init__(self) -> None:
        self._snapshot = CreateSnapshot()
        self._backup = CreateBackup()

    async def plan(self, world: World, spec: ScheduleRunSpec) -> ScheduleRunPlan:
        found = await find(world, spec.vm)
        schedule = find_schedule(found.document, spec.schedule)
        now = time.time()
        due = now if spec.due is None else spec.due
        if due > now:
            raise Refused(
                "request.invalid",
                f"schedule {schedule.name}",
                "it cannot be run for a time that has not come",
                "leave out the time, and it is run for now",
            )
        planned = self._backup_plan if schedule.backup else self._snapshot_plan
        return await planned(world, found, schedule, due)

    async def _snapshot_plan(
        self, world: World, found: Found, schedule: Schedule, due: float
    ) -> ScheduleRunPlan:
        asked = SnapshotCreateSpec(
            vm=found.document.config.id,
            snapshot=snapshot_name(schedule, due),
            memory=schedule.memory and found.guest is not None,
            quiesce=schedule.quiesce and found.power is Power.RUNNING,
        )
        plan = await self._snapshot.plan(world, asked)
        made = plan.snapshot.model_copy(update={"schedule": schedule.name, "due": due})
        plan = plan.model_copy(update={"snapshot": made})
        return ScheduleRunPlan(**_base(plan), snapshot=(asked, plan))

    async def _backup_plan(
        self, world: World, found: Found, schedule: Schedule, due: float
    ) -> ScheduleRunPlan:
        assert schedule.backup is not None
        asked = BackupCreateSpec(
            vm=found.document.config.id,
            quiesce=Quiesce.REQUIRE if schedule.quiesce else Quiesce.NO,
            keep=schedule.keep,
            **dict(schedule.backup),
        )
        plan = await plan_backup(world, asked, schedule.name)
        done = found.document.backed_up | {schedule.name: due}
        return ScheduleRunPlan(**_base(plan), backup=(asked, plan), backed_up=done)

    def locks(self, spec: ScheduleRunSpec, plan: ScheduleRunPlan) -> list[Lock]:
        return self._backup.locks(*plan.backup) if plan.backup else super().locks(spec, plan)

    def steps(self, world: World, spec: ScheduleRunSpec, plan: ScheduleRunPlan) -> list[Step]:
        if plan.snapshot is not None:
            return self._snapshot.steps(world, *plan.snapshot)
        assert plan.backup is not None
        record = plan.at_work(world).record_step("record", plan.before, backed_up=plan.backed_up)
        return [record, *self._backup.steps(world, *plan.backup)]


def _base(plan: VmPlan) -> dict[str, Any]:
    return {name: getattr(plan, name) for name in VmPlan.model_fields}
