"""MetaLUNs: a LUN that was made larger with others, which are then no LUNs of their own any more.

The base keeps its number, its name for hosts (WWN) and its data. What was on the added LUNs is lost, as
the real array does it. Striped or concatenated is kept and shown; where a block lies within the array is
nothing that a host could see.
"""

from collections.abc import Sequence
from typing import Literal

from millpond.array.model import names, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Component, Lun, LunKind, MetaLun


def numbers(state: State) -> set[int]:
    """All LUN numbers in use, those of components included."""
    inner = {part.number for meta in state.metaluns.values() for part in meta.components}
    return inner | set(state.luns)


def expand(
    state: State,
    base: int,
    added: Sequence[int],
    join: Literal["S", "C"] = "S",
    blocks: int | None = None,
    name: str | None = None,
) -> State:
    """``blocks`` is the user capacity of the whole, all there is if None. Raises ``Refusal``."""
    head = state.luns.get(base)
    if head is None or head.kind is not LunKind.CLASSIC:
        raise Refusal("meta.component")
    if not added or len(set(added)) < len(added) or base in added:
        raise Refusal("meta.component")
    for number in (base, *added):
        uses.check_free(state, number)
    meta = state.metaluns.get(base) or MetaLun(number=base, components=(_part(head),), join=())
    parts = [_part(_addable(state, number)) for number in added]
    if join == "S" and any(not _alike(part, meta.components[0]) for part in parts):
        raise Refusal("meta.stripe")
    grown = MetaLun(
        number=base, components=(*meta.components, *parts), join=meta.join + (join,) * len(parts)
    )
    total = actual(grown)
    if blocks is not None and not head.blocks <= blocks <= total:
        raise Refusal("meta.capacity")
    update = {"blocks": total if blocks is None else blocks}
    head = head.model_copy(update=update | ({"name": names.checked(name)} if name else {}))
    for number in added:
        state = state.drop("luns", number)
    state = state.put("luns", base, head).put("metaluns", base, grown)
    return state.event(f"MetaLUN {base} expanded")


def destroy(state: State, number: int) -> State:
    """The metaLUN and all of its components. Raises ``Refusal``."""
    get(state, number)
    uses.check_free(state, number)
    uses.check_unmapped(state, number)
    return state.drop("metaluns", number).drop("luns", number).event(f"MetaLUN {number} destroyed")


def get(state: State, number: int) -> MetaLun:
    """Raises ``Refusal(meta.not_found)``."""
    if number not in state.metaluns:
        raise Refusal("meta.not_found")
    return state.metaluns[number]


def actual(meta: MetaLun) -> int:
    """Blocks of all components together."""
    return sum(part.blocks for part in meta.components)


def _part(lun: Lun) -> Component:
    return Component(
        number=lun.number,
        raid_group=lun.home,
        raid_type=lun.raid_type,
        offset=lun.offset,
        blocks=lun.blocks,
    )


def _addable(state: State, number: int) -> Lun:
    lun = state.luns.get(number)
    if (
        lun is None
        or lun.kind is not LunKind.CLASSIC
        or uses.mapped(state, number)
        or number in state.metaluns
    ):
        raise Refusal("meta.component")
    return lun


def _alike(part: Component, base: Component) -> bool:
    return (part.blocks, part.raid_type) == (base.blocks, base.raid_type)
