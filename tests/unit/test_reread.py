"""A pool's records are read again whatever fails in between."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import cast

import pytest
from sqlalchemy import text
from structlog.testing import CapturingLogger

from millpond.adapters.fake.records import FakeRecords, RecordStore
from millpond.adapters.rpc.client import Agents, Route
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.repository import Repository, RepositoryKind
from millpond.domain.server import Role
from millpond.domain.vm import VmConfig, VmDocument
from millpond.manager import reread
from millpond.manager.cache import Cache
from millpond.manager.events import Events
from millpond.manager.reread import Rereader
from millpond.manager.store import Store
from millpond.manager.store import cache as table
from millpond.manager.wake import Wakes

SRV1, SRV2 = new_id(), new_id()
POOL = PoolDocument(
    id=new_id(),
    name="pool1",
    generation=1,
    members=tuple(
        Member(id=id_, name=name, address="192.0.2.1", host_id=n, roles=roles)
        for n, (id_, name, roles) in enumerate(
            [(SRV1, "srv1", frozenset(Role)), (SRV2, "srv2", frozenset({Role.VM}))], 1
        )
    ),
)
DATA = Repository(
    id=new_id(),
    name="data",
    kind=RepositoryKind.LOCAL,
    source="/data",
    mount="/data",
    members=(SRV1,),
)
WITH_DATA = POOL.model_copy(update={"generation": 2, "repositories": (DATA,)})


class Site:
    """Agents that are all the same repository."""

    def __init__(self) -> None:
        self.records = FakeRecords(RecordStore(), lambda: True)
        self.asked: list[str] = []

    def agent(self, route: Route) -> "Site":
        self.asked.append(route.server)
        return self


@pytest.fixture
async def site() -> Site:
    made = Site()
    await made.records.init(POOL.cluster_root)
    await made.records.put_pool(POOL)
    return made


@pytest.fixture
async def cache(store: Store) -> AsyncIterator[Cache]:
    feed = Events(store, Wakes(store))
    await feed.start()
    made = Cache(store, feed)
    await made.start()
    yield made
    await made.stop()
    await feed.stop()


@pytest.fixture
def log(monkeypatch: pytest.MonkeyPatch) -> CapturingLogger:
    """The reader's."""
    made = CapturingLogger()
    monkeypatch.setattr(reread, "log", made)
    return made


def vm(name: str, generation: int = 1) -> VmDocument:
    config = VmConfig(id=new_id(), name=name, memory=64, max_memory=64, vcpus=1, max_vcpus=1)
    return VmDocument(config=config, generation=generation)


async def names(store: Store) -> list[str]:
    async with store.read() as connection:
        rows = await table.list_vms(connection, table.VmFilter(pool=POOL.id))
    return sorted(row.name for row in rows)


async def until_names(store: Store, *expected: str) -> None:
    deadline = time.monotonic() + 20
    while (found := await names(store)) != sorted(expected):
        assert time.monotonic() < deadline, found
        await asyncio.sleep(0.05)


async def rename_table(store: Store, old: str, new: str) -> None:
    """A database that cannot do what is asked of it."""
    async with store.write() as connection:
        await connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))


async def until_asked(site: Site, server: str) -> None:
    deadline = time.monotonic() + 20
    while server not in site.asked:
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


async def until_unreadable(log: CapturingLogger) -> None:
    """It has met the broken database."""
    deadline = time.monotonic() + 20
    while not any(call.args == ("records.unreadable",) for call in log.calls):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("broken", ["vms", "pools"])
async def test_a_database_that_fails_once_is_no_end(
    store: Store, cache: Cache, site: Site, log: CapturingLogger, broken: str
) -> None:
    first, second = vm("first"), vm("second")
    await site.records.put_vm(POOL.cluster_root, first)
    reader = Rereader(cast(Agents, site), cache, POOL, lambda: None)
    try:
        await until_names(store, "first")
        site.asked.clear()
        await rename_table(store, broken, "away")
        await site.records.put_vm(POOL.cluster_root, second)
        reader.all()
        await until_asked(site, SRV1)
        await until_unreadable(log)
        await rename_table(store, "away", broken)
        await until_names(store, "first", "second")
        third = vm("third")
        await site.records.put_vm(POOL.cluster_root, third)
        reader.vm(third.config.id)
        await until_names(store, "first", "second", "third")
    finally:
        await reader.stop()


async def test_it_is_the_database_that_failed_and_not_the_new_master(
    store: Store, cache: Cache, site: Site, log: CapturingLogger
) -> None:
    reader = Rereader(cast(Agents, site), cache, POOL, lambda: None)
    try:
        await until_asked(site, SRV1)
        await rename_table(store, "pools", "away")
        site.asked.clear()
        reader.heard_master(SRV2, POOL.term + 1)
        log.calls.clear()
        await until_asked(site, SRV2)
        await until_unreadable(log)
        await rename_table(store, "away", "pools")
        site.asked.clear()
        await until_asked(site, SRV2)
        assert SRV1 not in site.asked
    finally:
        await reader.stop()


async def attach(site: Site, cache: Cache, come: VmDocument) -> None:
    """What the job does and says, with a VM that comes in the repository."""
    await site.records.init(DATA.mount)
    await site.records.put_vm(DATA.mount, come)
    await site.records.put_pool(WITH_DATA)
    await cache.put_pool(WITH_DATA)
    cache.record(cache.ticket(), POOL.id, come.config.id, come)
    await cache.flush()


async def test_a_vm_that_came_with_a_repository_stays_for_who_has_not_heard_of_that(
    store: Store, cache: Cache, site: Site
) -> None:
    reader = Rereader(cast(Agents, site), cache, POOL, lambda: None)
    come, other = vm("come"), vm("other")
    try:
        await until_asked(site, SRV1)
        await cache.flush()
        await attach(site, cache, come)
        await site.records.put_vm(POOL.cluster_root, other)
        reader.pool = POOL
        reader.vm(come.config.id)
        reader.vm(other.config.id)
        await until_names(store, "come", "other")
    finally:
        await reader.stop()


class LateRecords(FakeRecords):
    """Whose answer about the pool is on its way until it ``arrives``."""

    def __init__(self) -> None:
        super().__init__(RecordStore(), lambda: True)
        self.sent, self.arrives = asyncio.Event(), asyncio.Event()
        self.arrives.set()

    async def pool(self, cluster_root: str) -> PoolDocument | None:
        answer = await super().pool(cluster_root)
        self.sent.set()
        await self.arrives.wait()
        return answer


async def test_a_vm_that_came_with_a_repository_stays_when_an_older_answer_comes_late(
    store: Store, cache: Cache
) -> None:
    site = Site()
    site.records = late = LateRecords()
    await late.init(POOL.cluster_root)
    await late.put_pool(POOL)
    await late.put_vm(POOL.cluster_root, vm("other"))
    late.arrives.clear()
    reader = Rereader(cast(Agents, site), cache, POOL, lambda: None)
    try:
        await late.sent.wait()
        await attach(site, cache, vm("come"))
        late.arrives.set()
        await until_names(store, "come", "other")
    finally:
        await reader.stop()
