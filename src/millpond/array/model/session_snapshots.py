"""SnapView snapshots: LUNs at which hosts find what a session kept of another LUN, their target.

Hosts write to a copy of what the session kept, which is gone when the snapshot is deactivated. Administrators know a
snapshot by its name; its number is above those of LUNs.
"""

from itertools import count

from millpond.array.model import mount_points, names, snaps, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun, LunKind


def create(state: State, name: str, target: int) -> State:
    """Active on no session yet. Raises ``Refusal``."""
    source = mount_points.primary_of(state, target)
    names.checked(name)
    if any(lun.name == name for lun in every(state)):
        raise Refusal("snapshot.name")
    number = next(n for n in count(names.LUN_NUMBERS.stop) if n not in state.luns)
    state = mount_points.add(state, source, LunKind.SNAPSHOT, number, name, source.default_owner)
    return state.event(f"Snapshot {name} created")


def activate(state: State, name: str, session: str) -> State:
    """Raises ``Refusal``."""
    lun = find(state, name)
    part = snaps.find(state, session, session=True).part(lun.primary)
    if part is None:
        raise Refusal("snapshot.other")
    if lun.data:
        raise Refusal("snapshot.active")
    state, data = state.issue()
    place = {"source": part.data, "directory": part.directory, "blocks": part.blocks}
    active = lun.model_copy(update={"data": data, **place})
    return state.put("luns", lun.number, active).event(f"Snapshot {name} activated on {session}")


def deactivate(state: State, name: str) -> State:
    """What hosts have written to it is lost. Raises ``Refusal``."""
    lun = find(state, name)
    if not lun.data:
        raise Refusal("snapshot.inactive")
    inactive = lun.model_copy(update={"data": "", "source": ""})
    return state.put("luns", lun.number, inactive).event(f"Snapshot {name} deactivated")


def remove(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    lun = find(state, name)
    uses.check_unmapped(state, lun.number)
    if lun.data:
        raise Refusal("snapshot.active")
    return state.drop("luns", lun.number).event(f"Snapshot {name} removed")


def stop_session(state: State, session: str) -> State:
    """Its snapshots are deactivated. Raises ``Refusal``."""
    for number in uses.attached(state, snaps.find(state, session, session=True)):
        state = deactivate(state, state.luns[number].name)
    return snaps.destroy(state, session, session=True)


def find(state: State, name: str) -> Lun:
    """Raises ``Refusal``."""
    for lun in every(state):
        if lun.name == name:
            return lun
    raise Refusal("snapshot.none")


def every(state: State) -> list[Lun]:
    return [lun for lun in state.luns.values() if lun.kind is LunKind.SNAPSHOT]
