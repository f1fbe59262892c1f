"""What happens to mirrors, by command and of itself, in the array of either image."""

from time import localtime, strftime

from millpond.array.model import names, uses
from millpond.array.model.mirror_types import (
    Fractured,
    ImageState,
    Mirror,
    Updates,
    image_uid,
)
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State, issued_number
from millpond.array.model.types import Lun, Rate

WHOLE = (ImageState.SYNCHRONIZED, ImageState.CONSISTENT)
"""What may be promoted."""


def create(
    state: State,
    name: str,
    number: int,
    intent_log: bool,
    description: str,
    updates: Updates | None = None,
) -> State:
    """``updates``: of an asynchronous one. Raises ``Refusal``."""
    names.checked(name)
    if name in state.mirrors:
        raise Refusal("mirror.name")
    _check_free(state, number)
    state, issued = state.issue()
    uid = image_uid(state.array.seed).replace(":", "").lower()
    uid += issued_number(issued).to_bytes(8, "little").hex()
    mirror = Mirror(
        name=name,
        uid=uid,
        lun=number,
        primary=True,
        description=description,
        intent_log=intent_log,
        updates=updates,
    )
    return _put(state, mirror, "created")


def destroy(state: State, name: str, force: bool) -> State:
    """Raises ``Refusal``."""
    mirror = find(state, name, "Destroying mirror")
    if not mirror.primary and not force:
        raise Refusal("mirror.secondary")
    if mirror.primary and mirror.remote:
        raise Refusal("mirror.has_image")
    return _dropped(state, mirror).event(f"Mirror {mirror.name} destroyed")


def add_image(
    state: State, name: str, remote: str, far_lun: str, boot: str, automatic: bool, rate: Rate
) -> State:
    """All data are to be copied. Raises ``Refusal``."""
    mirror = find(state, name, "Adding mirror image")
    check_addable(mirror)
    state, changes = state.issue()
    update = {
        "remote": remote,
        "far_lun": far_lun,
        "state": ImageState.SYNCHRONIZING,
        "fractured": Fractured.NO,
        "automatic": automatic,
        "rate": rate,
        "directory": state.luns[mirror.lun].directory,
        "changes": changes,
        "boot": boot,
        "fractures": 0,
    }
    return _put(state, mirror.model_copy(update=update), f"has an image in array {remote}")


def check_addable(mirror: Mirror) -> None:
    """Raises ``Refusal``."""
    if not mirror.primary:
        raise Refusal("mirror.secondary")
    if mirror.remote:
        raise Refusal("mirror.there")


def change_image(
    state: State, name: str, uid: str, automatic: bool | None, rate: Rate | None
) -> State:
    """What is None stays. Raises ``Refusal``."""
    mirror = image(state, name, uid, "Changing")
    given = {"automatic": automatic, "rate": rate}
    update = {key: value for key, value in given.items() if value is not None}
    return _put(state, mirror.model_copy(update=update), "has other properties")


def remove_image(state: State, name: str, uid: str) -> State:
    """Raises ``Refusal``."""
    mirror = check_removable(state, name, uid)
    return _put(state, _alone(mirror), "has no secondary image any more")


def check_removable(state: State, name: str, uid: str) -> Mirror:
    """Raises ``Refusal``."""
    mirror = image(state, name, uid, "Removing")
    if mirror.active and mirror.state is ImageState.SYNCHRONIZING:
        raise Refusal("mirror.synchronizing")
    return mirror


def fracture(state: State, name: str, uid: str) -> State:
    """By an administrator. Raises ``Refusal``."""
    mirror = image(state, name, uid, "Fracturing")
    if mirror.fractured is Fractured.ADMIN:
        raise Refusal("mirror.fracture", kind=kind_of(mirror))
    return _fractured(state, mirror, Fractured.ADMIN, "")


def stop(state: State, uid: str, epoch: int, why: str) -> State:
    """By the array. Nothing happens if it is fractured already, or was promoted."""
    mirror = of(state, uid)
    if mirror is None or not mirror.primary or not mirror.active or mirror.epoch != epoch:
        return state
    return _fractured(state, mirror, Fractured.SYSTEM, why)


def begin(state: State, name: str, uid: str, boot: str, again: bool = False) -> State:
    """The image gets what it has not. ``again``: by itself, for it was not an administrator who fractured it.
    Raises ``Refusal``."""
    mirror = check_begin(state, name, uid)
    if again and mirror.fractured is not Fractured.SYSTEM:
        return state
    update = {
        "state": ImageState.SYNCHRONIZING,
        "fractured": Fractured.NO,
        "why": "",
        "boot": boot,
    }
    return _put(state, mirror.model_copy(update=update), "is synchronizing")


def check_begin(state: State, name: str, uid: str) -> Mirror:
    """Raises ``Refusal``."""
    mirror = image(state, name, uid, "Synchronizing")
    if not mirror.fractured:
        raise Refusal("mirror.sync", kind=kind_of(mirror))
    return mirror


