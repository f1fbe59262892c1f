"""From the database's rows to the API's JSON, without validating again what was valid when it was
written: a list of a thousand VMs must take milliseconds. ``models`` documents the shapes."""

import base64
import json
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from pydantic_core import from_json, to_json
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.vm import RECORD_FIELDS
from millpond.manager.api.errors import invalid
from millpond.manager.context import Context
from millpond.manager.store import cache, servers
from millpond.manager.store import jobs as job_store
from millpond.manager.store.cache import PoolRow, VmRow
from millpond.manager.store.jobs import Holder, JobRow, StepRow
from millpond.manager.store.servers import ServerRow
from millpond.manager.store.tables import pools as pool_table
from millpond.manager.store.tables import servers as server_table
from millpond.manager.store.tables import vms as vm_table

Json = dict[str, Any]
T = TypeVar("T")


# Pages


def cursor(*values: str | int) -> str:
    """Where a page ended, opaque to callers."""
    return base64.urlsafe_b64encode(json.dumps(values).encode()).decode()


def after(text: str | None, *types: type) -> list[Any] | None:
    """The values in a cursor. Raises ``Refused(request.invalid)`` for one that is not ours."""
    if text is None:
        return None
    try:
        values = json.loads(base64.urlsafe_b64decode(text.encode()))
    except ValueError:
        values = None
    if (
        not isinstance(values, list)
        or [type(v) for v in values] != list(types)
        or any(isinstance(v, str) and not v.isprintable() for v in values)
        or any(isinstance(v, int) and not 0 <= v < 1 << 62 for v in values)
    ):
        raise invalid("after is not a cursor: send the next of the page before")
    return values


def page(
    items: Sequence[T], limit: int, text: str | None, name: Callable[[T], str]
) -> tuple[list[T], str | None]:
    """A page of what is sorted by ``name`` and small enough to be read whole."""
    start = after(text, str)
    rest = [i for i in items if start is None or name(i) > start[0]]
    return rest[:limit], cursor(name(rest[limit - 1])) if len(rest) > limit else None


def listing(items: Iterable[Json | bytes], following: str | None) -> bytes:
    """The body of a list; items that are bytes are JSON already."""
    texts = [item if isinstance(item, bytes) else to_json(item) for item in items]
    return b'{"items":[%s],"next":%s}' % (b",".join(texts), to_json(following))


# VMs


class Names:
    """What a VM or a server refers to by id, with the names people know."""

    def __init__(
        self,
        pools: dict[str, str],
        servers_: dict[str, str],
        busy: dict[str, Holder],
        guarding: frozenset[str] = frozenset(),
        repositories: dict[str, str] | None = None,
        unread: dict[str, str] | None = None,
    ) -> None:
        self.pools = pools
        self.servers = servers_
        self.guarding = guarding
        self._repositories = repositories or {}
        self._unread = unread or {}
        self._busy = busy

    @classmethod
    async def read(
        cls, connection: AsyncConnection, kind: str, unread: dict[str, str] | None = None
    ) -> "Names":
        """``kind``: of which objects to know the jobs that hold them. ``unread``: repositories that
        are not there, and why."""
        pools = list(await connection.execute(select(pool_table)))
        hosts = await connection.execute(select(server_table.c.id, server_table.c.name))
        return cls(
            {row.id: row.name for row in pools},
            {row[0]: row[1] for row in hosts},
            await job_store.holders(connection, kind),
            frozenset(row.id for row in pools if _guards(row.document)),
            {
                r["id"]: r["name"]
                for row in pools
                for r in from_json(row.document).get("repositories", ())
            },
            unread,
        )

    def pool(self, id_: str | None) -> Json | None:
        return None if id_ is None else {"id": id_, "name": self.pools.get(id_, id_)}

    def server(self, id_: str | None) -> Json | None:
        return None if id_ is None else {"id": id_, "name": self.servers.get(id_, id_)}

    def repository(self, id_: str | None) -> Json | None:
        return None if id_ is None else {"id": id_, "name": self._repositories.get(id_, id_)}

    def problem(self, repository: str | None) -> str:
        """Why nothing can be done with a VM that lies there."""
        if repository is None or repository not in self._unread:
            return ""
        name = self._repositories.get(repository, repository)
        return f"its repository {name} is not there: {self._unread[repository]}"

    def busy(self, id_: str) -> Json | None:
        holder = self._busy.get(id_)
        return None if holder is None else {"job": holder.job, "kind": holder.kind}


