"""Jobs, their steps and their locks, as they lie in the database."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    and_,
    bindparam,
    delete,
    func,
    insert,
    null,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.errors import not_found
from millpond.domain.job import ENDED, JobState, Lock, Mode, StepState
from millpond.manager.store.engine import Store
from millpond.manager.store.tables import job_steps, jobs, locks

_LOCKS = 7_110_003


@dataclass(frozen=True)
class JobRow:
    """``spec``, ``plan``, ``progress``, ``result``, ``error`` (why it fails) and ``held`` (why it
    waits for an operator) are JSON text. ``undoing`` is the state the job will end in once its
    steps are taken back. ``lease_until`` of a held job is when it is looked at again. The secrets of ``spec`` are
    sealed (``manager.jobs.sealing``): show ``masked(row.spec)`` to people."""

    seq: int
    id: str
    kind: str
    state: JobState
    subject: str
    subject_name: str
    user: str
    parent: str | None
    key: str | None
    spec_hash: str
    spec: str
    plan: str
    step: str | None
    progress: str
    result: str
    error: str | None
    held: str | None
    cancel: bool
    undoing: JobState | None
    created: float
    started: float | None
    ended: float | None
    lease_owner: str | None
    lease_until: float | None
    fence: int


@dataclass(frozen=True)
class StepRow:
    """``error`` is JSON text."""

    n: int
    name: str
    state: StepState
    error: str | None


@dataclass(frozen=True)
class Holder:
    """The unfinished job that holds a lock on ``object``."""

    object: str
    job: str
    kind: str


@dataclass(frozen=True)
class JobFilter:
    """Which jobs to list; None = all."""

    state: JobState | None = None
    subject: str | None = None
    kind: str | None = None
    user: str | None = None
    parent: str | None = None


SECRET_FIELDS = ("password", "password_hash", "secret", "token", "user_data")


def masked(spec: str) -> dict[str, Any]:
    """The spec with what must not be shown replaced by ``***``, at any depth."""

    def mask(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: "***" if k in SECRET_FIELDS else mask(v) for k, v in value.items()}
        return [mask(v) for v in value] if isinstance(value, list) else value

    return dict(mask(json.loads(spec)))


async def find(connection: AsyncConnection, id_: str, *, for_update: bool = False) -> JobRow | None:
    query = select(jobs).where(jobs.c.id == id_)
    row = (await connection.execute(query.with_for_update() if for_update else query)).first()
    return _job(row._mapping) if row else None


async def get(connection: AsyncConnection, id_: str, *, for_update: bool = False) -> JobRow:
    """Raises ``Refused(request.not_found)``. ``for_update`` keeps others from changing it until
    the transaction ends."""
    row = await find(connection, id_, for_update=for_update)
    if row is None:
        raise not_found("job", id_)
    return row


async def find_key(connection: AsyncConnection, user: str, key: str) -> JobRow | None:
    """The job that was accepted under the idempotency key."""
    query = select(jobs).where(jobs.c.user == user, jobs.c.key == key)
    row = (await connection.execute(query)).first()
    return _job(row._mapping) if row else None


async def list_jobs(
    connection: AsyncConnection,
    which: JobFilter | None = None,
    limit: int = 100,
    after: int | None = None,
) -> list[JobRow]:
    """Newest first; those older than ``seq`` number ``after``."""
    query = select(jobs)
    for name, value in (which or JobFilter()).__dict__.items():
        if value is not None:
            query = query.where(jobs.c[name] == str(value))
    if after is not None:
        query = query.where(jobs.c.seq < after)
    rows = await connection.execute(query.order_by(jobs.c.seq.desc()).limit(limit))
    return [_job(row._mapping) for row in rows]


async def steps(connection: AsyncConnection, ids: Sequence[str]) -> dict[str, list[StepRow]]:
    """The steps of each job, in their order."""
    found: dict[str, list[StepRow]] = {id_: [] for id_ in ids}
    query = select(job_steps).where(job_steps.c.job.in_(ids))
    for row in await connection.execute(query.order_by(job_steps.c.job, job_steps.c.n)):
        found[row.job].append(StepRow(row.n, row.name, StepState(row.state), row.error))
    return found


async def holders(connection: AsyncConnection, kind: str) -> dict[str, Holder]:
    """Who holds each object of a kind (such as ``vm``) alone, by the object's id. Of a parent and
    its child it is the parent."""
    query = (
        select(locks.c.object, jobs.c.id, jobs.c.kind)
        .join(jobs, jobs.c.id == locks.c.job)
        .where(
            locks.c.released.is_(None),
            locks.c.mode == Mode.EXCLUSIVE.value,
            locks.c.object.startswith(f"{kind}:"),
        )
        .order_by(jobs.c.seq.desc())
    )
    rows = await connection.execute(query)
    return {row.object.partition(":")[2]: Holder(row.object, row.id, row.kind) for row in rows}


async def counts(connection: AsyncConnection) -> dict[JobState, int]:
    """How many jobs are in each state that is not an end."""
    query = select(jobs.c.state, func.count()).where(jobs.c.ended.is_(None))
    return {
        JobState(state): n for state, n in await connection.execute(query.group_by(jobs.c.state))
    }


# Locks


async def lock_moment(connection: AsyncConnection) -> int:
    """The number of the newest release of a lock. A plan made after it and accepted with
    ``conflict(..., since=it)`` saw the world as all earlier jobs left it."""
    newest = select(func.coalesce(func.max(locks.c.released), 0))
    return int((await connection.execute(newest)).scalar_one())


async def alone_with_locks(store: Store, connection: AsyncConnection) -> None:
    """Until the transaction ends nobody else takes or releases locks."""
    await store.serialize(connection, _LOCKS)


async def family(connection: AsyncConnection, parent: str | None) -> list[str]:
    """The job ``parent`` and its ancestors."""
    found: list[str] = []
    while parent is not None:
        found.append(parent)
        query = select(jobs.c.parent).where(jobs.c.id == parent)
        parent = (await connection.execute(query)).scalar_one_or_none()
    return found


async def conflict(
    connection: AsyncConnection, wanted: list[Lock], family_: list[str]
) -> Holder | None:
    """A job outside the family that holds what is wanted."""
    return await _clash(connection, wanted, family_, since=None)


async def stale(connection: AsyncConnection, wanted: list[Lock], since: int) -> bool:
    """Whether what is wanted was held, and released, after moment ``since``: a plan made then may
    be wrong."""
    return await _clash(connection, wanted, [], since) is not None


async def _clash(
    connection: AsyncConnection, wanted: list[Lock], family_: list[str], since: int | None
) -> Holder | None:
    when = locks.c.released.is_(None) if since is None else locks.c.released > since
    alone = [lock.object for lock in wanted if lock.mode is Mode.EXCLUSIVE]
    shared = [lock.object for lock in wanted if lock.mode is Mode.SHARED]
    query = (
        select(locks.c.object, jobs.c.id, jobs.c.kind)
        .join(jobs, jobs.c.id == locks.c.job)
        .where(
            when,
            or_(
                locks.c.object.in_(alone),
                and_(locks.c.object.in_(shared), locks.c.mode == Mode.EXCLUSIVE.value),
            ),
        )
    )
    if family_:
        query = query.where(jobs.c.id.not_in(family_))
    row = (await connection.execute(query.order_by(jobs.c.seq).limit(1))).first()
    return None if row is None else Holder(row.object, row.id, row.kind)


async def release(store: Store, connection: AsyncConnection, id_: str) -> None:
    """Let go of all locks of the job."""
    await alone_with_locks(store, connection)
    moment = await lock_moment(connection) + 1
    await connection.execute(
        update(locks).where(locks.c.job == id_, locks.c.released.is_(None)).values(released=moment)
    )


# Changes


async def accept(
    connection: AsyncConnection, values: dict[str, Any], step_names: list[str], held: list[Lock]
) -> JobRow:
    """Insert a job with its steps and its locks. The one that ``values`` name has begun."""
    row = (await connection.execute(insert(jobs).values(**values).returning(jobs))).one()
    id_ = values["id"]
    if step_names:
        await connection.execute(
            insert(job_steps),
            [
                {"job": id_, "n": n, "name": name, "state": _begun(name, values), "error": None}
                for n, name in enumerate(step_names)
            ],
        )
    strongest = {lock.object: lock for lock in sorted(held, key=lambda x: x.mode is Mode.EXCLUSIVE)}
    if strongest:
        await connection.execute(
            insert(locks),
            [
                {"job": id_, "object": lock.object, "mode": lock.mode.value, "released": None}
                for lock in strongest.values()
            ],
        )
    return _job(row._mapping)


def _begun(name: str, values: dict[str, Any]) -> str:
    return (StepState.RUNNING if name == values.get("step") else StepState.WAITING).value


def taken(store: Store, owner: str, lease: float, first: str | None) -> dict[str, Any]:
    """What makes a new job one that ``owner`` runs, and has begun its ``first`` step: that spares
    the transaction that would say so."""
    return {
        "state": JobState.RUNNING.value,
        "lease_owner": owner,
        "lease_until": store.clock() + lease,
        "started": store.clock(),
        "step": first,
        "fence": 1,
    }


async def claim(
    store: Store, connection: AsyncConnection, owner: str, lease: float, top: int
) -> list[JobRow]:
    """Take over jobs that are queued, or whose runner's lease ran out: at most ``top`` that have
    no parent, and all that have one (a parent waits for its children: to count them would
    deadlock). The fence of each grows by one."""
    clock = store.clock()
    free = and_(
        jobs.c.state.in_([JobState.QUEUED.value, JobState.RUNNING.value]),
        or_(jobs.c.lease_until.is_(None), jobs.c.lease_until < clock),
    )
    ids: list[str] = []
    for parents, limit in ((jobs.c.parent.is_(None), top), (jobs.c.parent.is_not(None), 1000)):
        if limit > 0:
            query = select(jobs.c.id).where(free, parents).order_by(jobs.c.seq).limit(limit)
            query = query.with_for_update(skip_locked=True)
            ids += (await connection.execute(query)).scalars()
    if not ids:
        return []
    taken = await connection.execute(
        update(jobs)
        .where(jobs.c.id.in_(ids))
        .values(
            state=JobState.RUNNING.value,
            lease_owner=owner,
            lease_until=clock + lease,
            fence=jobs.c.fence + 1,
            started=func.coalesce(jobs.c.started, clock),
        )
        .returning(jobs)
    )
    return sorted((_job(row._mapping) for row in taken), key=lambda row: row.seq)


QUEUED_AGAIN: dict[str, Any] = {"state": JobState.QUEUED.value, "held": None, "lease_until": None}
"""What makes a held job one that anybody may claim."""


async def due(store: Store, connection: AsyncConnection, pause: float) -> list[JobRow]:
    """The held jobs that it is time to look at again; the next time is in ``pause`` seconds."""
    clock = store.clock()
    which = and_(jobs.c.state == JobState.HELD.value, jobs.c.lease_until < clock)
    found = update(jobs).where(which).values(lease_until=clock + pause).returning(jobs)
    return [_job(row._mapping) for row in await connection.execute(found)]


async def renew(
    store: Store, connection: AsyncConnection, owner: str, lease: float, ids: list[str]
) -> set[str]:
    """Prolong the runner's leases on ``ids``, where nobody else has taken the job over; the jobs
    that it still has."""
    clock = store.clock()
    mine = and_(
        jobs.c.id.in_(ids), jobs.c.lease_owner == owner, jobs.c.state == JobState.RUNNING.value
    )
    await connection.execute(update(jobs).where(mine).values(lease_until=clock + lease))
    return set((await connection.execute(select(jobs.c.id).where(mine))).scalars())


async def abandon(connection: AsyncConnection, owner: str | None = None) -> None:
    """End the leases of a runner that stops (all leases, if None: only for whoever knows that no
    other runner is alive), so that the next one need not wait for them."""
    query = update(jobs).where(jobs.c.lease_owner.is_not(None)).values(lease_until=null())
    if owner is not None:
        query = query.where(jobs.c.lease_owner == owner)
    await connection.execute(query.values(lease_owner=null()))


async def change(
    connection: AsyncConnection, id_: str, fence: int | None = None, **values: Any
) -> JobRow | None:
    """Set columns of a job; with ``fence`` only if nobody took it over since. The job as it is
    then; None: nothing was done."""
    query = update(jobs).where(jobs.c.id == id_)
    if fence is not None:
        query = query.where(jobs.c.fence == fence, jobs.c.state == JobState.RUNNING.value)
    row = (await connection.execute(query.values(**values).returning(jobs))).first()
    return _job(row._mapping) if row else None


async def set_steps(connection: AsyncConnection, id_: str, states: dict[int, StepState]) -> None:
    """By their numbers."""
    which = and_(job_steps.c.job == id_, job_steps.c.n == bindparam("number"))
    await connection.execute(
        update(job_steps).where(which).values(state=bindparam("to")),
        [{"number": n, "to": state.value} for n, state in states.items()],
    )


async def fail_step(connection: AsyncConnection, id_: str, n: int, error: str) -> None:
    """``error`` is JSON text."""
    which = and_(job_steps.c.job == id_, job_steps.c.n == n)
    values = {"state": StepState.FAILED.value, "error": error}
    await connection.execute(update(job_steps).where(which).values(values))


async def cancelled(connection: AsyncConnection, ids: list[str]) -> set[str]:
    """Those of ``ids`` that somebody asked to cancel."""
    query = select(jobs.c.id).where(jobs.c.id.in_(ids), jobs.c.cancel.is_(True))
    return set((await connection.execute(query)).scalars())


async def prune(connection: AsyncConnection, older_than: float) -> int:
    """Forget jobs that ended before ``older_than``; how many."""
    old = and_(jobs.c.ended < older_than, jobs.c.state.in_([s.value for s in ENDED]))
    return (await connection.execute(delete(jobs).where(old))).rowcount


def _job(row: Any) -> JobRow:
    values = dict(row)
    values["state"] = JobState(values["state"])
    values["undoing"] = JobState(values["undoing"]) if values["undoing"] else None
    return JobRow(**values)