def finish(state: State, uid: str, epoch: int) -> State:
    """Both images are alike. Nothing happens if it was fractured meanwhile."""
    mirror = of(state, uid)
    if mirror is None or not mirror.active or mirror.epoch != epoch:
        return state
    if mirror.state is ImageState.SYNCHRONIZED:
        return state
    update = {"state": ImageState.SYNCHRONIZED}
    return _put(state, mirror.model_copy(update=update), "is synchronized")


# -- at the secondary


def attach(state: State, mirror: Mirror, blocks: int) -> State:
    """Take up an image of another array's mirror: what the LUN held is lost. Raises ``Refusal``."""
    if mirror.name in state.mirrors or of(state, mirror.uid):
        raise Refusal("mirror.there")
    _check_free(state, mirror.lun)
    lun = state.luns[mirror.lun]
    if lun.blocks != blocks:
        raise Refusal("mirror.size", far=lun.blocks, near=blocks)
    state, data = state.issue()
    state = state.put("luns", lun.number, lun.model_copy(update={"data": data, "source": ""}))
    return _put(state, mirror, f"has an image here, LUN {lun.number}")


def detach(state: State, remote: str, uid: str) -> State:
    """The LUN is one like others, with the data it has. Nothing happens if that image is not here."""
    mirror = of(state, uid)
    if mirror is None or mirror.primary or mirror.remote != remote:
        return state
    return _dropped(state, mirror).event(f"Mirror {mirror.name} has no image here")


def told(
    state: State, remote: str, uid: str, epoch: int, fractures: int, image: ImageState, boot: str
) -> State:
    """The primary's array says what the image here is from now on. Raises ``Refusal``, also if it has said
    something later, through its other SP; and if the image is to be whole, and this machine has lost what was
    in its memory since its copying began: only another one makes up for that."""
    mirror = check_secondary(state, remote, uid, epoch)
    if (fractures, _STAGE[image]) < (mirror.fractures, _STAGE[mirror.state]):
        raise Refusal("mirror.superseded", uid=uid)
    if image is not ImageState.SYNCHRONIZING and boot != mirror.boot:
        if image is ImageState.SYNCHRONIZED:
            raise Refusal("mirror.superseded", uid=uid)
        boot = mirror.boot
    update = {"state": image, "boot": boot, "fractures": fractures}
    if mirror.model_copy(update=update) == mirror:
        return state
    return _put(state, mirror.model_copy(update=update), f"is {image}")


_STAGE = {
    ImageState.OUT_OF_SYNC: 0,
    ImageState.CONSISTENT: 0,
    ImageState.SYNCHRONIZING: 1,
    ImageState.SYNCHRONIZED: 2,
}
"""What an image becomes one after the other, from one fracture to the next."""


def check_secondary(state: State, remote: str, uid: str, epoch: int) -> Mirror:
    """Raises ``Refusal`` if no such image is here, or it is the primary by now."""
    mirror = of(state, uid)
    if mirror is None or mirror.primary or (mirror.remote, mirror.epoch) != (remote, epoch):
        raise Refusal("mirror.superseded", uid=uid)
    return mirror


def promote(state: State, name: str, uid: str, found: ImageState, alone: bool, boot: str) -> State:
    """The image here becomes the primary. ``found``: in which state it is. ``alone``: the one that was primary is
    no image any more; otherwise it has stepped down, and is alike. Raises ``Refusal``, also if it has become no
    image of any moment since it was looked at."""
    mirror = local(state, name, uid)
    if found in WHOLE and mirror.state not in WHOLE:
        raise Refusal("mirror.promote", state=mirror.state, kind=kind_of(mirror))
    state, lost = gone_back(state, mirror), _lost(mirror) if alone else ""
    state, changes = state.issue()
    update = {
        "primary": True,
        "epoch": mirror.epoch + 1,
        "state": mirror.whole,
        "fractured": Fractured.NO,
        "why": "",
        "directory": state.luns[mirror.lun].directory,
        "changes": changes,
        "boot": boot,
        "updates": mirror.updates and mirror.updates.model_copy(update={"kept": ""}),
    }
    promoted = mirror.model_copy(update=update)
    promoted = _alone(promoted) if alone else promoted
    return _put(state, promoted, f"has its primary image here; it was {found}{lost}")


def step_down(state: State, remote: str, uid: str, epoch: int, boot: str) -> State:
    """The other image becomes the primary. Raises ``Refusal`` if the two are not alike."""
    mirror = of(state, uid)
    if mirror is None or mirror.remote != remote:
        raise Refusal("mirror.superseded", uid=uid)
    if not mirror.primary and mirror.epoch == epoch + 1:
        return state  # it has done so already, and nobody heard of it
    if not mirror.primary or mirror.epoch != epoch:
        raise Refusal("mirror.superseded", uid=uid)
    if not mirror.active or mirror.state is not mirror.whole:
        if mirror.asynchronous:
            raise Refusal("mirror.behind")
        raise Refusal("mirror.promote", state=mirror.state, kind=kind_of(mirror))
    update = {"primary": False, "epoch": epoch + 1, "boot": boot, "directory": "", "changes": ""}
    if mirror.updates is not None:
        if mirror.updates.under_way:
            raise Refusal("mirror.updating")
        now = {"image": state.array.moment, "asked": False}
        update["updates"] = mirror.updates.model_copy(update=now)
    return _put(state, mirror.model_copy(update=update), "has its primary image elsewhere")


