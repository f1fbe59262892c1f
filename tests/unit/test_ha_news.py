"""What the manager tells of high availability: each thing once, whoever hears it how often."""

import json
from collections.abc import AsyncIterator

import pytest

from millpond.domain.events import HaChanged
from millpond.domain.ha.failover import Failover
from millpond.domain.ha.settings import HaSettings
from millpond.domain.ha.status import HaStatus, HostStatus
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Role
from millpond.manager.cache import Cache
from millpond.manager.events import Events
from millpond.manager.ha import HaNews, stage_of, story
from millpond.manager.metrics import Metrics
from millpond.manager.store import Store, events
from millpond.manager.store.events import Event
from millpond.manager.wake import Wakes

POOL, SRV1, SRV2 = new_id(), new_id(), new_id()
ALL_ROLES = frozenset(Role)


def member(id_: str, name: str, host_id: int, roles: frozenset[Role] = ALL_ROLES) -> Member:
    return Member(id=id_, name=name, address="192.0.2.1", host_id=host_id, roles=roles)


DOCUMENT = PoolDocument(
    id=POOL,
    name="pool1",
    generation=1,
    members=(member(SRV1, "srv1", 1), member(SRV2, "srv2", 2, frozenset({Role.VM}))),
    ha=HaSettings(enabled=True),
)


def host(server: str, name: str, state: str = "online", *alarms: str) -> HostStatus:
    return HostStatus(
        server=server,
        name=name,
        state=state,
        network_age=0.2,
        storage_age=1.0,
        watchdog=None,
        devices=1,
        alarms=alarms,
    )


def status(**changes: object) -> HaStatus:
    values: dict[str, object] = {
        "pool": POOL,
        "term": 1,
        "master": SRV1,
        "enabled": True,
        "armed": True,
        "sentence": "all is well",
        "hosts": (host(SRV1, "srv1"), host(SRV2, "srv2")),
        "promised_fenced": 14.0,
        "promised_by_leases": 81.0,
    }
    return HaStatus.model_validate(values | changes)


def said(changes: HaStatus, failover: Failover | None = None) -> HaChanged:
    return HaChanged(server=changes.master, status=changes, failover=failover)


@pytest.fixture
async def feed(store: Store) -> AsyncIterator[Events]:
    made = Events(store, Wakes(store))
    await made.start()
    await Cache(store, made).put_pool(DOCUMENT)
    yield made
    await made.stop()


@pytest.fixture
def news(store: Store, feed: Events) -> HaNews:
    return HaNews(store, feed, Metrics())


async def told(store: Store, kind: str = "ha") -> list[Event]:
    async with store.read() as connection:
        return await events.after(connection, 0, kind=kind)


async def words(store: Store, kind: str = "ha") -> list[str]:
    return [json.loads(e.data)["what"] for e in await told(store, kind)]


async def test_what_changes_is_told_and_what_stays_is_not(store: Store, news: HaNews) -> None:
    await news.heard(said(status()))
    older = tuple(h.model_copy(update={"network_age": 9.0}) for h in status().hosts)
    await news.heard(said(status(hosts=older)))
    silent = (host(SRV1, "srv1"), host(SRV2, "srv2", "silent", "cut off?"))
    await news.heard(said(status(hosts=silent, alarms=("no room",))))
    await news.heard(said(status(armed=False)))
    assert await words(store) == [
        "srv1 is pool master, term 1",
        "srv2: online -> silent; alarm: no room; alarm: srv2: cut off?",
        "not armed; srv2: silent -> online; alarm over: no room; alarm over: srv2: cut off?",
    ]
    (first, *_) = await told(store)
    assert first.subject == f"pool:{POOL}"


async def test_nothing_is_told_twice_by_another_manager(
    store: Store, feed: Events, news: HaNews
) -> None:
    await news.heard(said(status(alarms=("x",))))
    await HaNews(store, feed, Metrics()).heard(said(status(alarms=("x",))))
    assert len(await told(store)) == 1


async def test_a_master_of_old_is_not_listened_to(store: Store, news: HaNews) -> None:
    await news.heard(said(status(master=SRV2, term=2)))
    await news.heard(said(status(master=SRV1, term=1, alarms=("I was master",))))
    assert await words(store) == ["srv2 is pool master, term 2"]


FAILOVER = Failover(
    id=new_id(),
    server=SRV2,
    server_name="srv2",
    term=1,
    silent=100.0,
    detected=106.0,
    promised=14.0,
)


def later(**changes: object) -> Failover:
    return Failover.model_validate(FAILOVER.model_dump() | changes)


ENDED = later(
    decided=106.1,
    fenced=107.0,
    how="ipmi1: off",
    leases_cleared=107.2,
    vms=[
        {"vm": new_id(), "name": "web1", "server": "srv1", "started": 109.5},
        {"vm": new_id(), "name": "web2", "outcome": "no room"},
    ],
    ended=110.0,
)


@pytest.mark.parametrize(
    ("failover", "stage"),
    [
        (FAILOVER, "started"),
        (later(decided=106.1), "decided"),
        (later(decided=106.1, fenced=107.0), "fenced"),
        (later(decided=106.1, leases_cleared=107.2), "leases cleared"),
        (ENDED, "ended"),
    ],
)
def test_stages(failover: Failover, stage: str) -> None:
    assert stage_of(failover) == stage
    assert "srv2" in story("pool1", failover)["what"]


async def test_a_failover_is_told_stage_by_stage(store: Store, feed: Events) -> None:
    metrics = Metrics()
    news = HaNews(store, feed, metrics)
    for stage in (FAILOVER, FAILOVER, later(decided=106.1), ENDED, ENDED, FAILOVER):
        await news.heard(said(status(alarms=("x", "y")), stage))
    await HaNews(store, feed, metrics).heard(said(status(alarms=("x", "y")), ENDED))
    assert await words(store, "failover") == [
        "srv2 is silent: failover begins",
        "srv2 is to be replaced",
        "failover of srv2 ended: 1 of 2 VMs run again, 9.5 s after it fell silent",
    ]
    text = (await metrics.render(store)).decode()
    for line in (
        'millpond_failovers_total{pool="pool1"} 1.0',
        'millpond_fenced_total{pool="pool1"} 1.0',
        'millpond_failover_seconds_sum{pool="pool1"} 9.5',
        'millpond_ha_alarms{pool="pool1"} 2.0',
    ):
        assert line in text, text


async def test_a_pool_that_is_gone_has_no_alarms(store: Store, feed: Events) -> None:
    metrics = Metrics()
    news = HaNews(store, feed, metrics)
    await news.heard(said(status(alarms=("x",))))
    news.forget(POOL)
    news.forget(POOL)
    assert "millpond_ha_alarms{" not in (await metrics.render(store)).decode()
