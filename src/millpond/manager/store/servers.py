"""The servers this manager knows, in pools or not."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.errors import Refused, not_found
from millpond.domain.names import new_id
from millpond.manager.store.engine import now
from millpond.manager.store.tables import servers


@dataclass(frozen=True)
class ServerRow:
    """``id`` is provisional until the server is enrolled: then it becomes the host's UUID.
    ``seen`` is when it last said something, ``memory_free`` (MiB) and ``inventory`` (JSON of
    ``Inventory``) what it said."""

    id: str
    name: str
    address: str
    port: int
    pool_id: str | None
    enrolled: bool
    reachable: bool
    seen: float | None
    memory_free: int | None
    inventory: str | None
    created: float


_LIGHT = [c for c in servers.c if c.name != "inventory"]


async def find(connection: AsyncConnection, key: str) -> ServerRow | None:
    """By id or name."""
    query = select(servers).where(or_(servers.c.id == key, servers.c.name == key))
    row = (await connection.execute(query)).first()
    return ServerRow(**row._mapping) if row else None


async def get(connection: AsyncConnection, key: str) -> ServerRow:
    """By id or name; raises ``Refused(request.not_found)``."""
    row = await find(connection, key)
    if row is None:
        raise not_found("server", key)
    return row


async def everyone(
    connection: AsyncConnection, pool_id: str | None = None, *, inventory: bool = False
) -> list[ServerRow]:
    """All servers (of a pool) by name; with ``inventory`` only if it is asked for."""
    query = select(servers) if inventory else select(*_LIGHT)
    if pool_id is not None:
        query = query.where(servers.c.pool_id == pool_id)
    rows = await connection.execute(query.order_by(servers.c.name))
    return [ServerRow(**{"inventory": None} | dict(row._mapping)) for row in rows]


async def add(connection: AsyncConnection, name: str, address: str, port: int) -> ServerRow:
    """A server that is to enrol. Raises ``Refused(object.exists)``."""
    if await find(connection, name) is not None:
        raise Refused("object.exists", f"server {name}", "the name is taken", "choose another name")
    row = ServerRow(
        id=new_id(),
        name=name,
        address=address,
        port=port,
        pool_id=None,
        enrolled=False,
        reachable=False,
        seen=None,
        memory_free=None,
        inventory=None,
        created=now(),
    )
    await connection.execute(insert(servers).values(**row.__dict__))
    return row


async def enrolled(connection: AsyncConnection, id_: str, host_id: str, port: int) -> ServerRow:
    """The server with the (provisional) id ``id_`` turned out to be ``host_id`` and has its
    certificate. Raises ``Refused(object.exists)`` if another entry is that very host."""
    other = await find(connection, host_id)
    if other is not None and other.id != id_:
        raise Refused(
            "object.exists",
            f"server {host_id}",
            f"is enrolled already as {other.name}",
            f"use {other.name}, or delete it first: millpond server remove {other.name}",
        )
    await connection.execute(
        update(servers)
        .where(servers.c.id == id_)
        .values(id=host_id, enrolled=True, port=port, reachable=False)
    )
    return await get(connection, host_id)


async def change(connection: AsyncConnection, id_: str, **values: Any) -> None:
    """Set columns (``address``, ``port``, ``reachable``, ``seen``, ``memory_free``,
    ``inventory``) of one server."""
    await connection.execute(update(servers).where(servers.c.id == id_).values(**values))


async def remove(connection: AsyncConnection, id_: str) -> None:
    """Forget it. Raises ``Refused(server.in_pool)``."""
    row = await get(connection, id_)
    if row.pool_id is not None:
        raise Refused(
            "server.in_pool",
            f"server {row.name}",
            "it is a member of a pool",
            f"take it out first: millpond pool remove-server {row.pool_id} {row.name}",
        )
    await connection.execute(delete(servers).where(servers.c.id == row.id))
