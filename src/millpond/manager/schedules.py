"""Makes the snapshots and backups that schedules ask for, when their time has come, and deletes those
that they do not keep.

Each is a job like any other, asked for under an idempotency key that names VM, schedule and time: of two
managers, or of one before and after its restart, only one has it made. A manager that was off makes the
last missed one up. What cannot be made is tried again until the next time has come, if it was not
accepted; a job that failed is not repeated. Either is told once, as an event, and counted.
"""

import asyncio
import json

import structlog
from pydantic import BaseModel
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.job import JobState
from millpond.domain.schedules import missing, snapshot_name, surplus
from millpond.domain.vm import Model, Schedule, VmDocument
from millpond.manager.events import Events
from millpond.manager.jobs import Jobs
from millpond.manager.metrics import Metrics
from millpond.manager.store import Store
from millpond.manager.store import events as log_of_events
from millpond.manager.store import jobs as job_table
from millpond.manager.store.engine import now
from millpond.manager.store.tables import vms
from millpond.manager.wake import Wakes, sleep_unless
from millpond.operations.schedules import ScheduleRunSpec
from millpond.operations.snapshots import SnapshotSpec

log = structlog.get_logger(__name__)

USER = "millpond"
"""In whose name the jobs are."""
LOOK_SECONDS = 10.0
PAUSE_SECONDS = 1.0
"""Between two looks, however many jobs end."""
RETRY_SECONDS = 3600.0
"""A deletion that failed is asked for again after that long."""
REMEMBERED = 1000
"""Events that are read back when the manager starts."""
KIND = "schedule"
_FAILED = (JobState.FAILED, JobState.HELD)


class Failure(Model):
    """Why a schedule's last snapshot or backup was not made, or one was not deleted. ``job`` is the one
    that failed, None if none was accepted."""

    error: str
    job: str | None = None


class Schedules:
    """``failures`` are those of now, by VM (id) and schedule."""

    def __init__(
        self, store: Store, jobs: Jobs, feed: Events, wakes: Wakes, metrics: Metrics
    ) -> None:
        self._store = store
        self._jobs = jobs
        self._feed = feed
        self._wakes = wakes
        self._metrics = metrics
        self._woken = asyncio.Event()
        self.failures: dict[tuple[str, str], Failure] = {}

    async def run(self) -> None:
        """Until cancelled. A job that ends may be what another one waited for."""

        def wake(_: str) -> None:
            self._woken.set()

        self._wakes.listen("ended", wake)
        recalled = False
        try:
            while True:
                self._woken.clear()
                try:
                    if not recalled:
                        await self._recall()
                        recalled = True
                    await self.turn()
                except SQLAlchemyError as error:
                    log.error("schedules.database", error=str(error))
                except Exception:
                    log.exception("schedules.fault")
                await asyncio.sleep(PAUSE_SECONDS)
                await sleep_unless(self._woken, LOOK_SECONDS)
        finally:
            self._wakes.unlisten("ended", wake)

    async def turn(self) -> None:
        """Look at every VM that has schedules, as it is known, once. Raises SQLAlchemyError."""
        async with self._store.read() as connection:
            having = select(vms.c.document).where(vms.c.document.contains('"schedules":[{'))
            found = list((await connection.execute(having)).scalars())
        documents = [VmDocument.model_validate_json(text) for text in found]
        seen: set[tuple[str, str]] = set()
        for document in documents:
            for schedule in document.schedules:
                seen.add((document.config.id, schedule.name))
                if not document.creating:
                    await self._look(document, schedule)
        self.failures = {key: why for key, why in self.failures.items() if key in seen}
        self._metrics.schedules(len(self.failures))

    async def _look(self, document: VmDocument, schedule: Schedule) -> None:
        try:
            failure = await self._drop(document, schedule) or await self._make(document, schedule)
        except Refused as refused:
            if refused.code == "object.busy":
                return  # in the next turn, or in the one after
            failure = Failure(error=f"{refused}; {refused.fix}")
        except MillpondError as error:
            failure = Failure(error=str(error))
        await self._tell(document, schedule, failure)

    async def _make(self, document: VmDocument, schedule: Schedule) -> Failure | None:
        due = missing(document, schedule, now())
        if due is None:
            return None
        vm = document.config.id
        spec = ScheduleRunSpec(vm=vm, schedule=schedule.name, due=due)
        what = "backup/" if schedule.backup else ""
        key = f"schedule/{vm}/{what}{snapshot_name(schedule, due)}"
        return await self._once("schedule.run", spec, key)

    async def _drop(self, document: VmDocument, schedule: Schedule) -> Failure | None:
        """One after the other: each holds the VM."""
        for snapshot in surplus(document, schedule)[:1]:
            vm, since = document.config.id, int(now() // RETRY_SECONDS)
            spec = SnapshotSpec(vm=vm, snapshot=snapshot.name)
            key = f"schedule/{vm}/{snapshot.name}/{snapshot.created}/delete/{since}"
            return await self._once("snapshot.delete", spec, key)
        return None

    async def _once(self, kind: str, spec: BaseModel, key: str) -> Failure | None:
        """Ask for the job, if that was not done under this key; then what became of it."""
        async with self._store.read() as connection:
            row = await job_table.find_key(connection, USER, key)
        if row is None:
            row = await self._jobs.submit(kind, spec, user=USER, key=key)
        if row.state not in _FAILED:
            return None
        why = json.loads(row.error or row.held or "{}")
        return Failure(error=str(why.get("message") or why.get("cause")), job=row.id)

    async def _tell(
        self, document: VmDocument, schedule: Schedule, failure: Failure | None
    ) -> None:
        """An event when it fails, and when it fails no more."""
        vm = document.config.id
        if self.failures.get((vm, schedule.name)) == failure:
            return
        if failure is None:
            del self.failures[vm, schedule.name]
        else:
            self.failures[vm, schedule.name] = failure
            log.warning("schedule.failed", vm=document.config.name, schedule=schedule.name)
        told = {
            "vm": document.config.name,
            "schedule": schedule.name,
            "failure": failure and failure.model_dump(),
            "what": f"schedule {schedule.name} of {document.config.name}: "
            + (failure.error if failure else "works again"),
        }
        await self._feed.publish(KIND, f"vm:{vm}", told)

    async def _recall(self) -> None:
        """What a manager before this one told and did not take back."""
        async with self._store.read() as connection:
            last = await log_of_events.latest(connection, REMEMBERED, kind=KIND)
        for event in reversed(last):
            told = json.loads(event.data)
            key = (event.subject.removeprefix("vm:"), str(told["schedule"]))
            self.failures.pop(key, None)
            if told["failure"] is not None:
                self.failures[key] = Failure(**told["failure"])
