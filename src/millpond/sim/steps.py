"""Jobs of a simulated manager: rows that outlive it, and the runner that carries them on.

What ``operations.base.Step`` promises is kept as the real manager keeps it (observe, act, observe
again; look until the world answers; undo in reverse, short of a point of no return; hold what
cannot be known), without its database and its leases on jobs.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from pydantic import BaseModel

from millpond.domain.errors import Failed, MillpondError, Refused, Unknown
from millpond.domain.job import ENDED, JobState, Lock, Mode, Observation, Progress, StepState
from millpond.operations.base import Cancelled, Step

T = TypeVar("T")

PATIENCE = 120.0
"""Seconds a step is looked at again before the job is held for an operator."""
FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0
MOST_ATTEMPTS = 5
_NEVER_BEGAN = frozenset({StepState.WAITING, StepState.UNDONE})


@dataclass(eq=False)
class Job:
    """A row of the job table. ``fence`` grows each time a manager process takes the job up.
    ``silent``: if it is held, then because the world did not answer."""

    id: str
    kind: str
    spec: BaseModel
    plan: BaseModel
    locks: list[Lock]
    title: str
    parent: str | None = None
    state: JobState = JobState.QUEUED
    steps: list[StepState] = field(default_factory=list)
    undoing: JobState | None = None
    error: MillpondError | None = None
    fence: int = 0
    cancel: bool = False
    silent: bool = False
    result: dict[str, Any] = field(default_factory=dict)

    @property
    def ended(self) -> bool:
        return self.state in ENDED


class Table:
    """The manager's database: every row that was ever acknowledged. ``changed`` is told of each
    change of a job's state."""

    def __init__(self, changed: Callable[[Job], None]) -> None:
        self.jobs: dict[str, Job] = {}
        self.keys: dict[str, str] = {}
        self.released: list[Job] = []
        """Those that hold their locks no more, in the order in which they let go."""
        self._changed = changed

    def set(self, job: Job, state: JobState, error: MillpondError | None = None) -> None:
        job.state = state
        job.error = error or job.error
        if job.ended:
            self.released.append(job)
        self._changed(job)

    def waits_for_operator(self, job: Job) -> bool:
        """It is held, and not for silence alone, or one of its children is."""
        children = (j for j in self.jobs.values() if j.parent == job.id)
        held = job.state is JobState.HELD and not job.silent
        return held or any(self.waits_for_operator(c) for c in children)

    def busy(self, locks: list[Lock], parent: str | None) -> str | None:
        """An object of ``locks`` that a job other than the parent holds already."""
        for job in self.jobs.values():
            if not job.ended and job.id != parent and (held := _clash(job.locks, locks)):
                return held
        return None

    def stale(self, locks: list[Lock], since: int) -> bool:
        """Whether one of these was let go after so many had been: a plan made then may be wrong."""
        return any(_clash(job.locks, locks) for job in self.released[since:])


def _clash(held: list[Lock], wanted: list[Lock]) -> str | None:
    for one in held:
        for other in wanted:
            shared = one.mode is Mode.SHARED and other.mode is Mode.SHARED
            if one.object == other.object and not shared:
                return one.object
    return None


class _Held(Exception):
    def __init__(self, why: MillpondError, *, silent: bool = False) -> None:
        super().__init__(str(why))
        self.why = why
        self.silent = silent


class _Patience:
    def __init__(self) -> None:
        self._end = asyncio.get_running_loop().time() + PATIENCE
        self._next = FIRST_PAUSE

    async def pause(self, why: MillpondError) -> None:
        left = self._end - asyncio.get_running_loop().time()
        if left <= 0:
            raise _Held(why, silent=True)
        await asyncio.sleep(min(self._next, left))
        self._next = min(self._next * 2, LONGEST_PAUSE)


