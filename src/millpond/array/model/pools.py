"""Pools: disks that many LUNs share. Thick LUNs have their capacity reserved, thin ones what they use."""

from collections.abc import Sequence
from dataclasses import dataclass

from millpond.array.model import disks as disks_of
from millpond.array.model import names, raid
from millpond.array.model.fault_types import FaultKind, key
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State, Usage
from millpond.array.model.types import Disk, Lun, LunKind, Pool, Tier


@dataclass(frozen=True)
class Capacity:
    """In blocks. ``consumed`` may be more than ``user`` only if the file system gave more than the
    disks say."""

    raw: int
    user: int
    consumed: int
    subscribed: int

    @property
    def available(self) -> int:
        return max(0, self.user - self.consumed)

    @property
    def oversubscribed(self) -> int:
        return max(0, self.subscribed - self.user)


def create(
    state: State,
    name: str,
    disks: Sequence[str],
    raid_type: str = "r_5",
    threshold: int = 70,
    description: str = "",
) -> State:
    """Raises ``Refusal``."""
    if _checked_name(state, name):
        raise Refusal("pool.name")
    _checked_threshold(threshold)
    taken = disks_of.take(state, disks)
    _fitting(raid_type, taken)
    number = next(n for n in range(len(state.pools) + 1) if n not in state.pools)
    pool = Pool(
        number=number,
        name=name,
        raid_type=raid_type,
        disks=tuple(d.id for d in taken),
        threshold=threshold,
        description=description,
    )
    return state.put("pools", number, pool).event(f"Storage Pool {name} created")


def expand(state: State, number: int, disks: Sequence[str]) -> State:
    """Raises ``Refusal``."""
    pool = state.pools[number]
    taken = disks_of.take(state, disks)
    _fitting(pool.raid_type, taken)
    grown = pool.model_copy(update={"disks": pool.disks + tuple(d.id for d in taken)})
    return state.put("pools", number, grown).event(f"Storage Pool {pool.name} expanded")


def modify(
    state: State,
    number: int,
    new_name: str | None = None,
    threshold: int | None = None,
    description: str | None = None,
) -> State:
    """Raises ``Refusal``."""
    pool = state.pools[number]
    update: dict[str, object] = {}
    if new_name is not None and new_name != pool.name:
        if _checked_name(state, new_name):
            raise Refusal("pool.rename")
        update["name"] = new_name
    if threshold is not None:
        _checked_threshold(threshold)
        update["threshold"] = threshold
    if description is not None:
        update["description"] = description
    return state.put("pools", number, pool.model_copy(update=update))


def destroy(state: State, number: int) -> State:
    """Raises ``Refusal``."""
    pool = state.pools[number]
    if luns(state, pool):
        raise Refusal("pool.not_empty")
    state = state.drop("faults", key(FaultKind.POOL, str(number)))
    return state.drop("pools", number).event(f"Storage Pool {pool.name} destroyed")


def find(state: State, number: int | None = None, name: str | None = None) -> Pool:
    """Raises ``Refusal(pool.not_found)``."""
    for pool in state.pools.values():
        if number == pool.number or (number is None and name == pool.name):
            return pool
    raise Refusal("pool.not_found")


def luns(state: State, pool: Pool) -> list[Lun]:
    """Those that have data in it: a snapshot mount point has none."""
    return [
        lun
        for lun in state.luns.values()
        if lun.pooled and lun.home == pool.number and lun.primary is None
    ]


def capacity(state: State, pool: Pool, usage: Usage) -> Capacity:
    mine = luns(state, pool)
    return Capacity(
        raw=sum(state.disks[d].blocks for d in pool.disks),
        user=sum(blocks for _, blocks in tiers(state, pool)),
        consumed=sum(consumed(lun, usage) for lun in mine),
        subscribed=sum(lun.blocks for lun in mine),
    )


def is_full(state: State, pool: Pool, usage: Usage) -> bool:
    """Whether its thin LUNs get no more space; a fault may say so, too."""
    found = capacity(state, pool, usage)
    forced = key(FaultKind.POOL, str(pool.number)) in state.faults
    return forced or found.consumed >= found.user


def consumed(lun: Lun, usage: Usage) -> int:
    """Blocks of the pool that a LUN takes."""
    return lun.blocks if lun.kind is LunKind.THICK else usage.get(lun.number, 0)


def tiers(state: State, pool: Pool) -> list[tuple[Tier, int]]:
    """The pool's tiers, the fastest first, with the blocks that each has for data."""
    found = []
    for tier in Tier:
        sizes = [state.disks[d].blocks for d in pool.disks if state.disks[d].tier is tier]
        if sizes:
            found.append((tier, raid.pool_blocks(pool.raid_type, sizes)))
    return found


def above_threshold(pool: Pool, consumed_blocks: int, user: int) -> bool:
    return consumed_blocks * 100 > pool.threshold * user


def _checked_name(state: State, name: str) -> bool:
    """Whether a pool has the name. Raises ``Refusal`` for what is no name."""
    names.checked(name)
    return any(pool.name == name for pool in state.pools.values())


def _checked_threshold(threshold: int) -> None:
    if not 1 <= threshold <= 84:
        raise Refusal("pool.threshold")


def _fitting(raid_type: str, taken: Sequence[Disk]) -> None:
    for tier in Tier:
        count = sum(disk.tier is tier for disk in taken)
        if count and not raid.pool_fits(raid_type, count):
            raise Refusal("pool.rtype")
    if not taken:
        raise Refusal("pool.rtype")
