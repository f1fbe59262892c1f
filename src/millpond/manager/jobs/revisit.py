"""Held jobs whose servers did not answer are looked at again, and go on once they do."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.job import Observation, StepState
from millpond.manager.jobs.execution import Held, named
from millpond.manager.store import Store
from millpond.manager.store import jobs as table
from millpond.manager.store.jobs import JobRow, StepRow
from millpond.operations.base import Step

log = structlog.get_logger(__name__)

NEVER_BEGAN = frozenset({StepState.WAITING, StepState.UNDONE})


class Revisit:
    """``steps`` makes the steps of a job, ``resume`` makes it go on. Several managers share the
    work: each look is one manager's."""

    def __init__(
        self,
        store: Store,
        steps: Callable[[JobRow, list[str]], list[Step]],
        resume: Callable[[str], Awaitable[object]],
        pause: float,
    ) -> None:
        self._store = store
        self._steps = steps
        self._resume = resume
        self._pause = pause

    async def turn(self) -> None:
        await asyncio.sleep(self._pause / 2)
        async with self._store.write() as connection:
            rows = await table.due(self._store, connection, self._pause)
            steps = await table.steps(connection, [row.id for row in rows])
        await asyncio.gather(*(self._look(row, steps[row.id]) for row in rows))

    async def _look(self, row: JobRow, found: list[StepRow]) -> None:
        if await self._answers(row, found):
            log.info("job.answered", job=row.id)
            with suppress(Refused):  # somebody was faster
                await self._resume(row.id)

    async def _answers(self, row: JobRow, found: list[StepRow]) -> bool:
        """Whether the world says how the step stands at which the job rests."""
        try:
            steps = self._steps(row, [step.name for step in found])
            n = _resting(row, [step.state for step in found])
            seen = await named(steps[n], steps[n].observe())
        except (Unknown, Held):
            return False
        except (Refused, Failed):
            return True
        return seen is not Observation.UNKNOWN


def _resting(row: JobRow, states: list[StepState]) -> int:
    """Forward: the first step that is not done; back: the last that is to be taken back."""
    if row.undoing is None:
        return next(n for n, state in enumerate(states) if state is not StepState.DONE)
    return max(n for n, state in enumerate(states) if state not in NEVER_BEGAN)
