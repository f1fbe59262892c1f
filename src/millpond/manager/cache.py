"""Keeps the cached pools, VMs and servers right, from what streams and jobs hear.

Whoever hears something says so here; what changed is written in batches, a transaction each, with
its events. A read takes a ``ticket`` before it asks, so that an answer that was overtaken by a later
one is not believed.
"""

import asyncio
import itertools
from collections import deque
from collections.abc import Collection, Iterable
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy.exc import SQLAlchemyError

from millpond.domain.pool import PoolDocument
from millpond.domain.server import Inventory
from millpond.domain.vm import Guest, Power, VmDocument, Wanted
from millpond.manager.events import Events
from millpond.manager.store import Store, events
from millpond.manager.store import cache as table
from millpond.manager.store import servers as server_table
from millpond.manager.store.cache import VmRow
from millpond.manager.store.engine import now
from millpond.manager.store.events import News

log = structlog.get_logger(__name__)

GATHER_SECONDS = 0.05
RETRY_SECONDS = 1.0
REMEMBERED_GONE = 10_000
BATCH = 2000
"""VMs written in one transaction, so that other writers are not kept waiting."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """A guest as one server last reported it; ``guest`` is JSON."""

    power: str
    guest: str
    at: float


@dataclass(frozen=True)
class Recorded:
    """A VM's record as its pool master has it; None: it is gone."""

    pool: str
    document: VmDocument | None


