"""Claims jobs and keeps them alive: leases, slots, cancellations, a graceful stop."""

import asyncio
import os
import socket
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any
from uuid import uuid4

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from millpond.domain.errors import Failed
from millpond.manager.events import Events
from millpond.manager.jobs.execution import Execution, Held, Stopping
from millpond.manager.jobs.hook import command_hook, no_hook
from millpond.manager.jobs.journal import Journal
from millpond.manager.jobs.revisit import Revisit
from millpond.manager.jobs.settings import JobSettings
from millpond.manager.jobs.submit import TakenOver, Taker
from millpond.manager.store import Store
from millpond.manager.store import jobs as table
from millpond.manager.store.jobs import JobRow
from millpond.manager.wake import Wakes, sleep_unless
from millpond.operations.base import Operation, Step
from millpond.ports.world import World

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0


class Runner:
    """``worlds`` makes the world of a claimed job; ``settle`` is awaited before it comes to rest,
    ``resume`` makes a held one go on."""

    def __init__(
        self,
        store: Store,
        events: Events,
        wakes: Wakes,
        operations: Mapping[str, Operation[Any, Any]],
        worlds: Callable[[JobRow], World],
        settle: Callable[[], Awaitable[None]],
        resume: Callable[[str], Awaitable[object]],
        settings: JobSettings,
    ) -> None:
        self._store = store
        self._events = events
        self._wakes = wakes
        self._operations = operations
        self._worlds = worlds
        self._settle = settle
        self._settings = settings
        self._hook = command_hook(settings.fault_hook) if settings.fault_hook else no_hook
        self._owner = f"{socket.gethostname()[:20]}:{os.getpid()}:{uuid4().hex[:12]}"
        self._woken = asyncio.Event()
        self._more = False  # to claim, when a task has ended
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._children: set[str] = set()
        self._executions: dict[str, Execution] = {}
        self._renewed = 0.0
        self._stopping = False
        self._loops: list[asyncio.Task[None]] = []
        self._revisit = Revisit(store, self._steps, resume, settings.look_again)

    async def start(self) -> None:
        if self._store.is_sqlite:
            async with self._store.write() as connection:
                await table.abandon(connection)
        self._renewed = _boot_time()
        self._wakes.listen("jobs", self._wake)
        self._loops = [
            asyncio.create_task(self._forever(self._claim), name="claim jobs"),
            asyncio.create_task(self._forever(self._keep), name="renew leases"),
            asyncio.create_task(self._forever(self._revisit.turn), name="look at held jobs"),
        ]

    async def stop(self, patience: float) -> None:
        self._stopping = True
        self._wakes.unlisten("jobs", self._wake)
        for loop in self._loops[:1]:  # claims no more; leases are renewed to the end
            loop.cancel()
        tasks = list(self._tasks.values())
        if tasks:
            await asyncio.wait(tasks, timeout=patience)
        for task in (*tasks, *self._loops):
            task.cancel()
        await asyncio.gather(*tasks, *self._loops, return_exceptions=True)
        with suppress(SQLAlchemyError):
            async with self._store.write() as connection:
                await table.abandon(connection, self._owner)

    def taker(self, *, child: bool) -> Taker | None:
        """Ourselves, if there is room for a job that is just being accepted: it is then given to
        ``take``. None: let it queue."""
        full = self._more or self._room() <= 0
        if self._stopping or not self._loops or (full and not child):
            return None
        return Taker(self._owner, self._settings.lease_seconds)

    def _room(self) -> int:
        """For how many more jobs that have no parent."""
        return self._settings.max_jobs - (len(self._tasks) - len(self._children))

    def _wake(self, _topic: str) -> None:
        self._woken.set()

    async def _forever(self, turn: Callable[[], Any]) -> None:
        """Repeat; a database that does not answer now may do so later."""
        while True:
            try:
                await turn()
            except (SQLAlchemyError, OSError) as error:
                log.error("runner.database", error=str(error))
                await asyncio.sleep(RETRY_SECONDS)

    async def _claim(self) -> None:
        """Take what there is room for, then sleep until woken, or until a lease may have ended."""
        self._woken.clear()
        room = self._room()
        async with self._store.write() as connection:
            claimed = await table.claim(
                self._store, connection, self._owner, self._settings.lease_seconds, room
            )
        for row in claimed:
            await self._begin(row)
        await self._notice_cancelled()
        self._more = len(claimed) >= room
        if not claimed or not self._more:
            await sleep_unless(self._woken, self._settings.lease_seconds / 3)

    async def _begin(self, row: JobRow) -> None:
        former = self._tasks.get(row.id)
        if former is not None:  # our own lease ran out while we were not looking
            former.cancel()
            await asyncio.gather(former, return_exceptions=True)
        self.take(row)

    def take(self, row: JobRow) -> None:
        """Run a job that is ours now. One that comes too late is given back by ``stop``."""
        if self._stopping:
            return
        if row.parent is not None:
            self._children.add(row.id)
        task = asyncio.create_task(self._work(row), name=f"job {row.id}")
        self._tasks[row.id] = task

        def forget(done: asyncio.Task[None]) -> None:
            if self._tasks.get(row.id) is done:
                del self._tasks[row.id]
                self._children.discard(row.id)
                self._executions.pop(row.id, None)
            if self._more:
                self._woken.set()

        task.add_done_callback(forget)

    async def _keep(self) -> None:
        """Prolong the leases; stop at once what another runner has taken."""
        await asyncio.sleep(self._settings.lease_seconds / 3)
        asked = _boot_time()
        ids = list(self._tasks)
        if ids:
            async with self._store.write() as connection:
                kept = await table.renew(
                    self._store, connection, self._owner, self._settings.lease_seconds, ids
                )
            for id_ in set(ids) - kept:
                if task := self._tasks.get(id_):
                    await self._stop_unless_resting(id_, task)
        self._renewed = asked
        await self._notice_cancelled()

    async def _stop_unless_resting(self, id_: str, task: "asyncio.Task[None]") -> None:
        """A job that has just ended or was held is not ours either; let its task finish."""
        async with self._store.read() as connection:
            row = await table.find(connection, id_)
        if row is not None and row.lease_owner not in (None, self._owner):
            log.warning("job.taken_over", job=id_)
            task.cancel()

    async def _notice_cancelled(self) -> None:
        waiting = [i for i, e in self._executions.items() if not e.context.cancelled]
        if waiting:
            async with self._store.read() as connection:
                for id_ in await table.cancelled(connection, waiting):
                    if execution := self._executions.get(id_):
                        execution.context.cancel()

    def _may_act(self) -> None:
        """Raises ``TakenOver`` unless the leases are fresh. The clock is one that also counts the
        time a machine sleeps (clock_gettime(2)). On SQLite there is nobody to take over."""
        alone = self._store.is_sqlite
        if not alone and _boot_time() > self._renewed + self._settings.lease_seconds:
            raise TakenOver

    def _may_go_on(self) -> None:
        if self._stopping:
            raise Stopping
        self._may_act()

    async def _work(self, row: JobRow) -> None:
        with structlog.contextvars.bound_contextvars(job=row.id, kind=row.kind):
            log.info("job.begin", fence=row.fence, subject=row.subject)
            try:
                await self._execute(row)
            except (TakenOver, Stopping) as error:
                log.info("job.left", why=type(error).__name__)
            except Exception:
                # Such as a full disk under the database: nothing is lost, another turn will come.
                log.exception("job.interrupted")
                await self._give_back(row)
            self._wakes.send("ended")

    async def _execute(self, row: JobRow) -> None:
        async with self._store.read() as connection:
            found = (await table.steps(connection, [row.id]))[row.id]
        journal = Journal(self._store, self._events, row, [step.state for step in found])
        try:
            steps = self._steps(row, [step.name for step in found])
        except Held as held:
            await journal.hold(held.why)
            return
        execution = Execution(
            journal,
            steps,
            may_act=self._may_act,
            may_go_on=self._may_go_on,
            settle=self._settle,
            hook=self._hook,
            patience=self._settings.unknown_patience,
            again=self._settings.look_again,
        )
        self._executions[row.id] = execution
        await execution.run()
        log.info("job.end", state=journal.row.state.value)

    def _steps(self, row: JobRow, names: list[str]) -> list[Step]:
        """The steps that were accepted; after an upgrade they may not be what they were."""
        try:
            operation = self._operations[row.kind]
            spec = operation.spec_type.model_validate_json(self._settings.seal.open(row.spec))
            plan = operation.plan_type.model_validate_json(row.plan)
            steps = operation.steps(self._worlds(row), spec, plan)
        except Failed as error:
            raise Held(error) from error
        except (KeyError, ValidationError) as error:
            raise Held(Failed("resume", "this version cannot read the job; cancel it")) from error
        if [step.name for step in steps] != names:
            raise Held(Failed("resume", "this version has other steps for the job; cancel it"))
        return steps

    async def _give_back(self, row: JobRow) -> None:
        await asyncio.sleep(RETRY_SECONDS)
        with suppress(SQLAlchemyError):
            async with self._store.write() as connection:
                await table.change(
                    connection, row.id, row.fence, lease_owner=None, lease_until=None
                )
            self._more = True


def _boot_time() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)
