"""Snapshots and backups of a VM that come by themselves."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic import Field

from millpond.domain.permissions import Permission
from millpond.domain.schedules import made_by, next_due, times_of
from millpond.domain.vm import Model, Schedule
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.ha import ASKING
from millpond.manager.api.specs import Asked
from millpond.manager.schedules import Failure
from millpond.manager.store.engine import now
from millpond.operations.schedules import ScheduleRunSpec, ScheduleSetSpec, ScheduleSpec

router = APIRouter(prefix="/vms/{key}/schedules", tags=["Snapshots"])


class ScheduleView(Model):
    """A schedule and how it stands."""

    schedule: Schedule
    last: float | None = Field(description="For which time it was last run")
    next: float = Field(description="When the next one is due")
    snapshots: int = Field(description="How many snapshots there are of it")
    failure: Failure | None = Field(description="Why it is behind, as far as it is")


@router.get("", summary="List schedules", **serves(Permission.VM_VIEW, *ASKING))
async def list_schedules(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ScheduleView]:
    """By name, as the VM's record has them now."""
    _, document = await api.manager.world().vm(key)
    found = []
    for schedule in sorted(document.schedules, key=lambda s: s.name):
        times = times_of(document, schedule)
        found.append(
            ScheduleView(
                schedule=schedule,
                last=times[-1] if times else None,
                next=next_due(schedule, now()),
                snapshots=len(made_by(document, schedule)),
                failure=api.manager.schedules.failures.get((document.config.id, schedule.name)),
            )
        )
    shown, more = views.page(found, limit, after, lambda v: v.schedule.name)
    return models.Listing(items=shown, next=more)


@router.post("", **runs("schedule.set"))
async def set_schedule(
    call: Calling,
    spec: Annotated[ScheduleSetSpec, Asked(ScheduleSetSpec, vm="key", body="schedule")],
) -> Response:
    return await call.accept("schedule.set", spec)


@router.post("/{schedule}/run", **runs("schedule.run"))
async def run_schedule(
    call: Calling,
    spec: Annotated[ScheduleRunSpec, Asked(ScheduleRunSpec, vm="key", schedule="schedule")],
) -> Response:
    return await call.accept("schedule.run", spec)


@router.delete("/{schedule}", **runs("schedule.delete"))
async def delete_schedule(
    call: Calling,
    spec: Annotated[ScheduleSpec, Asked(ScheduleSpec, vm="key", schedule="schedule")],
) -> Response:
    return await call.accept("schedule.delete", spec)
