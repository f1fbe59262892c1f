"""What an administrator should be told about the pools."""

from millpond.array.model import pools
from millpond.array.model.state import State, Usage
from millpond.array.model.units import percent


def alerts(state: State, usage: Usage) -> list[str]:
    """One sentence for each pool that is full, or above its threshold."""
    found = []
    for pool in state.pools.values():
        capacity = pools.capacity(state, pool, usage)
        full = percent(capacity.consumed, capacity.user)
        if capacity.consumed >= capacity.user:
            found.append(f"Storage Pool {pool.name} is full ({full} percent)")
        elif pools.above_threshold(pool, capacity.consumed, capacity.user):
            found.append(
                f"Storage Pool {pool.name} is above its Percent Full Threshold of {pool.threshold} "
                f"({full} percent)"
            )
    return found