# -- finding


def find(state: State, name: str, action: str) -> Mirror:
    """Raises ``Refusal``."""
    if name not in state.mirrors:
        raise Refusal("mirror.none", action=action)
    return state.mirrors[name]


def of(state: State, uid: str) -> Mirror | None:
    return next((mirror for mirror in state.mirrors.values() if mirror.uid == uid), None)


def image(state: State, name: str, uid: str, action: str) -> Mirror:
    """The mirror, if its primary image is here and ``uid`` is its secondary's. Raises ``Refusal``."""
    mirror = find(state, name, f"{action} mirror image")
    near, far = uids(state, mirror)
    if uid.upper() == (near if mirror.primary else far):
        keys = {"Fracturing": "mirror.fracture", "Synchronizing": "mirror.sync"}
        raise Refusal(keys.get(action, "mirror.primary"), action=action, kind=kind_of(mirror))
    if not mirror.primary:
        raise Refusal("mirror.secondary")
    if uid.upper() != far:
        raise Refusal("mirror.image", action=action, kind=kind_of(mirror))
    return mirror


def local(state: State, name: str, uid: str) -> Mirror:
    """The mirror, if ``uid`` is its secondary image and is here. Raises ``Refusal``."""
    mirror = find(state, name, "Promoting mirror image")
    near, far = uids(state, mirror)
    if uid.upper() == (near if mirror.primary else far):
        raise Refusal("mirror.primary", action="Promoting", kind=kind_of(mirror))
    if uid.upper() != (far if mirror.primary else near):
        raise Refusal("mirror.image", action="Promoting", kind=kind_of(mirror))
    if mirror.primary:
        raise Refusal("mirror.not_local")
    return mirror


def uids(state: State, mirror: Mirror) -> tuple[str, str]:
    """Of the image here and of the other one; that is empty if there is none."""
    far = state.remotes[mirror.remote].uid if mirror.remote else ""
    return image_uid(state.array.seed), far


def lun_of(state: State, mirror: Mirror) -> Lun:
    return state.luns[mirror.lun]


def kind_of(mirror: Mirror) -> str:
    return "async" if mirror.asynchronous else "sync"


def time_of(moment: float) -> str:
    return strftime("%m/%d/%y %H:%M:%S", localtime(moment))


def gone_back(state: State, mirror: Mirror) -> State:
    """If the image here is being updated its LUN is again what it was before: the data written since are gone."""
    updates = mirror.updates
    if mirror.primary or updates is None or not updates.under_way:
        return state
    if mirror.state not in WHOLE:  # it was nothing before
        return state
    lun = state.luns[mirror.lun].model_copy(update={"data": updates.kept, "source": ""})
    return state.put("luns", mirror.lun, lun)


def _dropped(state: State, mirror: Mirror) -> State:
    return gone_back(state, mirror).drop("mirrors", mirror.name)


def _lost(mirror: Mirror) -> str:
    """What is lost when the image becomes the only one."""
    if mirror.updates is None or not mirror.updates.image:
        return ""
    return f", of {time_of(mirror.updates.image)}: what was written to the other image since is not in it"


def _alone(mirror: Mirror) -> Mirror:
    update = {
        "remote": "",
        "far_lun": "",
        "state": ImageState.OUT_OF_SYNC,
        "fractured": Fractured.NO,
        "why": "",
        "directory": "",
        "changes": "",
        "boot": "",
        "updates": mirror.updates and Updates(number=mirror.updates.number),
    }
    return mirror.model_copy(update=update)


def _fractured(state: State, mirror: Mirror, kind: Fractured, why: str) -> State:
    half = mirror.state in (ImageState.SYNCHRONIZING, ImageState.OUT_OF_SYNC)
    becomes = ImageState.OUT_OF_SYNC if half else ImageState.CONSISTENT
    update = {
        "state": becomes,
        "fractured": kind,
        "why": why,
        "fractures": mirror.fractures + 1,
    }
    reason = f"{kind}: {why}" if why else kind
    return _put(state, mirror.model_copy(update=update), f"is fractured ({reason})")


def _put(state: State, mirror: Mirror, what: str) -> State:
    return state.put("mirrors", mirror.name, mirror).event(f"Mirror {mirror.name} {what}")


def _check_free(state: State, number: int) -> None:
    if number not in state.luns:
        raise Refusal("mirror.lun")
    try:
        uses.check_free(state, number)
    except Refusal as refusal:
        raise Refusal("mirror.lun") from refusal
