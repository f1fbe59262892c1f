"""How many disks a RAID group or a pool can do without, and how it is with those that it has now."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from millpond.array.model import raid
from millpond.array.model.fault_types import FaultKind, key
from millpond.array.model.state import State
from millpond.array.model.types import Lun, LunKind, Pool, RaidGroup, Tier

TOLERATED = {"r1": 1, "r1_0": 1, "r3": 1, "r5": 1, "r6": 2, "r_5": 1, "r_6": 2, "r_10": 1}
"""Disks that each set of ``sets`` can lose; none of other types."""


class Health(StrEnum):
    READY = "Ready"
    DEGRADED = "Degraded"
    FAULTED = "Faulted"


def health(state: State, home: Pool | RaidGroup) -> Health:
    if (
        not state.faults and not state.rebuilds
    ):  # it is asked for each LUN whenever anything changes
        return Health.READY
    lost = [sum(missing(state, disk) for disk in disks) for disks in sets(state, home)]
    if any(count > TOLERATED.get(home.raid_type, 0) for count in lost):
        return Health.FAULTED
    return Health.DEGRADED if any(lost) else Health.READY


def lun_health(state: State, lun: Lun) -> Health:
    """That of the worst of what it lies on."""
    found = {health(state, home) for home in homes(state, lun)}
    return next(h for h in (Health.FAULTED, Health.DEGRADED, Health.READY) if h in found)


def homes(state: State, lun: Lun) -> list[Pool | RaidGroup]:
    if lun.kind is not LunKind.CLASSIC:
        return [state.pools[lun.home]]
    meta = state.metaluns.get(lun.number)
    groups = {part.raid_group for part in meta.components} if meta else {lun.home}
    return [state.raid_groups[number] for number in sorted(groups)]


def home_of(state: State, disk: str) -> Pool | RaidGroup | None:
    every: Iterable[Pool | RaidGroup] = (*state.pools.values(), *state.raid_groups.values())
    return next((home for home in every if disk in home.disks), None)


def sets(state: State, home: Pool | RaidGroup) -> list[Sequence[str]]:
    """The disks that hold each other's data: mirrored pairs, a RAID group, or a pool's inner groups."""
    if isinstance(home, RaidGroup):
        return _pairs(home.disks) if home.raid_type == "r1_0" else [home.disks]
    found: list[Sequence[str]] = []
    for tier in Tier:
        disks = [disk for disk in home.disks if state.disks[disk].tier is tier]
        if home.raid_type == "r_10":
            found += _pairs(disks)
        else:
            inner = -(-len(disks) // raid.POOL_WIDTH[home.raid_type][0])
            found += [disks[first::inner] for first in range(inner)]
    return found


def _pairs(disks: Sequence[str]) -> list[Sequence[str]]:
    return [disks[at : at + 2] for at in range(0, len(disks), 2)]


def condition(state: State, disk: str) -> str:
    """As ``getdisk`` names it."""
    home, own = home_of(state, disk), state.rebuilds.get(disk)
    if failed(state, disk):
        return "Removed"
    if own is not None:
        return "Equalizing" if own.spare else "Rebuilding"
    if any(r.onto == disk and not r.done for r in state.rebuilds.values()):
        return "Rebuilding"
    used = any(disk in (r.onto, r.spare) for r in state.rebuilds.values())
    if home is not None and home.raid_type == "hot_spare" and not used:
        return "Hot Spare Ready"
    return "Enabled" if home is not None else "Unbound"


def rebuilt(state: State, disks: Sequence[str], now: float) -> int:
    """Percent of what belongs on these disks that is where it belongs, or where a spare stands in."""
    done = [state.rebuilds[disk].percent(now) for disk in disks if disk in state.rebuilds]
    lost = [0 for disk in disks if failed(state, disk) and disk not in state.rebuilds]
    return min([100, *done, *lost])


def missing(state: State, disk: str) -> bool:
    """Whether what belongs on the disk has to be found without it."""
    rebuild = state.rebuilds.get(disk)
    if failed(state, disk):
        return rebuild is None or not rebuild.done
    return rebuild is not None and not rebuild.spare


def delays(state: State, lun: Lun) -> tuple[float, ...]:
    """Seconds that each disk of the LUN takes longer; empty if none does."""
    if not state.faults:
        return ()
    slow = [
        state.faults.get(key(FaultKind.SLOW, disk))
        for home in homes(state, lun)
        for disk in home.disks
    ]
    return tuple(fault.delay / 1000 if fault else 0.0 for fault in slow) if any(slow) else ()


def failed(state: State, disk: str) -> bool:
    return key(FaultKind.DISK, disk) in state.faults
