"""The door to jobs: submit, look, wait, cancel, resume."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

import structlog
from pydantic import BaseModel

from millpond.adapters.rpc.client import Caller
from millpond.domain.errors import Refused
from millpond.domain.job import ENDED, JobState
from millpond.manager.events import Events
from millpond.manager.jobs.runner import Runner
from millpond.manager.jobs.settings import JobSettings
from millpond.manager.jobs.submit import Submission, announce
from millpond.manager.store import Store
from millpond.manager.store import jobs as table
from millpond.manager.store.engine import now
from millpond.manager.store.jobs import JobFilter, JobRow, StepRow
from millpond.manager.wake import Wakes, sleep_unless
from millpond.operations.base import Operation
from millpond.ports.world import World

log = structlog.get_logger(__name__)

LOOK_SECONDS = 5.0


StepLists = dict[str, list[StepRow]]


class Jobs:
    """``worlds`` makes the world of a job (its calls carry the job's id and fence), or the world
    outside of any job for None. ``settle`` is awaited before a job comes to rest, so that whoever
    waits for it can read what it did."""

    def __init__(
        self,
        store: Store,
        events: Events,
        wakes: Wakes,
        operations: Mapping[str, Operation[Any, Any]],
        worlds: Callable[["Jobs", JobRow | None], World],
        settle: Callable[[], Awaitable[None]],
        settings: JobSettings,
    ) -> None:
        self._store = store
        self._events = events
        self._wakes = wakes
        self._worlds = worlds
        self._seal = settings.seal
        self.operations = operations
        self._runner = Runner(
            store, events, wakes, operations, self.world, settle, self.resume, settings
        )

    def world(self, job: JobRow | None = None) -> World:
        return self._worlds(self, job)

    async def start(self) -> None:
        """Take up all unfinished jobs, and from now on those that come. On SQLite the caller has
        made sure (by a lock on the state directory) that no other manager is alive."""
        await self._runner.start()

    async def stop(self, patience: float = 5.0) -> None:
        """Take no more jobs; give running ones ``patience`` seconds to reach the end of their
        step. Whatever is unfinished is resumed by the next start, or by another manager."""
        await self._runner.stop(patience)

    async def submit(
        self,
        kind: str,
        spec: BaseModel,
        *,
        user: str,
        key: str | None = None,
        parent: Caller | None = None,
    ) -> JobRow:
        """Check, plan and accept a request; it is durable when this returns.

        The same user, ``key`` and spec give the same job, whatever became of it. ``parent`` is the
        running job on whose behalf this one runs: the child may use its locks.
        Raises what ``Operation.plan`` raises, and ``Refused``: ``object.busy`` (naming the job
        that holds a lock), ``request.idempotency`` (key used for something else).
        """
        submission = Submission(
            self._store,
            self.operations[kind],
            spec,
            user,
            key,
            parent,
            self._runner.taker,
            self._seal,
        )
        row = await submission.accept(self.world())
        self._events.announce()
        if submission.taken:
            self._runner.take(row)
        else:
            self._wakes.send("jobs")
        return row

    async def dry_run(self, kind: str, spec: BaseModel) -> BaseModel:
        """The plan that ``submit`` would make; nothing is changed."""
        plan: BaseModel = await self.operations[kind].plan(self.world(), spec)
        return plan

    async def get(self, id_: str) -> JobRow:
        """Raises ``Refused(request.not_found)``."""
        async with self._store.read() as connection:
            return await table.get(connection, id_)

    async def list(
        self, which: JobFilter | None = None, limit: int = 100, after: int | None = None
    ) -> Sequence[JobRow]:
        """Newest first; ``after`` is the ``seq`` of the last one seen."""
        async with self._store.read() as connection:
            return await table.list_jobs(connection, which, limit, after)

    async def steps(self, ids: Sequence[str]) -> StepLists:
        async with self._store.read() as connection:
            return await table.steps(connection, ids)

    async def wait(self, id_: str, timeout: float | None = None) -> JobRow:
        """The job once it has ended or is held; or as it is after ``timeout`` seconds."""
        loop = asyncio.get_running_loop()
        deadline = None if timeout is None else loop.time() + timeout
        woken = asyncio.Event()

        def wake(_: str) -> None:
            woken.set()

        self._wakes.listen("ended", wake)
        try:
            while True:
                woken.clear()
                row = await self.get(id_)
                left = LOOK_SECONDS if deadline is None else deadline - loop.time()
                if row.ended is not None or row.state is JobState.HELD or left <= 0:
                    return row
                await sleep_unless(woken, min(left, LOOK_SECONDS))
        finally:
            self._wakes.unlisten("ended", wake)

    async def cancel(self, id_: str) -> JobRow:
        """Ask for the job to be taken back. One that has not begun is cancelled at once; a held
        one tries to undo its steps, and if that was tried already it is given up as it stands.
        Past its point of no return a job completes instead. Raises ``Refused(job.finished)``."""
        async with self._store.write() as connection:
            await table.alone_with_locks(self._store, connection)
            row = await table.get(connection, id_, for_update=True)
            _check_unfinished(row)
            values: dict[str, Any] = {"cancel": True}
            given_up = row.state is JobState.HELD and (row.cancel or row.undoing is not None)
            if given_up or row.started is None:
                values |= {"state": JobState.CANCELLED.value, "ended": now(), "held": None}
                await table.release(self._store, connection, id_)
            elif row.state is JobState.HELD:
                values |= table.QUEUED_AGAIN
            row = await table.change(connection, id_, **values) or row
            await announce(self._store, connection, row)
        self._wake_all(row)
        return row

    async def resume(self, id_: str) -> JobRow:
        """A held job looks at the world again and goes on. Raises ``Refused``: ``job.finished``,
        ``object.busy`` if it is not held."""
        async with self._store.write() as connection:
            row = await table.get(connection, id_, for_update=True)
            _check_unfinished(row)
            if row.state is not JobState.HELD:
                raise Refused(
                    "object.busy", f"job {id_}", f"it is {row.state.value}, not held", "wait for it"
                )
            row = await table.change(connection, id_, **table.QUEUED_AGAIN) or row
            await announce(self._store, connection, row)
        self._wake_all(row)
        return row

    def _wake_all(self, row: JobRow) -> None:
        self._events.announce()
        self._wakes.send("ended" if row.state in ENDED else "jobs")


def _check_unfinished(row: JobRow) -> None:
    if row.ended is not None:
        raise Refused(
            "job.finished", f"job {row.id}", f"it is {row.state.value}", "there is nothing to do"
        )
