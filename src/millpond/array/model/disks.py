"""Disks: what belongs to whom."""

from collections.abc import Sequence

from millpond.array.model.fault_types import FaultKind, key
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Disk


def owner(state: State, disk: str) -> str:
    """What a disk is part of: ``Pool 0``, ``RAID group 11``; empty if it is free."""
    for pool in state.pools.values():
        if disk in pool.disks:
            return f"Pool {pool.number}"
    for group in state.raid_groups.values():
        if disk in group.disks:
            return f"RAID group {group.number}"
    return ""


def free(state: State) -> list[Disk]:
    return [disk for disk in state.disks.values() if not owner(state, disk.id)]


def take(state: State, wanted: Sequence[str]) -> tuple[Disk, ...]:
    """The disks of these ids, if all of them are free. Raises ``Refusal``."""
    found = []
    for name in wanted:
        disk = state.disks.get(name.upper())
        if disk is None:
            raise Refusal("disk.not_found", disk=name)
        if owner(state, disk.id) or disk in found:
            raise Refusal("disk.used", disk=name)
        if key(FaultKind.DISK, disk.id) in state.faults:
            raise Refusal("disk.failed", disk=name)
        found.append(disk)
    return tuple(found)