class Cache:
    """All changes of the cached state go through here."""

    def __init__(self, store: Store, feed: Events) -> None:
        self._store = store
        self._feed = feed
        self._tickets = itertools.count(1)
        self._record_ticket: dict[str, int] = {}
        self._guest_ticket: dict[str, int] = {}
        self._gone_because: dict[str, str] = {}
        self._records: dict[str, Recorded] = {}
        self._told: dict[str, tuple[str, int]] = {}
        self._sightings: dict[str, dict[str, Sighting]] = {}
        self._answers: dict[str, bool] = {}
        self._pools: dict[str, PoolDocument] = {}
        self._dirty: dict[str, None] = {}
        self._gone: deque[str] = deque()
        self._work = asyncio.Event()
        self._writing = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._task = asyncio.create_task(self._write_forever(), name="cache")

    async def stop(self) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        with suppress(SQLAlchemyError):
            await self.flush()

    def ticket(self) -> int:
        """Take one before asking for what is then told here."""
        return next(self._tickets)

    # VMs

    def record(self, ticket: int, pool: str, vm: str, document: VmDocument | None) -> None:
        """The pool master says that this is the VM's record. Word of what is known costs nothing: a
        job tells of what it wrote, and so does the master."""
        if ticket < self._record_ticket.get(vm, 0):
            return
        self._record_ticket[vm] = ticket
        if document is None:
            self._told.pop(vm, None)
        elif self._told.get(vm) == (told := (pool, document.generation)):
            return
        else:
            self._told[vm] = told
        self._records[vm] = Recorded(pool, document)
        self._mark(vm)

    async def records(
        self,
        ticket: int,
        pool: str,
        documents: Iterable[VmDocument],
        unread: Collection[str] = (),
    ) -> None:
        """The pool master says that these are all its VMs, but for those in repositories (ids) that
        are ``unread``. Unchanged ones cost nothing."""
        async with self._store.read() as connection:
            which = table.VmFilter(pool=pool)
            rows = await table.list_vms(connection, which)
        known = {r.id: r.generation for r in rows}
        for document in documents:
            if known.pop(document.config.id, None) != document.generation:
                self.record(ticket, pool, document.config.id, document)
        lost = {r.id for r in rows if unread and _repository_of(r) in unread}
        for vm in known.keys() - lost:
            self.record(ticket, pool, vm, None)

    def guest(
        self,
        server: str,
        vm: str,
        guest: Guest | None,
        ticket: int | None = None,
        reason: str = "",
    ) -> None:
        """The server says that this is the VM's guest there, or why it is gone. With a ticket it is
        an answer to a question, and only counts if nothing was heard by itself since."""
        if ticket is None:
            self._guest_ticket[vm] = self.ticket()
        elif ticket < self._guest_ticket.get(vm, 0):
            return
        if guest is not None:
            seen = Sighting(guest.power.value, guest.model_dump_json(), now())
            self._sightings.setdefault(vm, {})[server] = seen
        elif server in (here := self._sightings.get(vm, {})):
            self._gone_because[vm] = reason
            del here[server]
            if not here:
                del self._sightings[vm]
        else:
            return  # as was known
        self._mark(vm)

    async def snapshot(self, server: str, guests: Iterable[Guest]) -> None:
        """The server answers (again): these are all its guests."""
        await self._server_answers(server, answers=True)
        present = {guest.id: guest for guest in guests}
        for vm in [vm for vm, seen in self._sightings.items() if server in seen]:
            if vm not in present:
                self.guest(server, vm, None)
        for vm, guest in present.items():
            self.guest(server, vm, guest)
        await self._mark_all_on(server)

    async def lost(self, server: str) -> None:
        """The server has been silent for too long: nobody knows about its guests."""
        await self._server_answers(server, answers=False)
        for vm in [vm for vm, seen in self._sightings.items() if server in seen]:
            self.guest(server, vm, None)
        await self._mark_all_on(server)

    def servers_of(self, vm: str) -> set[str]:
        """Where its guest was last seen."""
        return set(self._sightings.get(vm, ()))

    async def flush(self) -> None:
        """Returns when everything told so far can be read."""
        async with self._writing:
            told = list(self._dirty)
            for start in range(0, len(told), BATCH):
                batch = told[start : start + BATCH]
                records = {vm: self._records.pop(vm) for vm in batch if vm in self._records}
                for vm in batch:
                    self._dirty.pop(vm, None)
                try:
                    await self._write(batch, records)
                except SQLAlchemyError:
                    for vm in batch:
                        self._mark(vm)
                    self._records = records | self._records
                    raise

    # Pools and servers

    async def put_pool(self, document: PoolDocument, ticket: int | None = None) -> None:
        """What the pool is now, its servers' membership with it. Without a ticket it is news."""
        ticket = ticket or self.ticket()
        if ticket < self._record_ticket.get(document.id, 0) or self.newest(document) != document:
            return
        self._record_ticket[document.id] = ticket
        self._pools[document.id] = document
        data = {"id": document.id, "name": document.name, "generation": document.generation}
        async with self._store.write() as connection:
            await events.alone(self._store, connection)  # two may be the first to hear of the pool
            if not await table.put_pool(connection, document):
                return
            news = [News("pool", f"pool:{document.id}", data)]
            await events.append(self._store, connection, news)
        self._feed.announce()

    def newest(self, pool: PoolDocument) -> PoolDocument:
        """The pool as it is since another server became its master; else as it is given."""
        known = self._pools.get(pool.id, pool)
        return known if known.term > pool.term else pool

    def latest(self, pool: PoolDocument) -> PoolDocument:
        """The pool with all that a job has changed in it since, such as its repositories."""
        known = self._pools.get(pool.id, pool)
        return max(pool, known, key=lambda p: (p.term, p.generation))

    async def forget_pool(self, pool: str) -> None:
        """The pool is gone, with its VMs."""
        self._record_ticket[pool] = self.ticket()
        self._pools.pop(pool, None)
        async with self._writing, self._store.write() as connection:
            for row in await table.list_vms(connection, table.VmFilter(pool=pool)):
                self._records.pop(row.id, None)
                self._dirty.pop(row.id, None)
                self._sightings.pop(row.id, None)
                self._told.pop(row.id, None)
            await table.drop_pool(connection, pool)
            gone = {"id": pool, "deleted": True}
            await events.append(self._store, connection, [News("pool", f"pool:{pool}", gone)])
        self._feed.announce()

    async def inventory(self, server: str, inventory: Inventory) -> None:
        async with self._store.write() as connection:
            await server_table.change(
                connection,
                server,
                inventory=inventory.model_dump_json(),
                memory_free=inventory.memory_free,
            )

    async def beats(self, beats: dict[str, tuple[float, int]]) -> None:
        """When each server was last heard of, and its free memory (MiB)."""
        async with self._store.write() as connection:
            for server, (at, free) in beats.items():
                await server_table.change(connection, server, seen=at, memory_free=free)

    async def _server_answers(self, server: str, *, answers: bool) -> None:
        self._answers[server] = answers
        async with self._store.write() as connection:
            row = await server_table.find(connection, server)
            if row is None or row.reachable is answers:
                return
            values = {"reachable": answers} | ({"seen": now()} if answers else {})
            await server_table.change(connection, server, **values)
            data = {"id": server, "name": row.name, "reachable": answers}
            await events.append(self._store, connection, [News("server", f"server:{server}", data)])
        self._feed.announce()

    # Writing

    def _mark(self, vm: str) -> None:
        self._dirty[vm] = None
        self._work.set()

    async def _mark_all_on(self, server: str) -> None:
        async with self._store.read() as connection:
            for vm in await table.vm_ids_on(connection, server):
                self._mark(vm)

    async def _write_forever(self) -> None:
        while True:
            await self._work.wait()
            await asyncio.sleep(GATHER_SECONDS)
            self._work.clear()
            try:
                await self.flush()
            except SQLAlchemyError as error:
                log.error("cache.database", error=str(error))
                self._work.set()
                await asyncio.sleep(RETRY_SECONDS)

    async def _write(self, batch: list[str], records: dict[str, Recorded]) -> None:
        news: list[News] = []
        async with self._store.write() as connection:
            before = {row.id: row for row in await table.vms_by_id(connection, batch)}
            after: list[VmRow] = []
            gone: list[str] = []
            for vm in sorted(batch):
                row = self._row(before.get(vm), records.get(vm))
                if row is not None:
                    after.append(row)
                    news += _changes(before.get(vm), row)
                elif vm in before:
                    gone.append(vm)
                    news.append(News("vm", f"vm:{vm}", {"id": vm, "deleted": True}))
            for told in news:
                if reason := self._gone_because.get(told.data["id"]):
                    told.data["reason"] = reason
            await table.put_vms(connection, after, set(before))
            await table.drop_vms(connection, gone)
            await events.append(self._store, connection, news)
        for vm in batch:
            self._gone_because.pop(vm, None)
        self._forget_tickets(gone)
        if news:
            self._feed.announce()

    def _forget_tickets(self, gone: list[str]) -> None:
        """Of VMs that have long been gone: no late answer can bring those back."""
        self._gone.extend(gone)
        while len(self._gone) > REMEMBERED_GONE:
            vm = self._gone.popleft()
            self._record_ticket.pop(vm, None)
            self._guest_ticket.pop(vm, None)

    def _row(self, before: VmRow | None, recorded: Recorded | None) -> VmRow | None:
        """The VM's row as it should be; None if there is no such VM. A guest alone makes none:
        its record will come."""
        if recorded is not None:
            if recorded.document is None:
                return None
            return self._seen(_from_record(recorded.pool, recorded.document, before))
        return self._seen(before) if before is not None else None

    def _seen(self, row: VmRow) -> VmRow:
        """The row with what is known of its guest. Where several servers report one (during a
        migration) the record decides."""
        sightings = self._sightings.get(row.id, {})
        for server in (row.placed_on, row.migrating_to, *sorted(sightings)):
            if server is not None and server in sightings:
                seen = sightings[server]
                return _replaced(row, server, seen.power, seen.guest, seen.at)
        if row.wanted == Wanted.SUSPENDED.value:
            return _replaced(row, row.placed_on, Power.SUSPENDED.value)
        if row.placed_on is None:
            return _replaced(row, None, Power.STOPPED.value)
        answers = self._answers.get(row.placed_on)
        if answers is None:  # this manager has just begun to listen
            return row
        power = Power.STOPPED if answers else Power.UNKNOWN
        return _replaced(row, row.placed_on, power.value)


