"""``mirror -sync``: images of LUNs in another array that have every write which was acknowledged."""

from contextlib import suppress
from dataclasses import replace

from millpond.adapters.host.kernel import boot_id
from millpond.array.engine.change_map import ChangeMap
from millpond.array.exports import BLOCK
from millpond.array.model import mirrors, remotes
from millpond.array.model.mirror_types import Fractured, ImageState, Mirror
from millpond.array.model.refusals import Refusal
from millpond.array.model.types import Rate
from millpond.array.navisphere.context import Context, FarArrays
from millpond.array.navisphere.families.common import spaced, yes_no
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output
from millpond.array.store import files


def create(context: Context, values: Values) -> Output:
    _far(context)
    name, number = values.text("-name") or "", values.number("-lun") or 0
    intent, description = "-nowriteintentlog" not in values, values.text("-description") or ""
    context.change(lambda state, _: mirrors.create(state, name, number, intent, description))
    return Output()


def destroy(context: Context, values: Values) -> Output:
    force = "-force" in values
    context.change(lambda state, _: mirrors.destroy(state, values.text("-name") or "", force))
    return Output()


def add_image(context: Context, values: Values) -> Output:
    """The LUN there is the other array's image first, and copied to afterwards."""
    far, name = _far(context), values.text("-name") or ""
    mirror = mirrors.find(context.state, name, "Adding mirror image")
    mirrors.check_addable(mirror)
    near, remote = (
        context.state.luns[mirror.lun],
        remotes.at(context.state, _text(values, "-arrayhost")),
    )
    automatic = values.text("-recoverypolicy") == "auto"
    rate = Rate(values.text("-syncrate") or Rate.MEDIUM)
    image = {
        "name": name,
        "uid": mirror.uid,
        "epoch": mirror.epoch,
        "lun": values.number("-lun"),
        "far_lun": near.wwn,
        "description": mirror.description,
        "intent_log": mirror.intent_log,
        "automatic": automatic,
        "rate": rate,
    }
    said = far.call(remote.serial, {"attach": {"mirror": image, "blocks": near.blocks}})
    try:
        context.copy(
            lambda state, _: mirrors.add_image(
                state, name, remote.serial, said["lun"], said["boot"], automatic, rate
            )
        )
    except (Refusal, OSError):
        with suppress(Refusal):
            far.call(remote.serial, {"detach": {"uid": mirror.uid}})
        raise
    return Output()


def remove_image(context: Context, values: Values) -> Output:
    """Whether or not the other array hears of it: it may be gone for good."""
    mirror = mirrors.check_removable(context.state, *_which(values))
    with suppress(Refusal):  # first: from then on it does not claim to have all
        _far(context).call(mirror.remote, {"detach": {"uid": mirror.uid}})
    context.change(lambda state, _: mirrors.remove_image(state, *_which(values)))
    return Output()


def fracture(context: Context, values: Values) -> Output:
    """An image whose array does not hear of it claims to have all no longer either: it hears no news."""
    state = context.change(lambda state, _: mirrors.fracture(state, *_which(values)))
    mirror = mirrors.find(state, _text(values, "-name"), "Fracturing")
    with suppress(Refusal):
        _far(context).tell(mirror, mirror.state)
    return Output()


def synchronize(context: Context, values: Values) -> Output:
    _far(context).begin(mirrors.check_begin(context.state, *_which(values)))
    return Output()


def promote(context: Context, values: Values) -> Output:
    """The primary's array makes its image the secondary one first; if it does not answer, or is not to be asked,
    the mirror has a primary image alone."""
    far, kind = _far(context), values.text("-type") or "normal"
    mirror = mirrors.local(context.state, *_which(values))
    found = image_state(context, mirror)
    if found not in mirrors.WHOLE and kind != "oos":
        raise Refusal("mirror.promote", state=found)
    boot = None
    if kind == "normal":
        try:
            asked = {"uid": mirror.uid, "epoch": mirror.epoch}
            boot = far.call(mirror.remote, {"step down": asked})["boot"]
        except Refusal as refusal:
            if refusal.key not in ("link.down", "mirror.superseded"):
                raise
    context.copy(
        lambda state, _: mirrors.promote(state, *_which(values), found, boot is None, boot or "")
    )
    return Output()


def image_state(context: Context, mirror: Mirror) -> ImageState:
    """Of the secondary image. Here it has all only while the primary's array says so, and it is no image of any
    moment if this machine lost what was in its memory."""
    if mirror.primary:
        return mirror.state
    if mirror.boot != boot_id():
        return ImageState.OUT_OF_SYNC
    if mirror.state is not ImageState.SYNCHRONIZED:
        return mirror.state
    heard = context.far is not None and context.far.heard(mirror.uid)
    return ImageState.SYNCHRONIZED if heard else ImageState.CONSISTENT


