"""Snapshot mount points: LUNs at which hosts find what a snapshot keeps of another LUN, the primary one.

They read and write the snapshot's own file. Nothing else is in it, and the primary LUN's is another one: whoever
writes to either leaves the other as it is.
"""

from millpond.array.exports import SpName
from millpond.array.model import metaluns, names, pool_luns, snaps, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun, LunKind, Snap


def create(
    state: State,
    primary: int,
    *,
    number: int | None = None,
    name: str | None = None,
    sp: SpName | None = None,
) -> State:
    """With nothing attached; the primary LUN's SP's if no other is given. Raises ``Refusal``."""
    source = primary_of(state, primary)
    number = names.lun_number(metaluns.numbers(state), number)
    name = pool_luns.unused_name(state, name or f"LUN {number}")
    owner = sp or source.default_owner
    state = add(state, source, LunKind.SNAP, number, name, owner)
    return state.event(f"Snapshot mount point {number} created")


def primary_of(state: State, number: int) -> Lun:
    """A LUN that has snapshots. Raises ``Refusal``."""
    source = pool_luns.find(state, number)
    if source.primary is not None:
        raise Refusal("mount.primary")
    return source


def add(state: State, source: Lun, kind: LunKind, number: int, name: str, owner: SpName) -> State:
    """A LUN at which hosts are to find what ``source`` had."""
    state, wwn = state.issue()
    lun = Lun(
        number=number,
        name=name,
        wwn=wwn,
        blocks=source.blocks,
        kind=kind,
        home=source.home,
        directory=source.directory,
        default_owner=owner,
        current_owner=owner,
        raid_type=source.raid_type,
        primary=source.number,
    )
    return state.put("luns", number, lun)


def attach(state: State, number: int, name: str) -> State:
    """Raises ``Refusal``."""
    lun = pool_luns.find(state, number)
    if lun.kind is not LunKind.SNAP:
        raise Refusal("mount.type")
    snap = snaps.find(state, name)
    part = snap.part(lun.primary)
    if part is None:
        raise Refusal("mount.other")
    if lun.data or any(other.data == part.data for other in state.luns.values()):
        raise Refusal("mount.twice")
    if snap.read_write:
        state = state.put("snaps", name, snap.model_copy(update={"modified": True}))
    place = {"data": part.data, "directory": part.directory, "blocks": part.blocks}
    return state.put("luns", number, lun.model_copy(update=place)).event(
        f"Snapshot {name} attached to LUN {number}"
    )


def detach(state: State, number: int) -> State:
    """Raises ``Refusal``."""
    lun = pool_luns.find(state, number)
    if lun.kind is not LunKind.SNAP:
        raise Refusal("mount.not_one")
    if not lun.data:
        raise Refusal("mount.empty")
    empty = lun.model_copy(update={"data": ""})
    return state.put("luns", number, empty).event(f"Snapshot detached from LUN {number}")


def destroy(state: State, number: int, force: bool = False) -> State:
    """What is attached stays a snapshot, and is detached only by ``force``. Raises ``Refusal``."""
    lun = pool_luns.find(state, number)
    uses.check_unmapped(state, number)
    if lun.data and not force:
        raise Refusal("mount.in_use")
    return state.drop("luns", number).event(f"Snapshot mount point {number} destroyed")


def shown(state: State, lun: Lun) -> Snap | None:
    """The snapshot or session that hosts find at the LUN."""
    found = (snap for snap in state.snaps.values() if lun.number in uses.attached(state, snap))
    return next(found, None)


def read_only(state: State, lun: Lun) -> bool:
    """Whether a snapshot is attached to it that is not to be written to."""
    snap = shown(state, lun) if lun.kind is LunKind.SNAP else None
    return snap is not None and not snap.read_write
