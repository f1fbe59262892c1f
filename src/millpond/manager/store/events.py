"""The log of what happened, numbered in the order in which it became visible."""

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.manager.store.engine import Store, now
from millpond.manager.store.tables import events

KINDS = ("job", "vm", "server", "pool", "user", "ha", "failover", "schedule")
PAGE = 500
_IN_ORDER = 7_110_002


@dataclass(frozen=True)
class Event:
    """``data`` is JSON text. ``kind``: one of ``KINDS``. ``subject``: such as ``vm:`` and its id."""

    seq: int
    time: float
    kind: str
    subject: str
    data: str


@dataclass(frozen=True)
class News:
    """An event before it has its number."""

    kind: str
    subject: str
    data: dict[str, Any]


async def alone(store: Store, connection: AsyncConnection) -> None:
    """Until the transaction ends nobody else writes events: what was told last stays that."""
    await store.serialize(connection, _IN_ORDER)


async def append(store: Store, connection: AsyncConnection, news: list[News]) -> None:
    """Write events. Do it last in a transaction: until it ends no other one gets numbers, so that
    a reader who has seen number n has seen all before it."""
    if not news:
        return
    await store.serialize(connection, _IN_ORDER)
    at = now()
    await connection.execute(
        insert(events),
        [
            {
                "time": at,
                "kind": n.kind,
                "subject": n.subject,
                "data": json.dumps(n.data, separators=(",", ":")),
            }
            for n in news
        ],
    )


async def after(
    connection: AsyncConnection, seq: int, limit: int = PAGE, kind: str | None = None
) -> list[Event]:
    """Events with numbers above ``seq``, oldest first."""
    query = select(events).where(events.c.seq > seq)
    if kind is not None:
        query = query.where(events.c.kind == kind)
    rows = await connection.execute(query.order_by(events.c.seq).limit(limit))
    return [Event(**row._mapping) for row in rows]


async def latest(
    connection: AsyncConnection,
    limit: int,
    before: int | None = None,
    kind: str | None = None,
    subject: str | None = None,
) -> list[Event]:
    """The newest events (below number ``before``), newest first."""
    query = select(events)
    if before is not None:
        query = query.where(events.c.seq < before)
    if kind is not None:
        query = query.where(events.c.kind == kind)
    if subject is not None:
        query = query.where(events.c.subject == subject)
    rows = await connection.execute(query.order_by(events.c.seq.desc()).limit(limit))
    return [Event(**row._mapping) for row in rows]


async def last_seq(connection: AsyncConnection) -> int:
    """The number of the newest event, 0 if there is none."""
    newest = select(func.coalesce(func.max(events.c.seq), 0))
    return int((await connection.execute(newest)).scalar_one())


async def prune(connection: AsyncConnection, older_than: float) -> int:
    """Forget events from before ``older_than``; how many."""
    done = await connection.execute(delete(events).where(events.c.time < older_than))
    return done.rowcount