def _repository_of(row: VmRow) -> str | None:
    return VmDocument.model_validate_json(row.document).repository


def _from_record(pool: str, document: VmDocument, before: VmRow | None) -> VmRow:
    config = document.config
    return VmRow(
        id=config.id,
        pool_id=pool,
        name=config.name,
        generation=document.generation,
        wanted=document.wanted.value,
        placed_on=document.placed_on,
        migrating_to=document.migrating_to,
        tags="".join(f" {tag} " for tag in config.tags),
        document=document.model_dump_json(),
        server_id=before.server_id if before else document.placed_on,
        power=before.power if before else Power.UNKNOWN.value,
        guest=before.guest if before else None,
        guest_seen=before.guest_seen if before else None,
        updated=now(),
    )


def _replaced(
    row: VmRow, server: str | None, power: str, guest: str | None = None, at: float | None = None
) -> VmRow:
    values = {name: getattr(row, name) for name in VmRow.__slots__}
    return VmRow(**values | {"server_id": server, "power": power, "guest": guest, "guest_seen": at})


def _changes(before: VmRow | None, row: VmRow) -> list[News]:
    """The event, if there is anything to tell."""
    told = ("name", "generation", "power", "server_id", "pool_id")
    if before is not None and all(getattr(before, f) == getattr(row, f) for f in told):
        return []
    data = {
        "id": row.id,
        "name": row.name,
        "pool": row.pool_id,
        "power": row.power,
        "server": row.server_id,
        "generation": row.generation,
    }
    return [News("vm", f"vm:{row.id}", data)]
