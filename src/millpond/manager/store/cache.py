"""What the manager last heard of pools and VMs. The truth is with the pool masters and agents."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, delete, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.errors import Refused, not_found
from millpond.domain.pool import PoolDocument
from millpond.manager.store.engine import now
from millpond.manager.store.tables import pools, servers, vms


@dataclass(frozen=True)
class PoolRow:
    """``document`` is JSON of ``PoolDocument``."""

    id: str
    name: str
    generation: int
    document: str
    updated: float


@dataclass(frozen=True, slots=True)
class VmRow:
    """``document`` is JSON of ``VmDocument``, ``guest`` JSON of ``Guest`` or None, as heard at
    ``guest_seen``. ``server_id``: where the guest is, or was last placed. ``power``: a value of
    ``domain.vm.Power``."""

    id: str
    pool_id: str
    name: str
    generation: int
    wanted: str
    placed_on: str | None
    migrating_to: str | None
    tags: str
    document: str
    server_id: str | None
    power: str
    guest: str | None
    guest_seen: float | None
    updated: float


@dataclass(frozen=True)
class VmFilter:
    """Which VMs to list; None = all. ``pool`` and ``server`` are ids."""

    pool: str | None = None
    server: str | None = None
    power: str | None = None
    tag: str | None = None
    name: str | None = None


async def pool(connection: AsyncConnection, key: str) -> PoolRow:
    """By id or name. Raises ``Refused(request.not_found)``."""
    query = select(pools).where(or_(pools.c.id == key, pools.c.name == key))
    row = (await connection.execute(query.order_by(pools.c.id != key))).first()
    if row is None:
        raise not_found("pool", key)
    return PoolRow(**row._mapping)


async def all_pools(connection: AsyncConnection) -> list[PoolRow]:
    """By name."""
    rows = await connection.execute(select(pools).order_by(pools.c.name, pools.c.id))
    return [PoolRow(**row._mapping) for row in rows]


async def vm(connection: AsyncConnection, key: str) -> VmRow:
    """By id or unique name. Raises ``Refused``: ``request.not_found``, or ``request.invalid`` if
    VMs of several pools have the name."""
    rows = await vms_named(connection, key)
    if not rows:
        raise not_found("vm", key)
    by_id = [row for row in rows if row.id == key]
    if len(rows) > 1 and not by_id:
        raise Refused(
            "request.invalid",
            f"vm {key}",
            "several pools have a VM of that name",
            f"use its id: one of {', '.join(row.id for row in rows)}",
        )
    return (by_id or rows)[0]


async def vms_named(connection: AsyncConnection, key: str) -> list[VmRow]:
    """VMs with this id or name; at most nine."""
    query = select(vms).where(or_(vms.c.id == key, vms.c.name == key)).order_by(vms.c.id).limit(9)
    return [VmRow(*row) for row in await connection.execute(query)]


async def name_of(connection: AsyncConnection, kind: str, id_: str) -> str | None:
    """The name of a vm, pool or server; None if it is not known."""
    table = {"vm": vms, "pool": pools, "server": servers}.get(kind)
    if table is None:
        return None
    query = select(table.c.name).where(table.c.id == id_)
    return (await connection.execute(query)).scalar_one_or_none()


async def list_vms(
    connection: AsyncConnection,
    which: VmFilter | None = None,
    limit: int | None = None,
    after: tuple[str, str] | None = None,
) -> list[VmRow]:
    """In the order of (name, id), those after the pair ``after``."""
    query = _filtered(select(vms), which or VmFilter())
    if after is not None:
        query = query.where(tuple_(vms.c.name, vms.c.id) > tuple_(*after))
    query = query.order_by(vms.c.name, vms.c.id)
    if limit is not None:
        query = query.limit(limit)
    return [VmRow(*row) for row in await connection.execute(query)]


def _filtered(query: Select[Any], which: VmFilter) -> Select[Any]:
    for column, value in (
        (vms.c.pool_id, which.pool),
        (vms.c.server_id, which.server),
        (vms.c.power, which.power),
        (vms.c.name, which.name),
    ):
        if value is not None:
            query = query.where(column == value)
    if which.tag is not None:
        query = query.where(vms.c.tags.contains(f" {which.tag} ", autoescape=True))
    return query


async def vms_by_id(connection: AsyncConnection, ids: Iterable[str]) -> list[VmRow]:
    """Those of ``ids`` that are known, in any order."""
    found: list[VmRow] = []
    wanted = list(ids)
    for start in range(0, len(wanted), 500):
        query = select(vms).where(vms.c.id.in_(wanted[start : start + 500]))
        found += [VmRow(*row) for row in await connection.execute(query)]
    return found


async def vm_ids_on(connection: AsyncConnection, server_id: str) -> list[str]:
    """VMs that are, or should be, on the server."""
    query = select(vms.c.id).where(
        or_(
            vms.c.server_id == server_id,
            vms.c.placed_on == server_id,
            vms.c.migrating_to == server_id,
        )
    )
    return list((await connection.execute(query)).scalars())


async def put_vms(connection: AsyncConnection, rows: list[VmRow], known: set[str]) -> None:
    """Write whole rows; ``known`` are the ids that are in the table already."""
    fresh = [_values(row) for row in rows if row.id not in known]
    if fresh:
        await connection.execute(insert(vms), fresh)
    changed = [{**_values(row), "key": row.id} for row in rows if row.id in known]
    if changed:
        columns: dict[str, Any] = {c.name: bindparam(c.name) for c in vms.c if c.name != "id"}
        await connection.execute(
            update(vms).where(vms.c.id == bindparam("key")).values(**columns), changed
        )


def _values(row: VmRow) -> dict[str, Any]:
    return {name: getattr(row, name) for name in VmRow.__slots__}


async def drop_vms(connection: AsyncConnection, ids: Iterable[str]) -> None:
    wanted = [{"key": id_} for id_ in ids]
    if wanted:
        await connection.execute(delete(vms).where(vms.c.id == bindparam("key")), wanted)


async def put_pool(connection: AsyncConnection, document: PoolDocument) -> bool:
    """Remember the pool and whose members the servers are; False if that was known already.
    Members nobody enrolled here are added as servers that are still to enrol."""
    values = {
        "name": document.name,
        "generation": document.generation,
        "document": document.model_dump_json(),
        "updated": now(),
    }
    before = select(pools.c.document).where(pools.c.id == document.id)
    changed = (await connection.execute(before)).scalar_one_or_none() != values["document"]
    done = await connection.execute(update(pools).where(pools.c.id == document.id).values(values))
    if done.rowcount == 0:
        await connection.execute(insert(pools).values(id=document.id, **values))
    members = [m.id for m in document.members]
    await connection.execute(
        update(servers)
        .where(servers.c.pool_id == document.id, servers.c.id.not_in(members))
        .values(pool_id=None)
    )
    for member in document.members:
        done = await connection.execute(
            update(servers).where(servers.c.id == member.id).values(pool_id=document.id)
        )
        taken = select(servers.c.id).where(servers.c.name == member.name)
        if done.rowcount == 0 and (await connection.execute(taken)).first() is None:
            await connection.execute(
                insert(servers).values(
                    id=member.id,
                    name=member.name,
                    address=member.address,
                    port=member.port,
                    pool_id=document.id,
                    enrolled=False,
                    reachable=False,
                    created=now(),
                )
            )
    return changed


async def drop_pool(connection: AsyncConnection, id_: str) -> None:
    """With its VMs; its servers are free."""
    await connection.execute(delete(vms).where(vms.c.pool_id == id_))
    await connection.execute(update(servers).where(servers.c.pool_id == id_).values(pool_id=None))
    await connection.execute(delete(pools).where(pools.c.id == id_))
