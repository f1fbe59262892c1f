"""What the array itself does with a LUN, and what is refused meanwhile."""

from millpond.array.model.clone_group import REVERSED, Clone, CloneState
from millpond.array.model.mirror_types import Mirror
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun, Snap


def check_free(state: State, number: int) -> None:
    """Raises ``Refusal(lun.busy)`` if the LUN is being copied, or copied to; ``Refusal(mount.feature)`` for a
    LUN that has no data of its own."""
    _check_has_data(state, number)
    _check_not_migrated(state, number)
    source = any(number == group.source for group in state.clone_groups.values())
    if source or clone_of(state, number):
        raise Refusal("lun.busy", number=number, what="cloned")
    if mirror_of(state, number):
        raise Refusal("lun.busy", number=number, what="mirrored")


def check_readable(state: State, number: int) -> None:
    """Raises ``Refusal`` if no snapshot can be made of the LUN."""
    _check_has_data(state, number)
    _check_not_migrated(state, number)
    if _reversed(state, number) or not usable(state, number):
        raise Refusal("lun.busy", number=number, what="synchronized")


def check_mappable(state: State, number: int) -> None:
    """Raises ``Refusal(lun.busy)`` if hosts must not see the LUN."""
    if any(number == migration.destination for migration in state.migrations.values()):
        raise Refusal("lun.busy", number=number, what="migrated")


def check_unmapped(state: State, number: int) -> None:
    """Raises ``Refusal(lun.in_group)`` if a storage group has the LUN."""
    if mapped(state, number):
        raise Refusal("lun.in_group")


def mapped(state: State, number: int) -> bool:
    """Whether a storage group has the LUN."""
    return any(number in group.hlus.values() for group in state.groups.values())


def check_detached(state: State, snap: Snap) -> None:
    """Raises ``Refusal(snap.attached)`` if hosts find the snapshot at a LUN."""
    if attached(state, snap):
        raise Refusal("snap.attached")


def attached(state: State, snap: Snap) -> list[int]:
    """Numbers of the LUNs at which hosts find the snapshot, or what the session kept."""
    files = {part.data for part in snap.members}
    return sorted(
        lun.number
        for lun in state.luns.values()
        if lun.primary is not None and files & {lun.data, lun.source}
    )


def showing(state: State, number: int) -> list[Lun]:
    """The mount points and SnapView snapshots whose primary LUN it is."""
    found = [lun for lun in state.luns.values() if lun.primary == number]
    return sorted(found, key=lambda lun: lun.number)


def usable(state: State, number: int) -> bool:
    """Whether hosts may read and write it: a clone is theirs when it is whole, and fractured; a mirror's secondary
    image is not."""
    mirror, clone = mirror_of(state, number), clone_of(state, number)
    if mirror is not None and not mirror.primary:
        return False
    return clone is None or clone.state is CloneState.CONSISTENT


def clone_of(state: State, number: int) -> Clone | None:
    """The clone that the LUN is."""
    for group in state.clone_groups.values():
        for clone in group.clones:
            if clone.lun == number:
                return clone
    return None


def mirror_of(state: State, number: int) -> Mirror | None:
    """The mirror that has the LUN as an image."""
    return next((mirror for mirror in state.mirrors.values() if mirror.lun == number), None)


def _reversed(state: State, number: int) -> bool:
    """Whether the LUN's data lie where its clone's lay: a snapshot would stay there."""
    return any(
        group.source == number and clone.state in REVERSED
        for group in state.clone_groups.values()
        for clone in group.clones
    )


def _check_has_data(state: State, number: int) -> None:
    if number in state.luns and state.luns[number].primary is not None:
        raise Refusal("mount.feature", number=number)


def _check_not_migrated(state: State, number: int) -> None:
    for migration in state.migrations.values():
        if number in (migration.source, migration.destination):
            raise Refusal("lun.busy", number=number, what="migrated")
