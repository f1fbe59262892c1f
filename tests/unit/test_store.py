"""The manager's database, on SQLite and PostgreSQL alike."""

import asyncio
import time
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text, update

from millpond.domain.errors import Refused
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Role
from millpond.manager.events import Events
from millpond.manager.store import Store, cache, enrolments, events, servers, tables, tokens, users
from millpond.manager.store.cache import VmFilter, VmRow
from millpond.manager.store.events import News
from millpond.manager.store.tokens import TokenKind
from millpond.manager.wake import Wakes


async def test_migrations_make_the_schema_of_the_code(store: Store) -> None:
    def differences(connection: Connection) -> list[object]:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return list(compare_metadata(context, tables.metadata))

    async with store.read() as connection:
        assert await connection.run_sync(differences) == []


async def test_opening_again_changes_nothing(store: Store, database: str) -> None:
    async with store.write() as connection:
        await users.add(connection, "eve", "hash")
    again = Store(database)
    await again.open()
    async with again.read() as connection:
        assert await users.count(connection) == 1
    await again.close()


async def test_sqlite_writes_are_on_the_disk(tmp_path: Path) -> None:
    store = Store(f"sqlite+aiosqlite:///{tmp_path / 'x.db'}")
    await store.open()
    async with store.write() as connection:
        assert (await connection.execute(text("PRAGMA journal_mode"))).scalar() == "wal"
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar() == 2  # FULL
    await store.close()


async def test_a_transaction_that_raises_leaves_nothing(store: Store) -> None:
    with pytest.raises(RuntimeError):
        async with store.write() as connection:
            await users.add(connection, "eve", "hash")
            raise RuntimeError
    async with store.read() as connection:
        assert await users.count(connection) == 0


async def test_the_database_clock_is_near_ours(store: Store) -> None:
    from sqlalchemy import select

    async with store.read() as connection:
        there = (await connection.execute(select(store.clock()))).scalar_one()
    assert abs(there - time.time()) < 2


async def test_users(store: Store) -> None:
    async with store.write() as connection:
        await users.add(connection, "eve", "one")
        with pytest.raises(Refused, match="taken"):
            await users.add(connection, "eve", "two")
        with pytest.raises(Refused) as last:
            await users.remove(connection, "eve")
        assert last.value.code == "user.last"
        await users.add(connection, "bob", "x")
        await users.set_password(connection, "bob", "y")
        _, secret = await tokens.issue(connection, "eve", TokenKind.API, "script")
        await users.remove(connection, "eve")
        assert await tokens.find(connection, secret) is None
        assert [u.password for u in await users.everyone(connection)] == ["y"]


async def test_tokens_are_kept_hashed_and_expire(store: Store) -> None:
    async with store.write() as connection:
        await users.add(connection, "eve", "x")
        token, secret = await tokens.issue(connection, "eve", TokenKind.SESSION, lifetime=60)
        assert await tokens.find(connection, secret) == token
        assert await tokens.find(connection, secret + "x") is None
        rows = (await connection.execute(text("SELECT * FROM tokens"))).all()
        assert secret not in str(rows)
        await tokens.touch(connection, token.id, time.time() - 1)
        assert await tokens.find(connection, secret) is None
        assert await tokens.prune(connection) == 1


async def test_an_enrolment_secret_works_once(store: Store) -> None:
    async with store.write() as connection:
        server = await servers.add(connection, "srv1", "10.0.0.1", 8899)
        void = await enrolments.issue(connection, server.id)
        secret = await enrolments.issue(connection, server.id)
        for wrong in (void, "guess"):
            with pytest.raises(Refused):
                await enrolments.redeem(connection, wrong)
        assert (await enrolments.redeem(connection, secret)).id == server.id
        with pytest.raises(Refused) as used:
            await enrolments.redeem(connection, secret)
        assert used.value.code == "enrol.token"
        late = await enrolments.issue(connection, server.id)
        await connection.execute(update(tables.enrolments).values(expires=time.time() - 1))
        with pytest.raises(Refused):
            await enrolments.redeem(connection, late)


async def test_a_failed_redemption_gives_the_secret_back(store: Store) -> None:
    async with store.write() as connection:
        server = await servers.add(connection, "srv1", "10.0.0.1", 8899)
        secret = await enrolments.issue(connection, server.id)
    with pytest.raises(RuntimeError):
        async with store.write() as connection:
            await enrolments.redeem(connection, secret)
            raise RuntimeError
    async with store.write() as connection:
        await enrolments.redeem(connection, secret)


async def test_a_server_becomes_its_host(store: Store) -> None:
    host = new_id()
    async with store.write() as connection:
        first = await servers.add(connection, "srv1", "10.0.0.1", 8899)
        second = await servers.add(connection, "srv2", "10.0.0.2", 8899)
        assert (await servers.enrolled(connection, first.id, host, 9000)).id == host
        with pytest.raises(Refused, match="srv1"):
            await servers.enrolled(connection, second.id, host, 9000)
        again = await servers.enrolled(connection, host, host, 9001)
        assert (again.port, again.enrolled, again.name) == (9001, True, "srv1")


def pool_of(*names: str, generation: int = 1, id_: str = "") -> PoolDocument:
    members = tuple(
        Member(id=new_id(), name=n, address="10.0.0.9", host_id=i, roles=frozenset(Role))
        for i, n in enumerate(names, start=1)
    )
    return PoolDocument(id=id_ or new_id(), name="p", generation=generation, members=members)


