"""What the cache makes of what it hears, on both databases."""

import time
from collections.abc import AsyncIterator

import pytest

from millpond.domain.names import new_id
from millpond.domain.vm import Guest, Power, VmConfig, VmDocument, Wanted
from millpond.manager.cache import Cache
from millpond.manager.events import Events
from millpond.manager.store import Store, events
from millpond.manager.store import cache as table
from millpond.manager.store.cache import VmRow
from millpond.manager.wake import Wakes

POOL, HERE, THERE = new_id(), new_id(), new_id()


@pytest.fixture
async def cache(store: Store) -> AsyncIterator[Cache]:
    wakes = Wakes(store)
    feed = Events(store, wakes)
    await feed.start()
    made = Cache(store, feed)
    yield made
    await feed.stop()


def document(name: str = "web", generation: int = 1, **values: object) -> VmDocument:
    config = VmConfig(
        id=new_id(), name=name, memory=64, max_memory=64, vcpus=1, max_vcpus=1, tags=("t1", "t2")
    )
    return VmDocument(config=config, generation=generation, **values)


def guest(of: VmDocument, power: Power = Power.RUNNING) -> Guest:
    return Guest(id=of.config.id, run=of.run or new_id(), power=power, config=of.config)


async def row(store: Store, of: VmDocument) -> VmRow | None:
    async with store.read() as connection:
        found = await table.vms_by_id(connection, [of.config.id])
    return found[0] if found else None


async def power(store: Store, cache: Cache, of: VmDocument) -> tuple[str, str | None]:
    await cache.flush()
    found = await row(store, of)
    assert found is not None
    assert (found.guest is not None) == (found.power in ("running", "paused"))
    return found.power, found.server_id


async def told(store: Store) -> int:
    async with store.read() as connection:
        return await events.last_seq(connection)


def put(cache: Cache, of: VmDocument) -> None:
    cache.record(cache.ticket(), POOL, of.config.id, of)


async def test_power_follows_guest_record_and_server(store: Store, cache: Cache) -> None:
    vm = document()
    put(cache, vm)
    assert await power(store, cache, vm) == ("stopped", None)
    vm = vm.model_copy(update={"placed_on": HERE, "wanted": Wanted.ON, "generation": 2})
    put(cache, vm)
    await cache.snapshot(HERE, [guest(vm)])
    assert await power(store, cache, vm) == ("running", HERE)
    cache.guest(HERE, vm.config.id, guest(vm, Power.PAUSED))
    assert await power(store, cache, vm) == ("paused", HERE)
    await cache.lost(HERE)
    assert await power(store, cache, vm) == ("unknown", HERE)
    await cache.snapshot(HERE, [])
    assert await power(store, cache, vm) == ("stopped", HERE)
    asleep = {"wanted": Wanted.SUSPENDED, "placed_on": None, "generation": 3}
    put(cache, vm.model_copy(update=asleep))
    assert await power(store, cache, vm) == ("suspended", None)
    cache.record(cache.ticket(), POOL, vm.config.id, None)
    await cache.flush()
    assert await row(store, vm) is None


async def test_during_a_migration_the_record_decides(store: Store, cache: Cache) -> None:
    vm = document(placed_on=HERE, migrating_to=THERE, wanted=Wanted.ON)
    put(cache, vm)
    await cache.snapshot(THERE, [guest(vm, Power.PAUSED)])
    await cache.snapshot(HERE, [guest(vm)])
    assert await power(store, cache, vm) == ("running", HERE)
    cache.guest(HERE, vm.config.id, None)
    cache.guest(THERE, vm.config.id, guest(vm))
    assert await power(store, cache, vm) == ("running", THERE)


async def test_a_new_manager_believes_what_the_old_one_knew_until_it_hears(
    store: Store, cache: Cache
) -> None:
    vm = document(placed_on=HERE, wanted=Wanted.ON)
    put(cache, vm)
    await cache.snapshot(HERE, [guest(vm)])
    await cache.flush()
    feed = Events(store, Wakes(store))
    new = Cache(store, feed)
    put(new, vm)
    assert await power(store, new, vm) == ("running", HERE)
    await new.snapshot(HERE, [])
    assert await power(store, new, vm) == ("stopped", HERE)


async def test_late_answers_are_not_believed(store: Store, cache: Cache) -> None:
    vm = document(placed_on=HERE, wanted=Wanted.ON)
    early = cache.ticket()
    put(cache, vm)
    await cache.snapshot(HERE, [guest(vm)])
    asked = cache.ticket()
    cache.guest(HERE, vm.config.id, None)  # it ended after we asked, before the answer came
    cache.guest(HERE, vm.config.id, guest(vm), asked)
    assert await power(store, cache, vm) == ("stopped", HERE)
    cache.record(early, POOL, vm.config.id, None)
    assert await power(store, cache, vm) == ("stopped", HERE)
    cache.record(cache.ticket(), POOL, vm.config.id, None)
    cache.record(asked, POOL, vm.config.id, vm)
    await cache.flush()
    assert await row(store, vm) is None


async def test_only_changes_are_told(store: Store, cache: Cache) -> None:
    vm = document(placed_on=HERE, wanted=Wanted.ON)
    put(cache, vm)
    await cache.snapshot(HERE, [guest(vm)])
    await cache.flush()
    before = await told(store)
    put(cache, vm)
    await cache.snapshot(HERE, [guest(vm)])
    await cache.records(cache.ticket(), POOL, [vm])
    await cache.flush()
    assert await told(store) == before
    cache.guest(HERE, vm.config.id, guest(vm, Power.PAUSED))
    await cache.flush()
    assert await told(store) == before + 1


async def test_a_full_listing_drops_what_is_not_in_it(store: Store, cache: Cache) -> None:
    keep, drop = document("keep"), document("drop")
    await cache.records(cache.ticket(), POOL, [keep, drop])
    await cache.flush()
    await cache.records(cache.ticket(), POOL, [keep])
    await cache.flush()
    assert await row(store, keep) is not None
    assert await row(store, drop) is None


@pytest.mark.thorough
async def test_ten_thousand_vms(store: Store, cache: Cache) -> None:
    documents = [document(f"vm{n}", placed_on=HERE, wanted=Wanted.ON) for n in range(10_000)]
    guests = [guest(d) for d in documents]
    began = time.monotonic()
    await cache.records(cache.ticket(), POOL, documents)
    await cache.flush()
    await cache.snapshot(HERE, guests)
    await cache.flush()
    filling = time.monotonic() - began
    began = time.monotonic()
    cache.guest(HERE, documents[5].config.id, None)
    await cache.flush()
    one = time.monotonic() - began
    async with store.read() as connection:
        running = table.VmFilter(power="running")
        assert len(await table.list_vms(connection, running)) == 9_999
    assert filling < 60
    assert one < 1
