"""What pool masters tell of high availability, passed on: as events, and as figures.

Nothing is stored of it: who wants the present status asks the master. What was told last is read back
from the log of events, so that neither a restart nor a second manager tells a thing twice.
"""

import json
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.domain.events import HaChanged
from millpond.domain.ha.failover import Failover
from millpond.domain.ha.status import HaStatus
from millpond.manager.events import Events
from millpond.manager.metrics import Metrics
from millpond.manager.store import Store, cache, events
from millpond.manager.store.events import News

Told = dict[str, Any]


def alarms_of(status: HaStatus) -> list[str]:
    """The pool's own, then each server's, which begins with its name."""
    return [*status.alarms, *(f"{h.name}: {a}" for h in status.hosts for a in h.alarms)]


def told(pool: str, status: HaStatus) -> Told:
    """The data of an event, but for what has changed. ``pool`` is its name."""
    names = {h.server: h.name for h in status.hosts}
    return {
        "pool": pool,
        "master": names.get(status.master, status.master),
        "term": status.term,
        "enabled": status.enabled,
        "armed": status.armed,
        "servers": {h.name: h.state for h in status.hosts},
        "waiting": list(status.waiting),
        "alarms": alarms_of(status),
    }


def changes(before: Told | None, now: Told) -> list[str]:
    """One sentence for each difference that people want to know."""
    old = before or {}
    found = []
    if old.get("master") != now["master"]:
        found.append(f"{now['master']} is pool master, term {now['term']}")
    for word in ("enabled", "armed"):
        if before is not None and old[word] is not now[word]:
            found.append(f"{'' if now[word] else 'not '}{word}")
    states = old.get("servers", {})
    for server, state in now["servers"].items():
        if server in states and states[server] != state:
            found.append(f"{server}: {states[server]} -> {state}")
    for word, begun, over in (
        ("alarms", "alarm", "alarm over"),
        ("waiting", "no room", "no room, over"),
    ):
        was = old.get(word, [])
        found += [f"{begun}: {a}" for a in now[word] if a not in was]
        found += [f"{over}: {a}" for a in was if a not in now[word]]
    return found


def stage_of(failover: Failover) -> str:
    """How far it has come, in a word."""
    for field, word in (
        ("ended", "ended"),
        ("leases_cleared", "leases cleared"),
        ("fenced", "fenced"),
        ("decided", "decided"),
    ):
        if getattr(failover, field) is not None:
            return word
    return "started"


def story(pool: str, failover: Failover) -> Told:
    """The data of a failover's event."""
    stage = stage_of(failover)
    again = sum(v.started is not None for v in failover.vms)
    what = {
        "started": f"{failover.server_name} is silent: failover begins",
        "decided": f"{failover.server_name} is to be replaced",
        "fenced": f"{failover.server_name} is out: {failover.how}",
        "leases cleared": f"the leases of {failover.server_name} are free",
        "ended": f"failover of {failover.server_name} ended: "
        f"{again} of {len(failover.vms)} VMs run again",
    }[stage]
    if stage == "ended" and failover.measured is not None:
        what += f", {failover.measured:.1f} s after it fell silent"
    return {
        "id": failover.id,
        "pool": pool,
        "server": failover.server_name,
        "stage": stage,
        "fenced": failover.fenced is not None,
        "how": failover.how,
        "vms": len(failover.vms),
        "started": again,
        "measured": failover.measured,
        "promised": failover.promised,
        "what": what,
    }


class HaNews:
    """Hears every master's word and tells what is new in it."""

    def __init__(self, store: Store, feed: Events, metrics: Metrics) -> None:
        self._store = store
        self._feed = feed
        self._metrics = metrics
        self._heard: dict[str, tuple[str, HaStatus]] = {}

    async def heard(self, event: HaChanged) -> None:
        """Raises SQLAlchemyError."""
        status = event.status
        name, before = self._heard.get(status.pool, ("", None))
        if before is not None and event.failover is None and told("", before) == told("", status):
            self._heard[status.pool] = name, status
            return
        async with self._store.write() as connection:
            await events.alone(self._store, connection)
            name = await cache.name_of(connection, "pool", status.pool) or status.pool
            news = await self._of_status(connection, name, status)
            if event.failover is not None:
                news += await self._of_failover(connection, name, event.failover)
            await events.append(self._store, connection, news)
        self._heard[status.pool] = name, status
        self._metrics.alarms(name, len(alarms_of(status)))
        for told_now in news:
            if told_now.kind == "failover":
                self._metrics.failover(name, told_now.data)
        if news:
            self._feed.announce()

    def unread(self) -> dict[str, str]:
        """The repositories (ids) that their pool's master cannot read, and why, as last told."""
        return {r: why for _, s in self._heard.values() for r, why in s.unread.items()}

    def forget(self, pool: str) -> None:
        """The pool with this id is gone."""
        if pool in self._heard:
            name, _ = self._heard.pop(pool)
            self._metrics.no_alarms(name)

    async def _of_status(
        self, connection: AsyncConnection, name: str, status: HaStatus
    ) -> list[News]:
        subject = f"pool:{status.pool}"
        before, now = await _last(connection, "ha", subject), told(name, status)
        if before is not None and before["term"] > status.term:
            return []  # a master of old that does not know it yet
        found = changes(before, now)
        return [News("ha", subject, now | {"what": "; ".join(found)})] if found else []

    async def _of_failover(
        self, connection: AsyncConnection, name: str, failover: Failover
    ) -> list[News]:
        subject = f"failover:{failover.id}"
        before, now = await _last(connection, "failover", subject), story(name, failover)
        if before is not None and before["stage"] in (now["stage"], "ended"):
            return []
        return [News("failover", subject, now)]


async def _last(connection: AsyncConnection, kind: str, subject: str) -> Told | None:
    found = await events.latest(connection, 1, kind=kind, subject=subject)
    data: Told | None = json.loads(found[0].data) if found else None
    return data
