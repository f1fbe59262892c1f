"""Snapshots of pool LUNs, of one or of all of a consistency group at the same instant."""

from collections.abc import Sequence

from millpond.array.model import names, pool_luns, uses
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Snap, SnapGroup, SnapMember


def create(
    state: State,
    name: str,
    luns: Sequence[int],
    group: str = "",
    description: str = "",
    auto_delete: bool = False,
    session: bool = False,
    read_write: bool = False,
    keep: float = 0.0,
) -> State:
    """``keep``: seconds until it is destroyed by itself; 0 for never. Raises ``Refusal``."""
    _check_kept(auto_delete, keep)
    _unused(state, name)
    members = []
    for number in luns:
        lun = state.luns.get(number)
        if lun is None or not lun.pooled:
            raise Refusal("snap.resource")
        uses.check_readable(state, number)
        state, data = state.issue()
        members.append(
            SnapMember(
                lun=number,
                blocks=lun.blocks,
                directory=lun.directory,
                data=data,
                source=lun.data or lun.wwn,
            )
        )
    snap = Snap(
        name=name,
        members=tuple(members),
        created=state.array.moment,
        group=group,
        description=description,
        auto_delete=auto_delete,
        expires=_moment(state, keep),
        session=session,
        read_write=read_write,
    )
    what = "Session" if session else "Snapshot"
    return state.put("snaps", name, snap).event(f"{what} {name} created")


def copy(state: State, name: str, new_name: str) -> State:
    """Raises ``Refusal``."""
    snap = find(state, name)
    _unused(state, new_name)
    members = []
    for part in snap.members:
        state, data = state.issue()
        members.append(part.model_copy(update={"data": data, "source": part.data}))
    update = {"name": new_name, "members": tuple(members), "created": state.array.moment}
    update["expires"] = 0.0
    made = snap.model_copy(update={**update, "modified": False})
    return state.put("snaps", new_name, made).event(f"Snapshot {new_name} created")


def modify(
    state: State,
    name: str,
    new_name: str | None = None,
    description: str | None = None,
    auto_delete: bool | None = None,
    read_write: bool | None = None,
    keep: float | None = None,
) -> State:
    """What is None stays. Raises ``Refusal``."""
    snap = find(state, name)
    given = {
        "name": new_name,
        "description": description,
        "auto_delete": auto_delete,
        "read_write": read_write,
        "expires": None if keep is None else _moment(state, keep),
    }
    made = snap.model_copy(update={key: value for key, value in given.items() if value is not None})
    _check_kept(made.auto_delete, made.expires)
    if made.name != name:
        _unused(state, made.name)
    if made.read_write and uses.attached(state, made):
        made = made.model_copy(update={"modified": True})
    return state.drop("snaps", name).put("snaps", made.name, made)


def restore(state: State, name: str, luns: Sequence[int], session: bool = False) -> State:
    """Give the LUNs the data of the snapshot, all at once. Raises ``Refusal``."""
    snap = find(state, name, session)
    parts = {part.lun: part for part in snap.members}
    for number in luns:
        lun = pool_luns.find(state, number)
        uses.check_free(state, number)
        part = parts.get(number)
        if part is None or part.blocks != lun.blocks:
            raise Refusal("snap.mismatch")
        state, data = state.issue()
        restored = lun.model_copy(update={"data": data, "source": part.data})
        state = state.put("luns", number, restored).event(f"LUN {number} restored from {name}")
    return state


def destroy(state: State, name: str, session: bool = False) -> State:
    """Raises ``Refusal``."""
    uses.check_detached(state, find(state, name, session))
    what = "Session" if session else "Snapshot"
    return state.drop("snaps", name).event(f"{what} {name} destroyed")


def expire(state: State) -> State:
    """Destroy those whose time has come, but for what hosts find somewhere: that is destroyed once it is detached."""
    for snap in expired(state, state.array.moment):
        state = destroy(state, snap.name).event(f"Snapshot {snap.name} had expired")
    return state


def expired(state: State, now: float) -> list[Snap]:
    return [
        snap
        for snap in state.snaps.values()
        if 0 < snap.expires <= now and not uses.attached(state, snap)
    ]


def find(state: State, name: str, session: bool = False) -> Snap:
    """Raises ``Refusal``."""
    snap = state.snaps.get(name)
    if snap is not None and snap.session == session:
        return snap
    raise Refusal("session.not_found") if session else Refusal("snap.not_found")


def create_group(state: State, name: str, luns: Sequence[int]) -> State:
    """Raises ``Refusal``."""
    names.checked(name)
    if name in state.snap_groups:
        raise Refusal("snap.group_exists")
    return set_members(
        state.put("snap_groups", name, SnapGroup(name=name, luns=())), name, list(luns)
    )


def set_members(state: State, name: str, luns: Sequence[int]) -> State:
    """A LUN is in one group at most. Raises ``Refusal``."""
    group = group_of(state, name)
    for number in luns:
        pool_luns.find(state, number)
        uses.check_readable(state, number)
        if any(number in g.luns for g in state.snap_groups.values() if g.name != name):
            raise Refusal("snap.group_member")
    changed = group.model_copy(update={"luns": tuple(dict.fromkeys(luns))})
    return state.put("snap_groups", name, changed)


def destroy_group(state: State, name: str) -> State:
    """Raises ``Refusal``."""
    group_of(state, name)
    return state.drop("snap_groups", name)


def group_of(state: State, name: str) -> SnapGroup:
    """Raises ``Refusal(snap.group_none)``."""
    group = state.snap_groups.get(name)
    if group is None:
        raise Refusal("snap.group_none")
    return group


def _moment(state: State, keep: float) -> float:
    return state.array.moment + keep if keep else 0.0


def _check_kept(auto_delete: bool, keep: float) -> None:
    """Raises ``Refusal``."""
    if auto_delete and keep:
        raise Refusal("snap.kept")


def _unused(state: State, name: str) -> None:
    names.checked(name)
    if name in state.snaps:
        raise Refusal("snap.name")