async def test_pools_say_whose_the_servers_are(store: Store) -> None:
    pool = pool_of("srv1", "srv2")
    async with store.write() as connection:
        own = await servers.add(connection, "srv1", "10.0.0.9", 8899)
        await servers.enrolled(connection, own.id, pool.members[0].id, 8899)
        assert await cache.put_pool(connection, pool)
        assert not await cache.put_pool(connection, pool)
        rows = {r.name: r for r in await servers.everyone(connection, pool.id)}
        assert (rows["srv1"].enrolled, rows["srv2"].enrolled) == (True, False)
        with pytest.raises(Refused):
            await servers.remove(connection, "srv1")
        smaller = pool.model_copy(update={"members": pool.members[1:], "generation": 2})
        assert await cache.put_pool(connection, smaller)
        await servers.remove(connection, "srv1")
        await cache.drop_pool(connection, pool.id)
        assert (await servers.get(connection, "srv2")).pool_id is None


def vm_row(name: str, pool: str = "p1", **values: object) -> VmRow:
    row: dict[str, object] = {
        "id": new_id(),
        "pool_id": pool,
        "name": name,
        "generation": 1,
        "wanted": "off",
        "placed_on": None,
        "migrating_to": None,
        "tags": "",
        "document": "{}",
        "server_id": None,
        "power": "stopped",
        "guest": None,
        "guest_seen": None,
        "updated": 1.0,
    }
    return VmRow(**row | values)  # type: ignore[arg-type]


async def test_vms_are_listed_in_pages(store: Store) -> None:
    rows = [vm_row(f"vm{n % 40:02}") for n in range(100)]
    async with store.write() as connection:
        await cache.put_vms(connection, rows, set())
    seen: list[VmRow] = []
    async with store.read() as connection:
        after = None
        while page := await cache.list_vms(connection, limit=7, after=after):
            assert len(page) <= 7
            seen += page
            after = (page[-1].name, page[-1].id)
    assert [r.id for r in seen] == [r.id for r in sorted(rows, key=lambda r: (r.name, r.id))]


async def test_vms_are_filtered(store: Store) -> None:
    rows = [
        vm_row("a", tags=" web  a_b "),
        vm_row("b", tags=" web-old  axb ", power="running", server_id="s1"),
        vm_row("c", pool="p2"),
    ]
    async with store.write() as connection:
        await cache.put_vms(connection, rows, set())
    for which, expected in (
        (VmFilter(tag="web"), "a"),
        (VmFilter(tag="a_b"), "a"),
        (VmFilter(power="running"), "b"),
        (VmFilter(server="s1"), "b"),
        (VmFilter(pool="p2"), "c"),
        (VmFilter(name="c"), "c"),
        (VmFilter(pool="p1", power="stopped"), "a"),
        (VmFilter(), "abc"),
    ):
        async with store.read() as connection:
            found = await cache.list_vms(connection, which)
        assert "".join(r.name for r in found) == expected, which


async def test_an_ambiguous_name_is_refused(store: Store) -> None:
    one, other = vm_row("web"), vm_row("web", pool="p2")
    async with store.write() as connection:
        await cache.put_vms(connection, [one, other], set())
        assert (await cache.vm(connection, one.id)).id == one.id
        with pytest.raises(Refused, match="several"):
            await cache.vm(connection, "web")
        with pytest.raises(Refused) as missing:
            await cache.vm(connection, "nothing")
        assert missing.value.code == "request.not_found"


async def test_event_numbers_never_appear_late(store: Store) -> None:
    """A reader who follows the highest number misses nothing, whatever commits when."""

    async def write(n: int) -> None:
        async with store.write() as connection:
            news = [News("vm", f"vm:{n}", {"n": n})]
            await asyncio.sleep((n * 7 % 5) / 100)
            await events.append(store, connection, news)
            await asyncio.sleep((n * 3 % 4) / 100)

    seen: list[str] = []

    async def follow() -> None:
        last = 0
        while len(seen) < 20:
            async with store.read() as connection:
                for event in await events.after(connection, last):
                    last = event.seq
                    seen.append(event.subject)
            await asyncio.sleep(0)

    async with asyncio.timeout(20):
        await asyncio.gather(follow(), *(write(n) for n in range(20)))
    assert sorted(seen) == sorted(f"vm:{n}" for n in range(20))


async def test_subscribers_get_everything_once_and_in_order(store: Store) -> None:
    wakes = Wakes(store)
    feed = Events(store, wakes)
    await wakes.start()
    await feed.start()
    for n in range(5):
        await feed.publish("vm", f"vm:{n}", {})
    got: dict[str, list[str]] = {"all": [], "new": []}

    async def take(name: str, after: int | None, many: int) -> None:
        async for event in feed.subscribe(after):
            got[name].append(event.subject)
            if len(got[name]) == many:
                return

    async with asyncio.timeout(10):
        while feed.last < 5:
            await asyncio.sleep(0.01)
        followers = asyncio.gather(take("all", 0, 12), take("new", None, 7))
        await asyncio.sleep(0.05)
        for n in range(5, 12):
            await feed.publish("vm", f"vm:{n}", {})
        await followers
    assert got["all"] == [f"vm:{n}" for n in range(12)]
    assert got["new"] == [f"vm:{n}" for n in range(5, 12)]
    ending = asyncio.create_task(take("end", 99, 1))
    await asyncio.sleep(0.05)
    await feed.stop()
    async with asyncio.timeout(2):
        await ending
    await wakes.stop()
