"""What ``mirror -list`` shows, of either kind of mirror."""

import time

from millpond.adapters.host.kernel import boot_id
from millpond.array.engine.change_map import ChangeMap
from millpond.array.exports import BLOCK
from millpond.array.model import mirrors
from millpond.array.model.mirror_types import Fractured, ImageState, Mirror, Period, Updates
from millpond.array.model.refusals import Refusal
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families.common import spaced, yes_no
from millpond.array.navisphere.grammar import Values
from millpond.array.navisphere.output import Builder, Output
from millpond.array.store import files


def image_state(context: Context, mirror: Mirror) -> ImageState:
    """Of the secondary image. A synchronous one here has all only while the primary's array says so, and it is no image
    of any moment if this machine lost what was in its memory. An asynchronous one was on the disk when it was said to be
    of a moment, and so is what it goes back to."""
    if mirror.primary or mirror.asynchronous:
        return mirror.state
    if mirror.boot != boot_id():
        return ImageState.OUT_OF_SYNC
    if mirror.state is not ImageState.SYNCHRONIZED:
        return mirror.state
    heard = context.far is not None and context.far.heard(mirror.uid)
    return ImageState.SYNCHRONIZED if heard else ImageState.CONSISTENT


def show(kind: str, context: Context, values: Values) -> Output:
    name = values.text("-name")
    found = {m.name: m for m in context.state.mirrors.values() if mirrors.kind_of(m) == kind}
    if name is not None and name not in found:
        raise Refusal("mirror.list")
    out = context.builder()
    for mirror in [found[name]] if name is not None else found.values():
        _mirror(context, mirror, out)
        out.blank()
    return out.done()


def _mirror(context: Context, mirror: Mirror, out: Builder) -> None:
    lun, state = context.state.luns[mirror.lun], image_state(context, mirror)
    busy = state is ImageState.SYNCHRONIZING and not mirror.fractured
    out.row("MirrorView Name", mirror.name)
    out.row("MirrorView Description", mirror.description)
    out.row("MirrorView UID", spaced(mirror.uid))
    out.row("Logical Unit Numbers", mirror.lun)
    out.row("Remote Mirror Status", _status(mirror))
    out.row("MirrorView State", "Active")
    out.row("MirrorView Faulted", yes_no(_faulted(mirror)))
    out.row("MirrorView Transitioning", yes_no(busy))
    if not mirror.asynchronous:
        out.row("Quiesce Threshold", 60)
    out.row("Minimum number of images required", 0)
    out.row("Image Size", lun.blocks)
    out.row("Image Count", 2 if mirror.remote else 1)
    if not mirror.asynchronous:
        out.row("Write Intent Log Used", yes_no(mirror.intent_log))
    out.row("Images")
    near, far = mirrors.uids(context.state, mirror)
    first, second = (near, far) if mirror.primary else (far, near)
    primary, secondary = (lun.wwn, mirror.far_lun) if mirror.primary else (mirror.far_lun, lun.wwn)
    out.row("Image UID", first)
    out.row("Is Image Primary", "YES")
    out.row("Logical Unit UID", spaced(primary))
    out.row("Image Condition", "Primary Image")
    out.row("Preferred SP", lun.default_owner)
    if mirror.remote:
        out.blank()
        out.row("Image UID", second)
        out.row("Is Image Primary", "NO")
        out.row("Logical Unit UID", spaced(secondary))
        out.row("Image State", state)
        out.row("Image Condition", _condition(mirror, state))
        out.row("Recovery Policy", "Automatic" if mirror.automatic else "Manual")
        out.row("Preferred SP", lun.default_owner)
        out.row("Synchronization Rate", mirror.rate.capitalize())
        out.row("Image Faulted", yes_no(_faulted(mirror)))
        out.row("Image Transitioning", yes_no(busy))
        out.row("Synchronizing Progress(%)", _percent(context, mirror))
        if mirror.updates is not None:
            _updates(mirror, mirror.updates, out)


def _updates(mirror: Mirror, updates: Updates, out: Builder) -> None:
    """``Image Time`` is Millpond's own: what was written to the primary before is in the image."""
    now, by_itself = time.time(), updates.period is not Period.MANUAL
    waits = by_itself and mirror.primary and not updates.under_way
    out.row("Update Type", updates.period)
    out.row("Update Period, in minutes", updates.minutes if by_itself else "N/A")
    out.row("Time in minutes since previous update", _minutes(now - updates.image, updates))
    out.row("Time in minutes until next update", _until(updates.due - now) if waits else NOTHING)
    out.row("Last Image Error", mirror.why or NOTHING)
    shown = mirrors.time_of(updates.image) if updates.image else NOTHING
    out.row("Image Time", shown)


NOTHING = "Not Available"


def _minutes(seconds: float, updates: Updates) -> object:
    return int(seconds // 60) if updates.image else NOTHING


def _until(seconds: float) -> int:
    return max(0, int(-(-seconds // 60)))


def _status(mirror: Mirror) -> str:
    if not mirror.primary:
        return "Secondary Copy"
    return "Mirrored" if mirror.remote else "Mirrored/No Secondary Images"


def _faulted(mirror: Mirror) -> bool:
    return mirror.fractured is Fractured.SYSTEM


def _condition(mirror: Mirror, state: ImageState) -> str:
    if mirror.fractured:
        return mirror.fractured
    if state is ImageState.SYNCHRONIZING:
        return "Synchronizing"
    if mirror.updates is not None:
        return "Updating" if mirror.updates.under_way else "Normal"
    return "Normal" if state is ImageState.SYNCHRONIZED else "Waiting on Admin"


def _percent(context: Context, mirror: Mirror) -> int:
    """How much of the image is certainly like the primary's, or like the point in time that it is updated to; only the
    primary's array knows."""
    if not mirror.changes:
        return 100 if mirror.state in mirrors.WHOLE else 0
    root = context.store.root
    path = files.mirror_map(root, mirror)
    if mirror.updates is not None:
        if not mirror.updates.under_way:
            return 100
        path = files.delta_map(root, mirror)
    size = context.state.luns[mirror.lun].blocks * BLOCK
    try:
        marked = ChangeMap(path).marked()
    except FileNotFoundError:  # the image has just been removed, or updated
        return 100
    return 100 * (size - min(marked, size)) // size
