"""The pool's high availability at a glance."""

from math import inf

from millpond.domain.ha.decision import Decision
from millpond.domain.ha.silence import OVER, Condition
from millpond.domain.ha.status import HaStatus, HostStatus
from millpond.domain.ha.view import FenceState, HostView, PoolView
from millpond.domain.pool import PoolDocument
from millpond.ha.fencing import Fencer
from millpond.ha.peers import Peers
from millpond.ha.stories import Stories

WORDS = {
    Condition.ONLINE: "online",
    Condition.ISOLATED: "isolated",
    Condition.STORAGE_LOST: "storage-lost",
    Condition.DOUBTFUL: "silent",
    Condition.SILENT: "silent",
    Condition.PROVEN: "dead",
    Condition.EXPIRED: "dead",
    Condition.LEFT: "left",
}


def status_of(
    pool: PoolDocument,
    view: PoolView,
    conditions: dict[str, Condition],
    decision: Decision,
    peers: Peers,
    fencer: Fencer,
    stories: Stories,
    alarms: tuple[str, ...],
) -> HaStatus:
    """``alarms`` are the master's own."""
    fences = [h.fence_seconds for h in view.hosts if h.fence_seconds is not None]
    return HaStatus(
        pool=pool.id,
        term=pool.term,
        master=view.me,
        enabled=view.settings.enabled,
        armed=view.settings.armed,
        sentence=decision.sentence,
        hosts=tuple(_host(view, h, conditions[h.id], peers, fencer) for h in view.hosts),
        waiting=decision.waiting,
        promised_fenced=view.timing.with_devices(max(fences, default=None)).bound_fenced,
        promised_by_leases=view.timing.bound_by_leases,
        last=stories.last,
        worst=stories.worst,
        alarms=(*decision.alarms, *alarms),
    )


def _host(
    view: PoolView, host: HostView, condition: Condition, peers: Peers, fencer: Fencer
) -> HostStatus:
    peer = peers.peer(host.id)
    pulse = peer.pulse
    unheard = peer.refuses or host.network_age > view.timing.network_silent
    troubled = bool(peer.trouble) and unheard and condition not in OVER
    state = WORDS[condition]
    if host.fence is FenceState.RUNNING:
        state = "fencing"
    elif condition is Condition.ONLINE and not host.joined:
        state = "joining"
    elif host.maintenance and condition is Condition.ONLINE:
        state = "maintenance"
    return HostStatus(
        server=host.id,
        name=host.name,
        state=state,
        network_age=_told(host.network_age),
        storage_age=_told(host.storage_age),
        watchdog=pulse.watchdog if pulse is not None else None,
        devices=len(fencer.devices(host.id)),
        alarms=(*((peer.trouble,) if troubled else ()), *(pulse.problems if pulse else ())),
    )


def _told(age: float) -> float | None:
    return None if age == inf else round(age, 1)


_AGES = frozenset({"network_age", "storage_age"})


def lasting(status: HaStatus) -> dict[str, object]:
    """What of it is worth telling again when it changes: not the ages."""
    hosts = [{field: value for field, value in host if field not in _AGES} for host in status.hosts]
    return dict(status) | {"hosts": hosts}
