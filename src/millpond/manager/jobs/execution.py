"""One job at work: forward step by step, or back, as ``operations.base.Step`` says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from millpond.domain.errors import Failed, MillpondError, Refused, Unknown
from millpond.domain.job import JobState, Observation, Progress, StepState
from millpond.manager.jobs.hook import Hook
from millpond.manager.jobs.journal import Journal
from millpond.manager.jobs.submit import TakenOver
from millpond.operations.base import Cancelled, Step

T = TypeVar("T")

log = structlog.get_logger(__name__)

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 5.0

NO_FAULT = (MillpondError, Cancelled, TakenOver, OperationalError, InterfaceError, PoolTimeout)
"""What a step may raise. SQLAlchemy's errors are a database that is full, locked or out of reach:
the job is left as it is, for another turn."""


class Held(Exception):
    """The job cannot go on, unless it is ``silent``: then the world did not answer, and may later."""

    def __init__(self, why: MillpondError, *, silent: bool = False) -> None:
        super().__init__(str(why))
        self.why = why
        self.silent = silent


class Stopping(Exception):
    """The manager is asked to stop: leave the job for the next one."""


class Patience:
    """How long something is tried again: ``pause`` sleeps longer each time, and raises ``Held``
    once ``seconds`` are spent; ``silent`` says of what kind."""

    def __init__(self, seconds: float, *, silent: bool) -> None:
        self._left = seconds
        self._silent = silent
        self._next = FIRST_PAUSE

    async def pause(self, why: MillpondError, spent: float = 0.0) -> None:
        """``spent``: seconds since the last pause that count like those of the pauses."""
        self._left -= spent
        if self._left <= 0:
            raise Held(why, silent=self._silent)
        pause = min(self._next, self._left)
        await asyncio.sleep(pause)
        self._left -= pause
        self._next = min(self._next * 2, LONGEST_PAUSE)


class StepContext:
    """``operations.base.Context``. Once ``bound``, past a point of no return, the job completes
    whatever was asked."""

    def __init__(self, journal: Journal, *, bound: bool) -> None:
        self._journal = journal
        self._cancelled = False
        self.bound = bound

    @property
    def job(self) -> str:
        return self._journal.row.id

    @property
    def cancelled(self) -> bool:
        return not self.bound and (self._cancelled or self._journal.row.cancel)

    def cancel(self) -> None:
        self._cancelled = True

    async def report(self, progress: Progress) -> None:
        await self._journal.progress(progress)

    async def result(self, values: dict[str, Any]) -> None:
        await self._journal.result(values)


class Execution:
    """Runs the steps of one claimed job to an end, or until it must be held.

    ``may_act`` raises ``TakenOver`` if this runner's lease is lost; it is asked before every look
    and action. ``may_go_on`` raises ``Stopping`` too; it is asked between steps. ``settle`` is
    awaited before the job comes to rest. ``again``: seconds until a job is looked at again that is
    held because the world did not answer for ``patience`` seconds.
    """

    def __init__(
        self,
        journal: Journal,
        steps: list[Step],
        *,
        may_act: Callable[[], None],
        may_go_on: Callable[[], None],
        settle: Callable[[], Awaitable[None]],
        hook: Hook,
        patience: float,
        again: float,
    ) -> None:
        self._journal = journal
        self._steps = steps
        self._may_act = may_act
        self._may_go_on = may_go_on
        self._settle = settle
        self._hook = hook
        self._patience = patience
        self._again = again
        self.context = StepContext(journal, bound=self._first() > 0)

    async def run(self) -> None:
        """Raises ``TakenOver`` or ``Stopping`` if the job is left as it is."""
        try:
            if self._journal.row.undoing is None:
                await self._forward()
            if self._journal.row.undoing is not None:
                await self._back(self._journal.row.undoing)
            await self._hook(self._journal.row, "-", "end")
        except Held as held:
            log.warning("job.held", job=self._journal.row.id, why=str(held.why))
            await self._settle()
            await self._journal.hold(held.why, self._again if held.silent else None)

    async def _forward(self) -> None:
        """Ends the job as done, or leaves it turned back."""
        for n, step in enumerate(self._steps):
            if self._journal.states[n] is StepState.DONE:
                continue
            self._may_go_on()
            try:
                await self._hook(self._journal.row, step.name, "before")
                await self._carry_out(n, step)
            except Cancelled:
                await self._journal.turn_back(JobState.CANCELLED, None, None)
                return
            except (Refused, Failed) as error:
                log.info("job.failing", job=self._journal.row.id, step=step.name, error=str(error))
                await self._journal.turn_back(JobState.FAILED, error, n)
                return
            await self._hook(self._journal.row, step.name, "after")
        if self._journal.row.state is not JobState.DONE:  # no step was left to do
            await self._end(JobState.DONE)

    async def _carry_out(self, n: int, step: Step) -> None:
        """Returns once the world says that the step is done, and that is written down."""
        patience = Patience(self._patience, silent=False)
        if self._journal.states[n] is StepState.WAITING:
            self._stop_if_cancelled()
        while await self._look(step) is not Observation.DONE:
            # If it may have acted before, only now is it known that it is not done.
            self._stop_if_cancelled()
            self._may_act()
            if self._journal.states[n] is not StepState.RUNNING:
                await self._journal.begun(n, step.name)
            answer = await self._act(step)
            if answer is Observation.DONE or await self._look(step) is Observation.DONE:
                break
            if not isinstance(answer, Unknown):
                raise Failed(step.name, "it was carried out, but did not take effect")
            await patience.pause(answer)
            self._may_go_on()
        self.context.bound |= step.point_of_no_return
        if n + 1 == len(self._steps):
            await self._end(JobState.DONE, n)
        else:  # what never began need not be taken back
            following = None if self.context.cancelled else self._steps[n + 1].name
            await self._journal.done(n, following)

    async def _end(self, state: JobState, last: int | None = None) -> None:
        await self._settle()
        await self._journal.end(state, last)

    async def _act(self, step: Step) -> Observation | Unknown | None:
        """What the world said to it, ``Unknown`` if no answer came. An error of a step that is done
        all the same is none."""
        try:
            return await named(step, step.act(self.context))
        except Unknown as error:
            return error
        except (Refused, Failed, Cancelled) as error:
            if not await self._done_after_all(step):
                raise
            log.info("step.done_after_all", step=step.name, error=str(error))
            return Observation.DONE

    async def _done_after_all(self, step: Step) -> bool:
        try:
            return await self._look(step) is Observation.DONE
        except (Refused, Failed):
            return False

    async def _look(self, step: Step) -> Observation:
        """What the world says, asked until it answers; raises ``Held`` if it never does."""
        patience = Patience(self._patience, silent=True)
        loop = asyncio.get_running_loop()
        while True:
            self._may_act()
            asked = loop.time()
            try:
                seen = await named(step, step.observe())
                if seen is not Observation.UNKNOWN:
                    return seen
                why = Unknown(step.name, "the servers involved do not agree on what happened")
            except Unknown as error:
                why = error
            await patience.pause(why, loop.time() - asked)
            self._may_go_on()

    def _stop_if_cancelled(self) -> None:
        if self.context.cancelled:
            raise Cancelled

    def _first(self) -> int:
        """The first step that may be taken back."""
        fixed = [
            n + 1
            for n, step in enumerate(self._steps)
            if step.point_of_no_return and self._journal.states[n] is StepState.DONE
        ]
        return max(fixed, default=0)

    async def _back(self, outcome: JobState) -> None:
        for n in reversed(range(self._first(), len(self._steps))):
            if self._journal.states[n] in (StepState.WAITING, StepState.UNDONE):
                continue
            step = self._steps[n]
            self._may_go_on()
            await self._hook(self._journal.row, f"undo:{step.name}", "before")
            await self._undo(step)
            await self._journal.undone(n)
            await self._hook(self._journal.row, f"undo:{step.name}", "after")
        await self._end(outcome)

    async def _undo(self, step: Step) -> None:
        """What cannot be taken back is for an operator to see."""
        patience = Patience(self._patience, silent=True)
        while True:
            self._may_act()
            try:
                await named(step, step.undo())
                return
            except Unknown as error:
                await patience.pause(error)
                self._may_go_on()
            except (Refused, Failed) as error:
                raise Held(error) from error


async def named(step: Step, work: Awaitable[T]) -> T:
    """Await ``work``; what it raises by mistake is a failure of the step."""
    try:
        return await work
    except NO_FAULT:
        raise
    except Exception as error:
        log.exception("step.bug", step=step.name)
        raise Failed(step.name, f"internal error: {type(error).__name__}: {error}") from error
