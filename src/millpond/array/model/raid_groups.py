"""RAID groups: disks that LUNs are bound on, each LUN in one contiguous piece."""

from collections.abc import Sequence

from millpond.array.model import disks as disks_of
from millpond.array.model import raid
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import LunKind, RaidGroup

Piece = tuple[int, int]
"""First block and number of blocks."""


def create(state: State, number: int, disks: Sequence[str], raid_type: str) -> State:
    """Raises ``Refusal``."""
    if number in state.raid_groups or not 0 <= number <= 239:
        raise Refusal("rg.exists", number=number)
    taken = disks_of.take(state, disks)
    if not raid.group_fits(raid_type, len(taken)):
        raise Refusal("rg.disks")
    if len({disk.tier for disk in taken}) > 1:
        raise Refusal("rg.mixed")
    group = RaidGroup(number=number, raid_type=raid_type, disks=tuple(d.id for d in taken))
    return state.put("raid_groups", number, group).event(f"RAID group {number} created")


def remove(state: State, number: int) -> State:
    """Raises ``Refusal``."""
    group = get(state, number)
    if pieces(state, group):
        raise Refusal("rg.not_empty")
    if any({r.onto, r.spare} & set(group.disks) for r in state.rebuilds.values()):
        raise Refusal("rg.stands_in")
    return state.drop("raid_groups", number).event(f"RAID group {number} removed")


def get(state: State, number: int) -> RaidGroup:
    """Raises ``Refusal(rg.not_found)``."""
    if number not in state.raid_groups:
        raise Refusal("rg.not_found")
    return state.raid_groups[number]


def capacity(state: State, group: RaidGroup) -> int:
    """Blocks for LUNs."""
    return raid.group_blocks(group.raid_type, [state.disks[d].blocks for d in group.disks])


def luns(state: State, group: RaidGroup) -> list[int]:
    """Numbers of the LUNs on the group, components of metaLUNs included."""
    plain = [
        lun.number
        for lun in state.luns.values()
        if lun.kind is LunKind.CLASSIC and lun.home == group.number
    ]
    joined = [
        part.number
        for meta in state.metaluns.values()
        for part in meta.components[1:]
        if part.raid_group == group.number
    ]
    return sorted(plain + joined)


def pieces(state: State, group: RaidGroup) -> list[Piece]:
    """What is bound, in order."""
    found = [
        (lun.offset, lun.blocks)
        for lun in state.luns.values()
        if lun.kind is LunKind.CLASSIC
        and lun.home == group.number
        and lun.number not in state.metaluns
    ]
    found += [
        (part.offset, part.blocks)
        for meta in state.metaluns.values()
        for part in meta.components
        if part.raid_group == group.number
    ]
    return sorted(found)


def gaps(state: State, group: RaidGroup) -> list[Piece]:
    """What is not, in order."""
    at, found = 0, []
    for first, blocks in [*pieces(state, group), (capacity(state, group), 0)]:
        if first > at:
            found.append((at, first - at))
        at = first + blocks
    return found