def vm(row: VmRow, names: Names) -> bytes:
    """``models.Vm``. The config is most of it, and goes from the record's text to the reply's as
    it is: parsing it would take most of the time of a long list."""
    config = _config_of(row.document)
    guest, pending = _guest(row.guest, row.guest_seen, config) if row.guest else (None, {})
    repository = _repository_of(row.document)
    rest = to_json(
        {
            "id": row.id,
            "name": row.name,
            "pool": names.pool(row.pool_id),
            "server": names.server(row.server_id),
            "power": row.power,
            "wanted": row.wanted,
            "guarded": row.pool_id in names.guarding and _HA in config,
            "busy": names.busy(row.id),
            "generation": row.generation,
            "repository": names.repository(repository),
            "problem": names.problem(repository) or _arriving(row.document),
            "pending": pending,
            "guest": guest,
        }
    )
    return b'%s,"config":%s}' % (rest[:-1], config.encode())


_HA = '"ha":true'
_REPOSITORY = ',"repository":'
_ARRIVING = ',"arriving":{'
_CONFIG, _AFTER_CONFIG = '"config":', ',"generation":'


def _guards(document: str) -> bool:
    """Whether the pool restarts VMs now, by the JSON of its ``PoolDocument``."""
    ha = from_json(document)["ha"]
    return bool(ha["enabled"] and ha["armed"])


def _repository_of(document: str) -> str | None:
    """``repository`` in the JSON of a ``VmDocument``: the first after the config, whose disks have one
    too, as have those of snapshots further on."""
    _, _, tail = document.partition(_AFTER_CONFIG)
    _, _, tail = tail.partition(_REPOSITORY)
    return tail[1:37] if tail[:1] == tail[37:38] == '"' else None


def _arriving(document: str) -> str:
    return "it is being imported while it still runs elsewhere" if _ARRIVING in document else ""


def _config_of(document: str) -> str:
    """The text of ``config`` in the JSON of a ``VmDocument``. In JSON text a quote inside a string
    has a backslash before it, so what is searched for (``_HA`` too) can only be a key of its own."""
    start, end = document.find(_CONFIG), document.find(_AFTER_CONFIG)
    if start == 1 and end > 0:
        return document[start + len(_CONFIG) : end]
    return to_json(from_json(document)["config"]).decode()


def _guest(text: str, seen: float | None, config: str) -> tuple[Json, Json]:
    """``models.GuestView``, and what is pending. Mostly the guest runs with the very config that is
    recorded; then only what follows it need be parsed."""
    _, _, tail = text.partition(_CONFIG)
    if tail.startswith(config + ","):
        guest, pending = from_json("{" + tail[len(config) + 1 :]), {}
    else:
        guest = from_json(text)
        pending = _pending(from_json(config), guest["config"])
    since = time.time() - seen if seen is not None else 0.0
    view = {
        "uptime": round(guest["uptime"] + max(0.0, since), 1),
        "memory": guest["memory"],
        "cpu_time": guest["cpu_time"],
        "reason": guest["reason"],
    }
    return view, pending


def _pending(wanted: Json, active: Json) -> Json:
    """``domain.vm.pending``, on JSON."""
    return {k: v for k, v in wanted.items() if k not in RECORD_FIELDS and active.get(k) != v}


# Jobs