class Run:
    """One process at work on a job; it is the steps' ``Context``."""

    def __init__(self, job: Job, steps: list[Step], table: Table) -> None:
        self._job = job
        self._steps = steps
        self._table = table
        if not job.steps:
            job.steps = [StepState.WAITING] * len(steps)

    @property
    def job(self) -> str:
        return self._job.id

    @property
    def cancelled(self) -> bool:
        return self._job.cancel

    async def report(self, progress: Progress) -> None:
        pass

    async def result(self, values: dict[str, Any]) -> None:
        self._job.result.update(values)

    async def run(self) -> None:
        """To an end, or until it is held."""
        try:
            if self._job.undoing is None:
                await self._forward()
            if self._job.undoing is not None:
                await self._back(self._job.undoing)
        except _Held as held:
            self._job.silent = held.silent
            self._table.set(self._job, JobState.HELD, held.why)

    async def answers(self) -> bool:
        """Whether the world says how the step stands at which the job rests."""
        states = list(enumerate(self._job.steps))
        if self._job.undoing is None:
            n = next(n for n, state in states if state is not StepState.DONE)
        else:
            n = max(n for n, state in states if state not in _NEVER_BEGAN)
        try:
            return await _named(self._steps[n], self._steps[n].observe()) is not Observation.UNKNOWN
        except Unknown:
            return False
        except (Refused, Failed):
            return True

    async def _forward(self) -> None:
        for n, step in enumerate(self._steps):
            if self._job.steps[n] is StepState.DONE:
                continue
            try:
                await self._carry_out(n, step)
            except Cancelled:
                self._job.undoing = JobState.CANCELLED
                return
            except (Refused, Failed) as error:
                self._job.undoing, self._job.error = JobState.FAILED, error
                self._job.steps[n] = StepState.FAILED
                return
        self._table.set(self._job, JobState.DONE)

    async def _carry_out(self, n: int, step: Step) -> None:
        begun = self._job.steps[n] is not StepState.WAITING
        if not begun:
            self._stop_if_cancelled()
        attempts = 0
        while await self._look(step) is not Observation.DONE:
            if begun:
                self._stop_if_cancelled()
            begun = True
            self._job.steps[n] = StepState.RUNNING
            unanswered = await self._act(step)
            if await self._look(step) is Observation.DONE:
                break
            if unanswered is None:
                raise Failed(step.name, "it was carried out, but did not take effect")
            attempts += 1
            if attempts >= MOST_ATTEMPTS:
                raise _Held(unanswered)
        self._job.steps[n] = StepState.DONE

    async def _act(self, step: Step) -> Unknown | None:
        try:
            await _named(step, step.act(self))
        except Unknown as error:
            return error
        except (Refused, Failed, Cancelled):
            if not await self._done_after_all(step):
                raise
        return None

    async def _done_after_all(self, step: Step) -> bool:
        try:
            return await self._look(step) is Observation.DONE
        except (Refused, Failed):
            return False

    async def _look(self, step: Step) -> Observation:
        patience = _Patience()
        while True:
            try:
                seen = await _named(step, step.observe())
                if seen is not Observation.UNKNOWN:
                    return seen
                why = Unknown(step.name, "the servers involved do not agree on what happened")
            except Unknown as error:
                why = error
            await patience.pause(why)

    def _bound(self) -> int:
        fixed = [
            n + 1
            for n, step in enumerate(self._steps)
            if step.point_of_no_return and self._job.steps[n] is StepState.DONE
        ]
        return max(fixed, default=0)

    def _stop_if_cancelled(self) -> None:
        if self._job.cancel and self._bound() == 0:
            raise Cancelled

    async def _back(self, outcome: JobState) -> None:
        for n in reversed(range(self._bound(), len(self._steps))):
            if self._job.steps[n] in _NEVER_BEGAN:
                continue
            await self._undo(self._steps[n])
            self._job.steps[n] = StepState.UNDONE
        self._table.set(self._job, outcome)

    async def _undo(self, step: Step) -> None:
        patience = _Patience()
        while True:
            try:
                await _named(step, step.undo())
                return
            except Unknown as error:
                await patience.pause(error)
            except (Refused, Failed) as error:
                raise _Held(error) from error


async def _named(step: Step, work: Awaitable[T]) -> T:
    try:
        return await work
    except (MillpondError, Cancelled):
        raise
    except Exception as error:
        raise Failed(step.name, f"internal error: {type(error).__name__}: {error}") from error
