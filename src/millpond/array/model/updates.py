"""How the image of an asynchronous mirror is updated: in cycles, each of which brings it to one point in time.

The point in time is a copy of the primary image, and what of it the secondary image lacks is a map of what was written
since the one before. The secondary keeps a copy of itself for as long as it is no image of any moment.
"""

from millpond.array.model import mirrors
from millpond.array.model.mirror_types import (
    Fractured,
    ImageState,
    Mirror,
    Period,
    Updates,
)
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State

LONGEST = 40320
"""Minutes between two updates at most: four weeks."""


Schedule = dict[str, object]
"""The fields of ``Updates`` that an administrator chooses."""


def schedule(period: Period, minutes: int) -> Schedule:
    """Raises ``Refusal``."""
    if period is not Period.MANUAL and not 1 <= minutes <= LONGEST:
        raise Refusal("mirror.minutes", most=LONGEST)
    return {"period": period, "minutes": minutes}


def change_schedule(state: State, name: str, uid: str, when: Schedule) -> State:
    """Raises ``Refusal``."""
    mirror = mirrors.image(state, name, uid, "Changing")
    return _with(state, mirror, **when)


def call(mirror: Mirror, when: Schedule | None = None) -> dict[str, object]:
    """What the other array is told of the update that is under way, or of the next one: it gets ready for it."""
    found = of(mirror)
    when = when or schedule(found.period, found.minutes)
    return {"uid": mirror.uid, "epoch": mirror.epoch, "number": next_number(mirror), **when}


def next_number(mirror: Mirror) -> int:
    """Of the update that is under way, or else of the next one."""
    updates = of(mirror)
    return updates.number if updates.under_way else updates.number + 1


def of(mirror: Mirror) -> Updates:
    """Raises ``Refusal`` if the mirror is not an asynchronous one."""
    if mirror.updates is None:
        raise Refusal("mirror.superseded", uid=mirror.uid)
    return mirror.updates


# -- at the primary


def ask(state: State, name: str, uid: str) -> State:
    """An update is wanted: the one that was interrupted is ended first. Raises ``Refusal``."""
    mirror = mirrors.image(state, name, uid, "Synchronizing")
    check_askable(mirror)
    state = _resumed(state, mirror)
    return _with(state, state.mirrors[name], asked=True)


def check_askable(mirror: Mirror) -> None:
    """Raises ``Refusal``."""
    if not mirror.fractured and of(mirror).under_way:
        raise Refusal("mirror.updating")


def first(state: State, name: str, when: Schedule) -> State:
    """Of an image that has just been added: the other array is ready for it."""
    state = _with(state, state.mirrors[name], **when)
    mirror = state.mirrors[name]
    return begin(state, mirror.uid, mirror.epoch, next_number(mirror), mirror.boot)


def begin(state: State, uid: str, epoch: int, number: int, boot: str) -> State:
    """The primary image as it is now is what the secondary becomes; while hosts do not write. ``boot``: of the other
    array's machine, which is ready for it. Nothing happens if that update has begun already, or nothing is to be
    updated any more."""
    mirror = mirrors.of(state, uid)
    if (
        mirror is None
        or not mirror.active
        or (mirror.epoch, next_number(mirror)) != (epoch, number)
    ):
        return state
    if of(mirror).under_way:
        return state
    state, kept = state.issue()
    state, changes = state.issue()
    delta = mirror.changes
    mirror = mirror.model_copy(update={"changes": changes, "boot": boot})
    return _with(
        state,
        mirror,
        number=number,
        kept=kept,
        delta=delta,
        asked=False,
        begun=state.array.moment,
    )


def rebooted(state: State, uid: str, boot: str) -> State:
    """The other array's machine is in another boot: all of it is to be sent."""
    mirror = mirrors.of(state, uid)
    if mirror is None or mirror.boot == boot:
        return state
    return state.put("mirrors", mirror.name, mirror.model_copy(update={"boot": boot}))


def finish(state: State, uid: str, epoch: int, number: int) -> State:
    """The other array has all of it. Nothing happens if that is known already."""
    mirror = mirrors.of(state, uid)
    if mirror is None or not mirror.primary or mirror.epoch != epoch:
        return state
    updates = of(mirror)
    if updates.number != number or not updates.under_way:
        return state
    state = _whole(state, mirror)
    return _with(
        state,
        state.mirrors[mirror.name],
        kept="",
        delta="",
        ended=state.array.moment,
        image=updates.begun,
    )


def resume(state: State, uid: str) -> State:
    """By itself, after the array itself has fractured it."""
    mirror = mirrors.of(state, uid)
    if mirror is None or mirror.fractured is not Fractured.SYSTEM:
        return state
    return _resumed(state, mirror)


# -- at the secondary


def prepare(
    state: State, remote: str, uid: str, epoch: int, number: int, boot: str, when: Schedule
) -> State:
    """The image is going to be written to: keep what it is. ``when``: the schedule. Raises ``Refusal`` if the primary's
    array has said something later."""
    mirror = mirrors.check_secondary(state, remote, uid, epoch)
    updates = of(mirror)
    if number < updates.number:
        raise Refusal("mirror.superseded", uid=uid)
    if number == updates.number and (not updates.under_way or mirror.boot == boot):
        return state
    kept = updates.kept
    if not kept:
        state, kept = state.issue()
    mirror = mirror.model_copy(update={"boot": boot})
    return _with(state, mirror, number=number, kept=kept, **when)


def complete(
    state: State, remote: str, uid: str, epoch: int, number: int, begun: float, ended: float
) -> State:
    """The image is what the primary was at ``begun``, and on the disk. Raises ``Refusal``."""
    mirror = mirrors.check_secondary(state, remote, uid, epoch)
    updates = of(mirror)
    if number != updates.number:
        raise Refusal("mirror.superseded", uid=uid)
    if not updates.under_way:
        return state
    state = _whole(state, mirror)
    mirror = state.mirrors[mirror.name]
    return _with(state, mirror, kept="", begun=begun, ended=ended, image=begun)


def _whole(state: State, mirror: Mirror) -> State:
    if mirror.state is ImageState.CONSISTENT:
        return state
    whole = mirror.model_copy(update={"state": ImageState.CONSISTENT})
    state = state.put("mirrors", mirror.name, whole)
    return state.event(f"Mirror {mirror.name} is {ImageState.CONSISTENT}")


def _resumed(state: State, mirror: Mirror) -> State:
    if not mirror.fractured:
        return state
    half = mirror.state is ImageState.OUT_OF_SYNC
    update = {
        "state": ImageState.SYNCHRONIZING if half else mirror.state,
        "fractured": Fractured.NO,
        "why": "",
    }
    state = state.put("mirrors", mirror.name, mirror.model_copy(update=update))
    return state.event(f"Mirror {mirror.name} is updated again")


def _with(state: State, mirror: Mirror, **update: object) -> State:
    """Without an event: there may be one a minute."""
    updates = of(mirror).model_copy(update=update)
    return state.put("mirrors", mirror.name, mirror.model_copy(update={"updates": updates}))
