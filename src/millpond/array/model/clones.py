"""What happens to clones by command, and when a copy has ended."""

from millpond.array.model import names, pool_luns, uses
from millpond.array.model.clone_group import REVERSED, Clone, CloneGroup, CloneState, Start
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun, Rate

MOST = 8
"""Clones of a LUN."""


def create_group(state: State, name: str, source: int, description: str, quiesce: int) -> State:
    """Raises ``Refusal``."""
    names.checked(name)
    if name in state.clone_groups:
        raise Refusal("clone.group_name")
    if source not in state.luns:
        raise Refusal("clone.lun", number=source)
    uses.check_free(state, source)
    state, uid = state.issue()
    group = CloneGroup(name=name, uid=uid, source=source, description=description, quiesce=quiesce)
    return state.put("clone_groups", name, group)


def destroy_group(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    if group_of(state, name).clones:
        raise Refusal("clone.group_not_empty")
    return state.drop("clone_groups", name)


def add(state: State, name: str, number: int, rate: Rate, start: Start) -> State:
    """Blocks are shared only within a directory; elsewhere they are copied. Raises ``Refusal``."""
    group = group_of(state, name)
    source, lun = state.luns[group.source], state.luns.get(number)
    if lun is None:
        raise Refusal("clone.lun", number=number)
    uses.check_free(state, number)
    member = any(number in found.luns for found in state.snap_groups.values())
    if lun.blocks != source.blocks or member or pool_luns.snaps_of(state, number):
        raise Refusal("clone.unfit")
    if len(group.clones) >= MOST:
        raise Refusal("clone.most", most=MOST)
    _check_not_reversed(group)
    state, changes = state.issue()
    if start is Start.SHARED and lun.directory != source.directory:
        start = Start.COPIED
    if start is not Start.THERE:
        state, data = state.issue()
        origin = (source.data or source.wwn) if start is Start.SHARED else ""
        begun = lun.model_copy(update={"data": data, "source": origin})
        state = state.put("luns", number, begun)
    clone = Clone(
        number=group.issued + 1,
        lun=number,
        directory=source.directory,
        changes=changes,
        state=(CloneState.SYNCHRONIZING if start is Start.COPIED else CloneState.SYNCHRONIZED),
        rate=rate,
    )
    update = {"clones": (*group.clones, clone), "issued": clone.number}
    state = state.put("clone_groups", name, group.model_copy(update=update))
    return state.event(f"LUN {number} added to Clone Group {name}")


def remove(state: State, name: str, clone_id: str) -> State:
    """The LUN is one like others, with the data it has. Raises ``Refusal``."""
    group, clone = find(state, name, clone_id)
    if clone.state not in (CloneState.CONSISTENT, CloneState.OUT_OF_SYNC):
        raise Refusal("clone.state", state=clone.state)
    left = tuple(each for each in group.clones if each is not clone)
    state = state.put("clone_groups", name, group.model_copy(update={"clones": left}))
    return state.event(f"LUN {clone.lun} removed from Clone Group {name}")


def change_rate(state: State, name: str, clone_id: str, rate: Rate) -> State:
    """Raises ``Refusal``."""
    group, clone = find(state, name, clone_id)
    return _put(state, group, clone.model_copy(update={"rate": rate}))


def synchronize(state: State, name: str, clone_id: str) -> State:
    """The clone gets what it has not of the source; what was written to it alone is lost. Raises
    ``Refusal``."""
    group, clone = find(state, name, clone_id)
    if clone.state not in (CloneState.CONSISTENT, CloneState.OUT_OF_SYNC):
        raise Refusal("clone.state", state=clone.state)
    _check_not_reversed(group)
    return _become(state, group, clone, CloneState.SYNCHRONIZING)


def fracture(state: State, name: str, clone_id: str) -> State:
    """Raises ``Refusal``."""
    group, clone = find(state, name, clone_id)
    if clone.fractured:
        raise Refusal("clone.state", state=clone.state)
    return _become(state, group, clone, _FRACTURED[clone.state])


_FRACTURED = {
    CloneState.SYNCHRONIZED: CloneState.CONSISTENT,
    CloneState.SYNCHRONIZING: CloneState.OUT_OF_SYNC,
    CloneState.REVERSING: CloneState.REVERSE_OUT_OF_SYNC,
}


def reverse(state: State, name: str, clone_id: str) -> State:
    """The source has the clone's data at once: the two LUNs change places until what differs is copied.
    Raises ``Refusal``."""
    group, clone = find(state, name, clone_id)
    if any(
        not other.fractured or other.state in REVERSED for other in group.clones if other != clone
    ):
        raise Refusal("clone.others")
    if clone.state is CloneState.CONSISTENT:
        state = _exchange(state, group.source, clone.lun)
    elif clone.state is not CloneState.REVERSE_OUT_OF_SYNC:
        raise Refusal("clone.state", state=clone.state)
    return _become(state, group, clone, CloneState.REVERSING)


def finish(state: State, changes: str) -> State:
    """All is copied by that map. Nothing happens if the clone was fractured, or is in step already."""
    for group, clone in _all(state):
        if clone.changes != changes:
            continue
        if clone.state is CloneState.REVERSING:
            state = _exchange(state, group.source, clone.lun)
        elif clone.state is not CloneState.SYNCHRONIZING:
            continue
        return _become(state, group, clone, CloneState.SYNCHRONIZED)
    return state


def stop(state: State, changes: str, why: str) -> State:
    """Fractured by the array. Nothing happens if it was already."""
    for group, clone in _all(state):
        if clone.changes == changes and not clone.fractured:
            partly = {**_FRACTURED, CloneState.SYNCHRONIZED: CloneState.OUT_OF_SYNC}
            return _become(state, group, clone, partly[clone.state], why)
    return state


def find(state: State, name: str, clone_id: str) -> tuple[CloneGroup, Clone]:
    """Raises ``Refusal``."""
    group = group_of(state, name)
    for clone in group.clones:
        if clone.id == clone_id.lower():
            return group, clone
    raise Refusal("clone.not_found")


def group_of(state: State, name: str) -> CloneGroup:
    """By name or UID. Raises ``Refusal``."""
    if name in state.clone_groups:
        return state.clone_groups[name]
    for group in state.clone_groups.values():
        if group.uid == name.replace(":", "").lower():
            return group
    raise Refusal("clone.group_none")


def _check_not_reversed(group: CloneGroup) -> None:
    """A copy of the source would go on from the clone's file when the two have changed back. Raises
    ``Refusal``."""
    if any(clone.state in REVERSED for clone in group.clones):
        raise Refusal("clone.reversing")


def _all(state: State) -> list[tuple[CloneGroup, Clone]]:
    return [(group, clone) for group in state.clone_groups.values() for clone in group.clones]


def _become(
    state: State, group: CloneGroup, clone: Clone, becomes: CloneState, stopped: str = ""
) -> State:
    changed = clone.model_copy(update={"state": becomes, "stopped": stopped})
    why = f": {stopped}" if stopped else ""
    state = state.event(f"Clone {clone.id} of {group.name} is {becomes}{why}")
    return _put(state, group, changed)


def _put(state: State, group: CloneGroup, clone: Clone) -> State:
    clones = tuple(clone if each.number == clone.number else each for each in group.clones)
    return state.put("clone_groups", group.name, group.model_copy(update={"clones": clones}))


def _exchange(state: State, one: int, two: int) -> State:
    """Each LUN has the other's file."""
    first, second = state.luns[one], state.luns[two]
    state = state.put("luns", one, _at(first, second))
    return state.put("luns", two, _at(second, first))


def _at(lun: Lun, place: Lun) -> Lun:
    update = {"directory": place.directory, "data": place.data or place.wwn, "source": ""}
    return lun.model_copy(update=update)