def job_json(row: JobRow, steps: Sequence[StepRow]) -> Json:
    """``models.Job``. A held job shows why in ``error``."""
    error = row.error or row.held
    return {
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "subject": row.subject,
        "subject_name": row.subject_name,
        "user": row.user,
        "created": row.created,
        "started": row.started,
        "ended": row.ended,
        "step": row.step,
        "steps": [
            {
                "n": s.n,
                "name": s.name,
                "state": s.state,
                "error": from_json(s.error) if s.error else None,
            }
            for s in steps
        ],
        "progress": from_json(row.progress),
        "error": from_json(error) if error else None,
        "result": from_json(row.result),
        "cancel_requested": row.cancel,
        "parent": row.parent,
        "spec": job_store.masked(row.spec),
    }


async def job(manager: Context, row: JobRow) -> Json:
    """One job with its steps."""
    return job_json(row, (await manager.jobs.steps([row.id]))[row.id])


# Servers and pools


async def counts(connection: AsyncConnection, column: Any) -> dict[str, int]:
    """How many VMs have each value of ``column``."""
    rows = await connection.execute(select(column, func.count()).group_by(column))
    return {row[0]: row[1] for row in rows if row[0] is not None}


async def server_list(connection: AsyncConnection, rows: list[ServerRow]) -> list[Json]:
    """``models.Server`` for each row (read with its inventory)."""
    names = await Names.read(connection, "server")
    placed = await counts(connection, vm_table.c.placed_on)
    members = {
        m["id"]: m
        for p in await cache.all_pools(connection)
        for m in from_json(p.document)["members"]
    }
    return [_server(row, names, placed, members.get(row.id, {})) for row in rows]


def _server(row: ServerRow, names: Names, placed: dict[str, int], member: Json) -> Json:
    facts = from_json(row.inventory) if row.inventory else None
    cpu = facts["cpu"] if facts else None
    return {
        "id": row.id,
        "name": row.name,
        "address": row.address,
        "port": row.port,
        "pool": names.pool(row.pool_id),
        "roles": sorted(member.get("roles", [])),
        "enrolled": row.enrolled,
        "up": row.reachable,
        "maintenance": member.get("maintenance", False),
        "host_id": member.get("host_id"),
        "busy": names.busy(row.id),
        "seen": row.seen,
        "memory": facts["memory"] if facts else None,
        "memory_free": row.memory_free,
        "cpus": cpu["sockets"] * cpu["cores"] * cpu["threads"] if cpu else None,
        "hypervisor": facts["hypervisor"] if facts else None,
        "acceleration": facts["acceleration"] if facts else None,
        "vms": placed.get(row.id, 0),
    }


async def pool_list(connection: AsyncConnection, rows: list[PoolRow]) -> list[Json]:
    """``models.Pool`` for each row."""
    names = await Names.read(connection, "pool")
    sizes = await counts(connection, vm_table.c.pool_id)
    up = {s.id for s in await servers.everyone(connection) if s.reachable}
    return [_pool(row, names, sizes.get(row.id, 0), up) for row in rows]


def _pool(row: PoolRow, names: Names, size: int, up: set[str]) -> Json:
    document = from_json(row.document)
    members = [{**m, "roles": sorted(m["roles"]), "up": m["id"] in up} for m in document["members"]]
    master = next(m for m in members if "master" in m["roles"])
    return {
        "id": row.id,
        "name": row.name,
        "description": document["description"],
        "generation": row.generation,
        "members": members,
        "master": {"id": master["id"], "name": master["name"]},
        "cluster_root": document["cluster_root"],
        "bridges": document["bridges"],
        "bandwidth": document["bandwidth"],
        "lab": document["lab"],
        "migrations": document["migrations"],
        "reserve": document["reserve"],
        "term": document["term"],
        "ha": document["ha"],
        "vms": size,
        "busy": names.busy(row.id),
    }
