"""What each member's two heartbeats, over the network and on the storage, say of it together."""

from collections.abc import Iterable
from enum import StrEnum

from millpond.domain.ha.proof import Proof
from millpond.domain.ha.view import FenceState, HostView, PoolView
from millpond.domain.leases import HostState


class Condition(StrEnum):
    """``ONLINE``: it answers and renews. ``ISOLATED``: it renews and does not answer.
    ``STORAGE_LOST``: it answers and holds no lease that it renews. ``DOUBTFUL``: both are missing, but
    not for long enough. ``SILENT``: both are gone. ``PROVEN``: fence devices have confirmed its death.
    ``EXPIRED``: sanlock itself calls it dead. ``LEFT``: it gave its host id back."""

    ONLINE = "online"
    ISOLATED = "isolated"
    STORAGE_LOST = "storage-lost"
    DOUBTFUL = "doubtful"
    SILENT = "silent"
    PROVEN = "proven"
    EXPIRED = "expired"
    LEFT = "left"


OVER = frozenset({Condition.PROVEN, Condition.EXPIRED, Condition.LEFT})
"""No guest runs there any more."""


def valid_proof(host: HostView) -> Proof | None:
    """The proof of the host's death, if it is about this host as it was last seen: one that has
    renewed its lease since is not dead, whatever was proven."""
    proof = host.proof
    if host.fence is not FenceState.PROVEN or proof is None or proof.host_id != host.host_id:
        return None
    stands = host.generation is None or proof.stands(host.generation, host.timestamp)
    return proof if stands else None


def conditions(view: PoolView) -> dict[str, Condition]:
    """By server id. A host that answers is not dead, whatever its fence device has confirmed."""
    t = view.timing
    found: dict[str, Condition] = {}
    mute: list[HostView] = []
    for host in view.hosts:
        if host.id == view.me:
            condition = Condition.ONLINE
        elif host.network_age <= t.network_silent:
            renews = host.storage_age <= t.storage_silent and host.lease not in _WITHOUT_HOST_ID
            condition = Condition.ONLINE if renews else Condition.STORAGE_LOST
        elif valid_proof(host) is not None:
            condition = Condition.PROVEN
        elif host.lease is HostState.DEAD:
            condition = Condition.EXPIRED
        elif host.lease is HostState.FREE:
            condition = Condition.LEFT
        elif host.storage_age > t.storage_silent:
            condition = Condition.DOUBTFUL
            mute.append(host)
        else:
            condition = Condition.ISOLATED
        found[host.id] = condition
    patience = _patience(view, mute, found.values())
    for host in mute:
        if min(host.storage_age, view.mastered_age) > patience:
            found[host.id] = Condition.SILENT
    return found


_WITHOUT_HOST_ID = frozenset({HostState.FREE, HostState.DEAD})


def is_mass(mute: int, conditions: Iterable[Condition]) -> bool:
    """Whether so many of the others fell silent at once that the cause is probably a common one."""
    others = sum(1 for c in conditions if c not in OVER) - 1
    return mute >= 2 and 2 * mute > others


def _patience(view: PoolView, mute: list[HostView], found: Iterable[Condition]) -> float:
    """Seconds both heartbeats must be missing. Where most members fall silent together, a switch that
    restarts looks the same as their deaths: it is waited for until their leases are lost anyway, and
    fencing costs nothing more."""
    t = view.timing
    either = max(t.network_silent, t.storage_silent)
    return max(either, t.lease_lost) if is_mass(len(mute), found) else either
