"""Which SP a LUN belongs to, and which one serves it."""

from collections.abc import Iterable

from millpond.array.exports import SpName
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State


def next_owner(state: State) -> SpName:
    """The SP that fewer LUNs belong to."""
    mine = sum(lun.default_owner == "A" for lun in state.luns.values())
    return "A" if mine <= len(state.luns) - mine else "B"


def trespass(state: State, numbers: Iterable[int], to: SpName) -> State:
    """These LUNs are served by that SP. Raises ``Refusal(classic.not_found)``."""
    for number in numbers:
        lun = state.luns.get(number)
        if lun is None:
            raise Refusal("classic.not_found")
        if lun.current_owner == to:
            continue
        a, b = lun.trespasses
        moved = (a + 1, b) if to == "A" else (a, b + 1)
        changed = lun.model_copy(update={"current_owner": to, "trespasses": moved})
        state = state.put("luns", number, changed).event(f"LUN {number} trespassed", f"SP {to}")
    return state


def owned(state: State, sp: SpName) -> list[int]:
    """Numbers of the LUNs that belong to ``sp``, whichever serves them."""
    return [lun.number for lun in state.luns.values() if lun.default_owner == sp]
