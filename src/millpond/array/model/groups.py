"""Storage groups: which host sees which LUN, under which number."""

from millpond.array.model import names, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State, without
from millpond.array.model.types import Initiator, StorageGroup

HLUS = range(1024)


def create(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    names.checked(name)
    _unused_name(state, name)
    state, uid = state.issue()
    return state.put("groups", uid, StorageGroup(name=name, uid=uid)).event(
        f"Storage Group {name} created"
    )


def rename(state: State, name: str, new_name: str) -> State:
    """Raises ``Refusal``."""
    group = find(state, name)
    names.checked(new_name)
    _unused_name(state, new_name)
    return state.put("groups", group.uid, group.model_copy(update={"name": new_name}))


def destroy(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    group = find(state, name)
    if paths(state, group):
        raise Refusal("group.not_empty")
    return state.drop("groups", group.uid).event(f"Storage Group {name} destroyed")


def add_hlu(state: State, name: str, hlu: int, alu: int) -> State:
    """Raises ``Refusal``."""
    group = find(state, name)
    if alu not in state.luns:
        raise Refusal("group.not_bound")
    uses.check_mappable(state, alu)
    if alu in group.hlus.values():
        raise Refusal("group.alu")
    if hlu in group.hlus:
        raise Refusal("group.hlu")
    if hlu not in HLUS:
        raise Refusal("group.hlu_range")
    return _with_hlus(state, group, {**group.hlus, hlu: alu})


def remove_hlu(state: State, name: str, hlu: int) -> State:
    """Raises ``Refusal``."""
    group = find(state, name)
    if hlu not in group.hlus:
        raise Refusal("group.no_hlu")
    return _with_hlus(state, group, without(group.hlus, hlu))


def remove_alu(state: State, name: str, alu: int) -> State:
    """Whatever its number for hosts. Raises ``Refusal``."""
    hlus = find(state, name).hlus
    return remove_hlu(state, name, next((hlu for hlu in hlus if hlus[hlu] == alu), -1))


def connect_host(state: State, name: str, host: str) -> State:
    """A host is in one storage group: it leaves the one that it was in. Raises ``Refusal``."""
    group = find(state, name)
    mine = _paths_of(state, host)
    if not mine:
        raise Refusal("host.not_found")
    return _move(state, mine, group.uid)


def disconnect_host(state: State, name: str, host: str) -> State:
    """Raises ``Refusal``."""
    group = find(state, name)
    mine = [path for path in _paths_of(state, host) if path.group == group.uid]
    if not mine:
        raise Refusal("host.not_connected")
    return _move(state, mine, None)


def find(state: State, name: str) -> StorageGroup:
    """By name or UID. Raises ``Refusal(group.not_found)``."""
    uid = name.replace(":", "").lower()
    for group in state.groups.values():
        if group.name == name or group.uid == uid:
            return group
    raise Refusal("group.not_found")


def paths(state: State, group: StorageGroup) -> list[Initiator]:
    """The registered paths that lead into the group."""
    return [path for path in state.initiators.values() if path.group == group.uid]


def _paths_of(state: State, host: str) -> list[Initiator]:
    return [path for path in state.initiators.values() if path.host == host]


def _move(state: State, moved: list[Initiator], uid: str | None) -> State:
    for path in moved:
        state = state.put("initiators", path.key, path.model_copy(update={"group": uid}))
    return state


def _with_hlus(state: State, group: StorageGroup, hlus: dict[int, int]) -> State:
    return state.put("groups", group.uid, group.model_copy(update={"hlus": hlus}))


def _unused_name(state: State, name: str) -> None:
    if any(group.name == name for group in state.groups.values()):
        raise Refusal("group.name")
