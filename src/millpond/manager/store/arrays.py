"""The arrays that this manager knows."""

from dataclasses import dataclass

from sqlalchemy import delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.array import ArrayKind
from millpond.domain.errors import Refused, not_found
from millpond.manager.store.tables import arrays


@dataclass(frozen=True)
class ArrayRow:
    """``addresses`` is JSON text. ``secret`` is the sealed password (``manager.arrays``)."""

    id: str
    name: str
    kind: ArrayKind
    addresses: str
    user: str
    scope: int
    secret: str
    created: float


async def find(connection: AsyncConnection, key: str) -> ArrayRow | None:
    """By id or name."""
    query = select(arrays).where(or_(arrays.c.id == key, arrays.c.name == key))
    row = (await connection.execute(query)).first()
    return ArrayRow(**row._mapping) if row else None


async def get(connection: AsyncConnection, key: str) -> ArrayRow:
    """By id or name; raises ``Refused(request.not_found)``."""
    row = await find(connection, key)
    if row is None:
        raise not_found("array", key)
    return row


async def everyone(connection: AsyncConnection) -> list[ArrayRow]:
    """By name."""
    rows = await connection.execute(select(arrays).order_by(arrays.c.name))
    return [ArrayRow(**row._mapping) for row in rows]


async def add(connection: AsyncConnection, row: ArrayRow) -> None:
    """Raises ``Refused(object.exists)``."""
    if await find(connection, row.name) is not None:
        raise Refused("object.exists", f"array {row.name}", "the name is taken", "choose another")
    there = await find(connection, row.id)
    if there is not None:
        raise Refused(
            "object.exists",
            f"array {row.name}",
            f"it is registered already, as {there.name}",
            f"use that; or forget it first: millpond array remove {there.name}",
        )
    await connection.execute(insert(arrays).values(**row.__dict__))


async def remove(connection: AsyncConnection, id_: str) -> None:
    await connection.execute(delete(arrays).where(arrays.c.id == id_))
