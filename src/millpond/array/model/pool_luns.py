"""LUNs in pools."""

from millpond.array.exports import SpName
from millpond.array.model import metaluns, names, ownership, pools, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State, Usage
from millpond.array.model.types import Lun, LunKind, Pool, Snap
from millpond.array.model.units import BLOCKS

MOST_BLOCKS = 256 * BLOCKS["tb"]
"""Largest pool LUN."""


def create(
    state: State,
    usage: Usage,
    pool: Pool,
    blocks: int,
    *,
    kind: LunKind = LunKind.THICK,
    number: int | None = None,
    name: str | None = None,
    sp: SpName | None = None,
    auto_assign: bool = False,
    ignore_thresholds: bool = False,
) -> State:
    """Raises ``Refusal``."""
    if not 1 <= blocks <= MOST_BLOCKS:
        raise Refusal("lun.capacity")
    number = names.lun_number(metaluns.numbers(state), number)
    name = unused_name(state, name or f"LUN {number}")
    if kind is LunKind.THICK:
        _room(state, usage, pool, blocks, ignore_thresholds)
    owner = sp or ownership.next_owner(state)
    state, wwn = state.issue()
    lun = Lun(
        number=number,
        name=name,
        wwn=wwn,
        blocks=blocks,
        kind=kind,
        home=pool.number,
        directory=_directory(state, pool),
        default_owner=owner,
        current_owner=owner,
        raid_type=pool.raid_type,
        auto_assign=auto_assign,
    )
    return state.put("luns", number, lun).event(f"LUN {number} created")


def expand(
    state: State, usage: Usage, number: int, blocks: int, ignore_thresholds: bool = False
) -> State:
    """To ``blocks`` altogether. Raises ``Refusal``."""
    lun = find(state, number)
    if blocks <= lun.blocks:
        raise Refusal("lun.shrink")
    if blocks > MOST_BLOCKS:
        raise Refusal("lun.capacity")
    uses.check_free(state, number)
    if lun.kind is LunKind.THICK:
        pool = state.pools[lun.home]
        _room(state, usage, pool, blocks - lun.blocks, ignore_thresholds)
    grown = lun.model_copy(update={"blocks": blocks})
    return state.put("luns", lun.number, grown).event(f"LUN {lun.number} expanded")


def modify(
    state: State,
    number: int,
    new_name: str | None = None,
    sp: SpName | None = None,
    tiering: tuple[str | None, str | None] = (None, None),
) -> State:
    """``tiering`` is initial tier and policy. Raises ``Refusal``."""
    lun = find(state, number)
    update: dict[str, object] = {}
    if new_name is not None and new_name != lun.name:
        update["name"] = unused_name(state, new_name)
    if sp is not None:
        update["default_owner"] = sp
    if tiering[0] is not None:
        update["initial_tier"] = tiering[0]
    if tiering[1] is not None:
        update["tiering_policy"] = tiering[1]
    return state.put("luns", lun.number, lun.model_copy(update=update))


def snaps_of(state: State, number: int) -> list[Snap]:
    """The snapshots that keep something of a LUN."""
    return [s for s in state.snaps.values() if any(part.lun == number for part in s.members)]


def destroy(state: State, number: int, with_snaps: bool = False) -> State:
    """``with_snaps``: and the snapshots that have it. Raises ``Refusal``."""
    lun = find(state, number)
    uses.check_free(state, number)
    if uses.showing(state, number):
        raise Refusal("lun.has_mount_points")
    mine = snaps_of(state, number)
    if mine and not with_snaps:
        raise Refusal("lun.has_snaps")
    if any(number in group.luns for group in state.snap_groups.values()):
        raise Refusal("snap.group_member")
    uses.check_unmapped(state, number)
    for snap in mine:
        uses.check_detached(state, snap)
        state = state.drop("snaps", snap.name)
    return state.drop("luns", lun.number).event(f"LUN {lun.number} destroyed")


def find(state: State, number: int | None = None, name: str | None = None) -> Lun:
    """A LUN of a pool. Raises ``Refusal(lun.not_found)``."""
    for lun in state.luns.values():
        if lun.pooled and (number == lun.number or (number is None and name == lun.name)):
            return lun
    raise Refusal("lun.not_found")


def _room(state: State, usage: Usage, pool: Pool, blocks: int, ignore: bool) -> None:
    capacity = pools.capacity(state, pool, usage)
    if blocks > capacity.available:
        raise Refusal("lun.full", need=blocks, have=capacity.available)
    if not ignore and pools.above_threshold(pool, capacity.consumed + blocks, capacity.user):
        raise Refusal("lun.threshold", threshold=pool.threshold)


def unused_name(state: State, name: str) -> str:
    """Raises ``Refusal``."""
    names.checked(name)
    if any(lun.name == name and lun.pooled for lun in state.luns.values()):
        raise Refusal("lun.name")
    return name


def _directory(state: State, pool: Pool) -> str:
    """Data of a pool's LUNs lie with its fastest tier."""
    tier = pools.tiers(state, pool)[0][0]
    return next(state.disks[d].directory for d in pool.disks if state.disks[d].tier is tier)
