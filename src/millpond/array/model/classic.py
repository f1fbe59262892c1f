"""LUNs that are bound on RAID groups."""

from millpond.array.exports import SpName
from millpond.array.model import metaluns, names, ownership, raid_groups, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun, LunKind


def bind(
    state: State,
    raid_type: str,
    number: int | None,
    group_number: int,
    blocks: int | None = None,
    sp: SpName | None = None,
) -> State:
    """A LUN in the first gap that is large enough; without ``blocks``, in all of the largest. Raises
    ``Refusal``."""
    group = raid_groups.get(state, group_number)
    if raid_type != group.raid_type or raid_type == "hot_spare":
        raise Refusal("classic.type", type=group.raid_type)
    number = names.lun_number(metaluns.numbers(state), number)
    gaps = raid_groups.gaps(state, group)
    if blocks is None:
        blocks = max((size for _, size in gaps), default=0)
    if blocks < 1:
        raise Refusal("lun.capacity")
    fitting = [first for first, size in gaps if size >= blocks]
    if not fitting:
        raise Refusal("classic.space", blocks=blocks)
    owner = sp or ownership.next_owner(state)
    state, wwn = state.issue()
    lun = Lun(
        number=number,
        name=f"LUN {number}",
        wwn=wwn,
        blocks=blocks,
        kind=LunKind.CLASSIC,
        home=group_number,
        directory=state.disks[group.disks[0]].directory,
        default_owner=owner,
        current_owner=owner,
        raid_type=group.raid_type,
        offset=fitting[0],
    )
    return state.put("luns", number, lun).event(f"LUN {number} bound")


def unbind(state: State, number: int) -> State:
    """Raises ``Refusal``."""
    get(state, number)
    uses.check_free(state, number)
    if number in state.metaluns:
        raise Refusal("lun.in_use")
    uses.check_unmapped(state, number)
    return state.drop("luns", number).event(f"LUN {number} unbound")


def rename(state: State, number: int, name: str) -> State:
    """Raises ``Refusal``."""
    lun = get(state, number)
    names.checked(name)
    return state.put("luns", number, lun.model_copy(update={"name": name}))


def get(state: State, number: int) -> Lun:
    """A bound LUN, metaLUNs included. Raises ``Refusal(classic.not_found)``."""
    lun = state.luns.get(number)
    if lun is None or lun.kind is not LunKind.CLASSIC:
        raise Refusal("classic.not_found")
    return lun
