"""Acceptance: from a request to a durable job with its locks, in one transaction."""

import hashlib
import json
from collections.abc import Callable
from typing import Any, NamedTuple

from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.adapters.rpc.client import Caller
from millpond.domain.errors import Refused
from millpond.domain.job import JobState, Lock, Progress
from millpond.domain.names import new_id
from millpond.manager.jobs.sealing import Seal
from millpond.manager.store import Store, cache, events
from millpond.manager.store import jobs as table
from millpond.manager.store.engine import now
from millpond.manager.store.events import News
from millpond.manager.store.jobs import Holder, JobRow
from millpond.operations.base import Operation
from millpond.ports.world import World

ATTEMPTS = 5
"""Plans made before giving up on an object that others keep changing."""


class TakenOver(Exception):
    """Another runner has this job now, or it ended: whoever meets this stops acting for it."""


class Taker(NamedTuple):
    """A runner that takes the job as soon as it is accepted, and for how many seconds."""

    owner: str
    lease: float


class Submission:
    """One request on its way to become a job."""

    def __init__(
        self,
        store: Store,
        operation: Operation[Any, Any],
        spec: BaseModel,
        user: str,
        key: str | None,
        parent: Caller | None,
        taker: Callable[..., Taker | None],
        seal: Seal,
    ) -> None:
        self._store = store
        self._operation = operation
        self._spec = spec
        self._user = user
        self._key = key
        self._parent = parent
        self._taker = taker
        self._seal = seal
        self.taken = False
        """Whether it was accepted for the taker."""
        self._json = spec.model_dump_json()
        self._hash = hashlib.sha256(f"{operation.kind}\n{self._json}".encode()).hexdigest()

    async def accept(self, world: World) -> JobRow:
        """See ``Jobs.submit``. The plan is made before the locks are held, so it is made again if
        any of the locked objects was in another job's hands meanwhile."""
        for _ in range(ATTEMPTS):
            async with self._store.read() as connection:
                earlier = await self._earlier(connection)
                moment = await table.lock_moment(connection)
                if earlier is None:
                    await self._refuse_if_busy(connection)
            if earlier is not None:
                return earlier
            plan = await self._operation.plan(world, self._spec)
            wanted = self._operation.locks(self._spec, plan)
            steps = [step.name for step in self._operation.steps(world, self._spec, plan)]
            async with self._store.write() as connection:
                await table.alone_with_locks(self._store, connection)
                earlier = await self._earlier(connection)
                if earlier is not None:
                    return earlier
                family = await self._family(connection)
                holder = await table.conflict(connection, wanted, family)
                if holder is not None:
                    raise busy(holder)
                if not await table.stale(connection, wanted, moment):
                    return await self._insert(connection, plan, steps, wanted)
        raise Refused(
            "object.busy",
            self._operation.subject(self._spec, plan),
            "other jobs keep changing it",
            "try again",
        )

    async def _earlier(self, connection: AsyncConnection) -> JobRow | None:
        """The job that this very request made before."""
        if self._key is None:
            return None
        row = await table.find_key(connection, self._user, self._key)
        if row is not None and row.spec_hash != self._hash:
            raise Refused(
                "request.idempotency",
                f"idempotency key {self._key}",
                f"was used for another request (job {row.id})",
                "use a new key for a new request",
            )
        return row

    async def _refuse_if_busy(self, connection: AsyncConnection) -> None:
        """A VM in the middle of a job has no state worth planning with: say so, rather than what
        is wrong with that state."""
        key = getattr(self._spec, "vm", None)
        if key is None:
            return
        held = await table.holders(connection, "vm")
        if held:
            ids = {row.id for row in await cache.vms_named(connection, key)} & set(held)
            family = set(await self._family(connection))
            for id_ in ids:
                if held[id_].job not in family:
                    raise busy(held[id_])

    async def _family(self, connection: AsyncConnection) -> list[str]:
        if self._parent is None:
            return []
        row = await table.get(connection, self._parent.job)
        if row.fence != self._parent.fence or row.ended is not None:
            raise TakenOver
        return await table.family(connection, self._parent.job)

    async def _insert(
        self, connection: AsyncConnection, plan: BaseModel, steps: list[str], wanted: list[Lock]
    ) -> JobRow:
        subject = self._operation.subject(self._spec, plan)
        id_ = new_id()
        values = {
            "id": id_,
            "kind": self._operation.kind,
            "state": JobState.QUEUED.value,
            "subject": subject,
            "subject_name": await _name(connection, subject, self._spec),
            "user": self._user,
            "parent": self._parent.job if self._parent else None,
            "key": self._key,
            "spec_hash": self._hash,
            "spec": self._seal.close(self._json),
            "plan": plan.model_dump_json(),
            "progress": Progress().model_dump_json(),
            "result": "{}",
            "cancel": False,
            "created": now(),
            "fence": 0,
        }
        taker = self._taker(child=self._parent is not None)
        if taker is not None:
            values |= table.taken(self._store, *taker, steps[0] if steps else None)
        row = await table.accept(connection, values, steps, wanted)
        await announce(self._store, connection, row)
        self.taken = taker is not None
        return row


def busy(holder: Holder) -> Refused:
    """The refusal that names the job in the way."""
    return Refused(
        "object.busy",
        holder.object.replace(":", " ", 1),
        f"job {holder.job} ({holder.kind}) holds it",
        f"wait for it: millpond job wait {holder.job}",
        {"job": holder.job, "kind": holder.kind},
    )


async def announce(store: Store, connection: AsyncConnection, row: JobRow) -> None:
    """Append the event that says how the job is now."""
    await events.append(store, connection, [News("job", f"job:{row.id}", news_of(row))])


def news_of(row: JobRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state.value,
        "subject": row.subject,
        "subject_name": row.subject_name,
        "user": row.user,
        "parent": row.parent,
        "step": row.step,
        "progress": json.loads(row.progress),
        "error": json.loads(row.held or row.error or "null"),
    }


async def _name(connection: AsyncConnection, subject: str, spec: BaseModel) -> str:
    """What people call the subject, as far as is known; else its id."""
    kind, _, id_ = subject.partition(":")
    known = await cache.name_of(connection, kind, id_)
    if known is None:
        known = getattr(spec, "name", None) or getattr(spec, kind, None)
    return known if isinstance(known, str) else id_
