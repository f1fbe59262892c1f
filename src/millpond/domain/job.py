"""Jobs and their steps: states as data. The reference page and its diagrams are made from here."""

from enum import StrEnum

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.vm import Model


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    HELD = "held"


JOB_TRANSITIONS: dict[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.CANCELLED}),
    JobState.RUNNING: frozenset(
        {JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.HELD}
    ),
    JobState.HELD: frozenset({JobState.QUEUED, JobState.CANCELLED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}
"""held = its outcome is not known: an operator decides, resume (queued) or cancel. If it is not known
because no server answered, it is looked at again, and resumed once they do."""

ENDED = frozenset(state for state, then in JOB_TRANSITIONS.items() if not then)


class StepState(StrEnum):
    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    UNDONE = "undone"


class Observation(StrEnum):
    """What a step sees when it looks at the world."""

    DONE = "done"
    ABSENT = "absent"
    PARTIAL = "partial"
    UNKNOWN = "unknown"


class Progress(Model):
    """How far long work has come. Bytes, bytes per second, seconds; None = not known."""

    percent: float | None = Field(default=None, ge=0, le=100)
    done: int | None = None
    total: int | None = None
    rate: float | None = None
    seconds_left: float | None = None
    message: str = ""


class TaskStatus(StrEnum):
    """Long work inside one agent. ``absent``: this agent knows nothing of it (it was restarted)."""

    ABSENT = "absent"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Refusal(Model):
    """``errors.Refused`` as data."""

    code: str
    subject: str
    message: str
    fix: str

    @classmethod
    def of(cls, error: Refused) -> "Refusal":
        return cls(code=error.code, subject=error.subject, message=error.message, fix=error.fix)


class TaskState(Model):
    """``error`` says why it failed; ``refusal`` is there if that was one."""

    status: TaskStatus
    progress: Progress = Progress()
    error: str = ""
    refusal: Refusal | None = None
    result: dict[str, float] = Field(default_factory=dict)


class Mode(StrEnum):
    """How a lock is held: many may share, one may exclude."""

    SHARED = "shared"
    EXCLUSIVE = "exclusive"


class Lock(Model):
    """``object`` is ``kind:id``, as in ``vm:8f3c...``. Locks are taken all at once, when the job is
    accepted, in the order of ``kind``: pool, server, vm, template, bridge."""

    object: str
    mode: Mode = Mode.EXCLUSIVE
