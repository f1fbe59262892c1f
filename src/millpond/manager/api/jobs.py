"""Jobs: every change under way, and those of the last weeks."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import StringConstraints
from pydantic_core import to_json

from millpond.domain.job import JobState
from millpond.domain.names import Id, Name
from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Limit, Parts, json_reply, serves
from millpond.manager.store.jobs import JobFilter

router = APIRouter(prefix="/jobs", tags=["Jobs"])

Subject = Annotated[str, StringConstraints(pattern=r"^[a-z]+:[A-Za-z0-9_.-]{1,100}$")]


@router.get(
    "",
    summary="List jobs, newest first",
    response_model=models.Listing[models.Job],
    **serves(Permission.JOB_VIEW),
)
async def list_jobs(
    api: Parts,
    state: JobState | None = None,
    subject: Annotated[Subject | None, Query(description="Such as `vm:` and its id")] = None,
    kind: Annotated[Name | None, Query(examples=["vm.start"])] = None,
    user: Name | None = None,
    parent: Id | None = None,
    limit: Limit = 100,
    after: After = None,
) -> Response:
    """All filters given must fit."""
    start = views.after(after, int)
    which = JobFilter(state=state, subject=subject, kind=kind, user=user, parent=parent)
    rows = await api.manager.jobs.list(which, limit + 1, start[0] if start else None)
    shown = rows[:limit]
    steps = await api.manager.jobs.steps([row.id for row in shown])
    more = views.cursor(shown[-1].seq) if len(rows) > limit else None
    return json_reply(views.listing((views.job_json(r, steps[r.id]) for r in shown), more))


@router.get(
    "/{id}",
    summary="Show one job",
    response_model=models.Job,
    **serves(Permission.JOB_VIEW, "request.not_found"),
)
async def show_job(api: Parts, id: Id) -> Response:  # noqa: A002 - the path's own word
    """With its steps and, while it runs, its progress."""
    row = await api.manager.jobs.get(id)
    return json_reply(to_json(await views.job(api.manager, row)))


@router.get(
    "/{id}/wait",
    summary="Wait for a job",
    response_model=models.Job,
    **serves(Permission.JOB_VIEW, "request.not_found"),
)
async def wait_for_job(
    api: Parts,
    id: Id,  # noqa: A002
    timeout: Annotated[float, Query(ge=0, le=60, description="Seconds")] = 30,
) -> Response:
    """Answers when the job has ended or is held, or as it is when the time is up."""
    row = await api.manager.jobs.wait(id, timeout)
    return json_reply(to_json(await views.job(api.manager, row)))


@router.post(
    "/{id}/cancel",
    summary="Cancel a job",
    response_model=models.Job,
    **serves(Permission.JOB_MANAGE, "request.not_found", "job.finished"),
)
async def cancel_job(api: Parts, id: Id) -> Response:  # noqa: A002
    """Asks it to stop and take back what it did; past its point of no return it completes."""
    row = await api.manager.jobs.cancel(id)
    return json_reply(to_json(await views.job(api.manager, row)))


@router.post(
    "/{id}/resume",
    summary="Resume a held job",
    response_model=models.Job,
    **serves(Permission.JOB_MANAGE, "request.not_found", "job.finished", "object.busy"),
)
async def resume_job(api: Parts, id: Id) -> Response:  # noqa: A002
    """It looks at the world again and goes on from there."""
    row = await api.manager.jobs.resume(id)
    return json_reply(to_json(await views.job(api.manager, row)))
