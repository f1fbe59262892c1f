"""What an administrator should be told."""

from collections.abc import Iterable, Iterator

from millpond.array.model import faults, pools, redundancy
from millpond.array.model.fault_types import FaultKind
from millpond.array.model.state import State, Usage
from millpond.array.model.types import Pool, RaidGroup
from millpond.array.model.units import percent


def alerts(state: State, usage: Usage) -> list[str]:
    """One sentence for each fault, and for each pool or RAID group that suffers from one, is full or above its
    threshold."""
    found = [*_faults(state), *_homes(state)]
    for pool in state.pools.values():
        capacity = pools.capacity(state, pool, usage)
        full = percent(capacity.consumed, capacity.user)
        if pools.is_full(state, pool, usage):
            found.append(f"Storage Pool {pool.name} is full ({full} percent)")
        elif pools.above_threshold(pool, capacity.consumed, capacity.user):
            found.append(
                f"Storage Pool {pool.name} is above its Percent Full Threshold of {pool.threshold} "
                f"({full} percent)"
            )
    return found


def _faults(state: State) -> Iterator[str]:
    for fault in state.faults.values():
        name = faults.checked(state, fault.kind, fault.subject)[1]
        if fault.kind is FaultKind.DISK:
            yield f"{name} : Removed"
        elif fault.kind is not FaultKind.POOL:
            yield f"{name} {faults.WORDS[fault.kind][0]}"


def _homes(state: State) -> Iterator[str]:
    every: Iterable[Pool | RaidGroup] = (*state.pools.values(), *state.raid_groups.values())
    for home in every:
        health = redundancy.health(state, home)
        if health is not redundancy.Health.READY:
            yield f"{faults.name_of(home)} is {health.value.lower()}"