def show(context: Context, values: Values) -> Output:
    name, found = values.text("-name"), context.state.mirrors
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
    out.row("Quiesce Threshold", 60)
    out.row("Minimum number of images required", 0)
    out.row("Image Size", lun.blocks)
    out.row("Image Count", 2 if mirror.remote else 1)
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
    return "Normal" if state is ImageState.SYNCHRONIZED else "Waiting on Admin"


def _percent(context: Context, mirror: Mirror) -> int:
    """How much of the image is certainly like the primary's; only its array knows."""
    if not mirror.changes:
        return 100 if mirror.state in mirrors.WHOLE else 0
    size = context.state.luns[mirror.lun].blocks * BLOCK
    try:
        marked = ChangeMap(files.mirror_map(context.store.root, mirror)).marked()
    except FileNotFoundError:  # the image has just been removed
        return 100
    return 100 * (size - min(marked, size)) // size


def info(context: Context, _values: Values) -> Output:
    """The arrays that mirrors may have images in, and through which SPs they are reached."""
    links, out = _far(context).links(), context.builder()
    out.heading("Remote systems that are enabled for mirroring:")
    for remote in context.state.remotes.values():
        up = [sp for sp, linked in sorted(links.items()) if linked.get(remote.serial)]
        out.row("Array UID", remote.uid)
        out.row("Array Name", remote.name)
        out.row("Status", _reached(list(up)))
    return out.done()


def _reached(up: list[str]) -> str:
    if len(up) == 2:
        return "Enabled on both SPs"
    return f"Enabled on SP {up[0]}" if up else "No link"


def _far(context: Context) -> FarArrays:
    if context.far is None:
        raise Refusal("mirror.unavailable")
    return context.far


def _text(values: Values, option: str) -> str:
    return values.text(option) or ""


def _which(values: Values) -> tuple[str, str]:
    return _text(values, "-name"), _text(values, "-imageuid")


SYNC = ("mirror", "-sync")
NAME = Option("-name", Kind.TEXT, "The mirror", required=True)
IMAGE = Option("-imageuid", Kind.TEXT, "The secondary image, as -list shows it", required=True)

COMMANDS = (
    Command(
        (*SYNC, "-create"),
        "Make a mirror: a LUN that is to have an image in another array.",
        create,
        (
            Option("-name", Kind.TEXT, "The new one's name", required=True),
            Option("-lun", Kind.NUMBER, "The primary image", required=True),
            Option("-description", Kind.TEXT, "What it is for"),
            Option("-usewriteintentlog", help="Shown; there is always one"),
            Option("-nowriteintentlog", help="Shown; there is one all the same"),
        ),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        (*SYNC, "-destroy"),
        "Remove a mirror that has no secondary image; the LUN stays.",
        destroy,
        (NAME, Option("-force", help="At the secondary: forget the mirror here")),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        (*SYNC, "-addimage"),
        "Give a mirror its secondary image: a LUN of the same size in an array that is linked.",
        add_image,
        (
            NAME,
            Option("-arrayhost", Kind.TEXT, "Address of an SP of that array", required=True),
            Option("-lun", Kind.NUMBER, "The LUN there; what it holds is lost", required=True),
            Option(
                "-recoverypolicy",
                Kind.TEXT,
                "auto: after a fracture by itself it is synchronized by itself",
                ("auto", "manual"),
            ),
            Option(
                "-syncrate",
                Kind.TEXT,
                "At most 8, 32 or 128 MiB in a second",
                ("low", "medium", "high"),
            ),
        ),
        need=Need.CHANGE,
    ),
    Command(
        (*SYNC, "-removeimage"),
        "Make a secondary image a LUN like others, with the data it has.",
        remove_image,
        (NAME, IMAGE),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        (*SYNC, "-fractureimage"),
        "Write to a secondary image no more; what changes meanwhile is marked.",
        fracture,
        (NAME, IMAGE),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        (*SYNC, "-syncimage"),
        "Bring a fractured image to where the primary is: what has changed is copied.",
        synchronize,
        (NAME, IMAGE),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        (*SYNC, "-promoteimage"),
        "Make a secondary image the primary one: hosts can use it then. Ask its own array.",
        promote,
        (
            NAME,
            IMAGE,
            Option(
                "-type",
                Kind.TEXT,
                "local: do not ask the other array; oos: even if it is no image of any moment",
                ("normal", "local", "oos"),
            ),
        ),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        (*SYNC, "-list"),
        "Mirrors, or one, with their images.",
        show,
        (replace(NAME, required=False),),
    ),
    Command(
        (*SYNC, "-info"),
        "The arrays that this one is linked to, and whether they answer.",
        info,
        (Option("-systems", help="That; there is nothing else to tell"),),
    ),
)
