"""What one running job writes down: every transition before and after it happens.

All writes are conditional on the job's fence: once another runner has taken the job over they do
nothing but raise ``TakenOver``. Transactions take what they need in one order, here and in the
other modules (the turn for locks, the job's row, the turn for events), so that none waits for
another in a circle.
"""

import asyncio
import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.adapters.rpc.errors import to_json
from millpond.domain.errors import MillpondError
from millpond.domain.job import JobState, Progress, StepState
from millpond.manager.events import Events
from millpond.manager.jobs.submit import TakenOver, announce
from millpond.manager.store import Store
from millpond.manager.store import jobs as table
from millpond.manager.store.engine import now
from millpond.manager.store.jobs import JobRow

PROGRESS_SECONDS = 1.0
"""Progress is written at most this often."""


class Journal:
    """``states`` are the steps' states, as written."""

    def __init__(self, store: Store, events: Events, row: JobRow, states: list[StepState]) -> None:
        self._store = store
        self._events = events
        self.row = row
        self.states = states
        self._cancel = row.cancel
        self._progress = row.progress
        self._result: dict[str, Any] = json.loads(row.result)
        self._written = 0.0

    async def begun(self, n: int, name: str) -> None:
        """Step ``n`` may act from now on."""
        self._progress = Progress().model_dump_json()
        await self._steps({n: StepState.RUNNING}, step=name)

    async def done(self, n: int, following: str | None) -> None:
        """The world says that step ``n`` is done. In the same transaction the next one, of that
        name, begins: a commit waits for the disk, and jobs have many steps."""
        if following is None:
            await self._steps({n: StepState.DONE})
            return
        self._progress = Progress().model_dump_json()
        await self._steps({n: StepState.DONE, n + 1: StepState.RUNNING}, step=following)

    async def undone(self, n: int) -> None:
        await self._steps({n: StepState.UNDONE})

    async def turn_back(
        self, outcome: JobState, error: MillpondError | None, n: int | None
    ) -> None:
        """From now on, whatever happens, steps are taken back; then the job is ``outcome``. Step
        ``n`` is where it failed."""
        async with self._store.write() as connection:
            why = None if error is None else json.dumps(to_json(error))
            if n is not None and why is not None:
                await table.fail_step(connection, self.row.id, n, why)
                self.states[n] = StepState.FAILED
            await self._change(connection, undoing=outcome.value, error=why)
        self._events.announce()

    async def end(self, state: JobState, last: int | None = None) -> None:
        """The job is over: its locks are free in the same moment. ``last`` is the step that is done
        with it."""
        async with self._store.write() as connection:
            await table.release(self._store, connection, self.row.id)
            if last is not None:
                await self._set(connection, {last: StepState.DONE})
            await self._change(
                connection,
                state=state.value,
                ended=now(),
                step=None,
                undoing=None,
                lease_owner=None,
                lease_until=None,
            )
        self._events.announce()

    async def hold(self, why: MillpondError, again: float | None = None) -> None:
        """An operator must decide, or it is looked at again in so many seconds; the locks stay.
        Their word outranks a cancellation that came while the job ran: only one that this very run
        tried, in vain, counts as tried."""
        async with self._store.write() as connection:
            asked = (await table.get(connection, self.row.id, for_update=True)).cancel
            untried = asked and not self._cancel and self.row.undoing is None
            await self._change(
                connection,
                state=JobState.HELD.value,
                held=json.dumps(to_json(why)),
                cancel=self._cancel,
                lease_owner=None,
                lease_until=None if again is None or untried else self._store.clock() + again,
            )
        self._events.announce()

    async def progress(self, progress: Progress) -> None:
        """Remember it; write it if the last time is a second ago."""
        self._progress = progress.model_dump_json()
        if asyncio.get_running_loop().time() - self._written >= PROGRESS_SECONDS:
            async with self._store.write() as connection:
                await self._change(connection)
            self._events.announce()

    async def result(self, values: dict[str, Any]) -> None:
        self._result |= values
        async with self._store.write() as connection:
            await self._change(connection)
        self._events.announce()

    async def _steps(self, states: dict[int, StepState], **values: Any) -> None:
        async with self._store.write() as connection:
            await self._set(connection, states)
            await self._change(connection, **values)
        self._events.announce()

    async def _set(self, connection: AsyncConnection, states: dict[int, StepState]) -> None:
        await table.set_steps(connection, self.row.id, states)
        for n, state in states.items():
            self.states[n] = state

    async def _change(self, connection: AsyncConnection, **values: Any) -> None:
        """Write ``values`` and what is known of progress and result, with the event that tells."""
        values |= {"progress": self._progress, "result": json.dumps(self._result)}
        row = await table.change(connection, self.row.id, self.row.fence, **values)
        if row is None:
            raise TakenOver
        self.row = row
        self._written = asyncio.get_running_loop().time()
        await announce(self._store, connection, self.row)
