"""``mirror -sync`` and ``mirror -async``: images of LUNs in another array that have every write which was acknowledged,
or all of them up to a point in time."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import Any

from millpond.array.model import mirrors, remotes, updates
from millpond.array.model.mirror_types import Mirror, Period, Updates
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Rate
from millpond.array.navisphere.context import Context, FarArrays
from millpond.array.navisphere.families.mirror_list import image_state, show
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Run, Values
from millpond.array.navisphere.output import Output


def create(kind: str, context: Context, values: Values) -> Output:
    _far(context, kind)
    name, number = _text(values, "-name"), values.number("-lun") or 0
    intent, description = "-nowriteintentlog" not in values, _text(values, "-description")
    kept = Updates() if kind == "async" else None
    context.change(lambda state, _: mirrors.create(state, name, number, intent, description, kept))
    return Output()


def destroy(context: Context, values: Values) -> Output:
    force = "-force" in values
    context.change(lambda state, _: mirrors.destroy(state, _text(values, "-name"), force))
    return Output()


def add_image(context: Context, values: Values) -> Output:
    """The LUN there is the other array's image first, and copied to afterwards."""
    name = _text(values, "-name")
    mirror = mirrors.find(context.state, name, "Adding mirror image")
    far = _far(context, mirrors.kind_of(mirror))
    mirrors.check_addable(mirror)
    remote = remotes.at(context.state, _text(values, "-arrayhost"))
    automatic = values.text("-recoverypolicy") == "auto"
    rate = Rate(values.text("-syncrate") or Rate.MEDIUM)
    when = _schedule(values) or updates.schedule(Period.MANUAL, 0)
    said = far.call(remote.serial, {"attach": _attached(context, values, mirror, automatic, rate)})
    try:
        if mirror.asynchronous:
            call = updates.call(mirror, when)
            said["boot"] = far.call(remote.serial, {"update": call})["boot"]

        def command(state: State, _: object) -> State:
            state = mirrors.add_image(
                state, name, remote.serial, said["lun"], said["boot"], automatic, rate
            )
            return updates.first(state, name, when) if mirror.asynchronous else state

        context.copy(command)
    except (Refusal, OSError):
        with suppress(Refusal):
            far.call(remote.serial, {"detach": {"uid": mirror.uid}})
        raise
    return Output()


def _attached(
    context: Context, values: Values, mirror: Mirror, automatic: bool, rate: Rate
) -> dict[str, Any]:
    near = context.state.luns[mirror.lun]
    image = {
        "name": mirror.name,
        "uid": mirror.uid,
        "epoch": mirror.epoch,
        "lun": values.number("-lun"),
        "far_lun": near.wwn,
        "description": mirror.description,
        "intent_log": mirror.intent_log,
        "automatic": automatic,
        "rate": rate,
    }
    return {"mirror": image, "blocks": near.blocks, "asynchronous": mirror.asynchronous}


def change_image(context: Context, values: Values) -> Output:
    """The other array hears of a new schedule with the next update."""
    which, when = _which(values), _schedule(values)
    policy, rate = values.text("-recoverypolicy"), values.text("-syncrate")
    automatic = None if policy is None else policy == "auto"

    def command(state: State, _: object) -> State:
        state = mirrors.change_image(state, *which, automatic, Rate(rate) if rate else None)
        return updates.change_schedule(state, *which, when) if when else state

    context.change(command)
    return Output()


def _schedule(values: Values) -> dict[str, Any] | None:
    """None if nothing is said of it. Raises ``CommandError``, ``Refusal``."""
    said = [name for name in SCHEDULES if name in values]
    if len(said) > 1:
        raise CommandError(f"{' and '.join(said)} do not go together.")
    if not said:
        return None
    return updates.schedule(SCHEDULES[said[0]], values.number(said[0]) or 0)


def remove_image(context: Context, values: Values) -> Output:
    """Whether or not the other array hears of it: it may be gone for good."""
    mirror = mirrors.check_removable(context.state, *_which(values))
    with suppress(Refusal):  # first: from then on it does not claim to have all
        _far(context, mirrors.kind_of(mirror)).call(mirror.remote, {"detach": {"uid": mirror.uid}})
    context.change(lambda state, _: mirrors.remove_image(state, *_which(values)))
    return Output()


def fracture(context: Context, values: Values) -> Output:
    """An image whose array does not hear of it claims to have all no longer either: it hears no news. An asynchronous
    one never does."""
    state = context.change(lambda state, _: mirrors.fracture(state, *_which(values)))
    mirror = mirrors.find(state, _text(values, "-name"), "Fracturing")
    if not mirror.asynchronous:
        with suppress(Refusal):
            _far(context, "sync").tell(mirror, mirror.state)
    return Output()


def synchronize(context: Context, values: Values) -> Output:
    mirror = mirrors.image(context.state, *_which(values), "Synchronizing")
    if mirror.asynchronous:
        updates.check_askable(mirror)
    else:
        mirrors.check_begin(context.state, *_which(values))
    _far(context, mirrors.kind_of(mirror)).begin(mirror)
    return Output()


def promote(context: Context, values: Values) -> Output:
    """The primary's array makes its image the secondary one first; if it does not answer, or is not to be asked,
    the mirror has a primary image alone."""
    mirror, kind = mirrors.local(context.state, *_which(values)), values.text("-type") or "normal"
    far = _far(context, mirrors.kind_of(mirror))
    found = image_state(context, mirror)
    if found not in mirrors.WHOLE and kind != "oos":
        raise Refusal("mirror.promote", state=found, kind=mirrors.kind_of(mirror))
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


def info(kind: str, context: Context, _values: Values) -> Output:
    """The arrays that mirrors may have images in, and through which SPs they are reached."""
    links, out = _far(context, kind).links(), context.builder()
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


def _far(context: Context, kind: str) -> FarArrays:
    if context.far is None:
        raise Refusal("mirror.unavailable", kind=kind.capitalize())
    return context.far


def _text(values: Values, option: str) -> str:
    return values.text(option) or ""


def _which(values: Values) -> tuple[str, str]:
    return _text(values, "-name"), _text(values, "-imageuid")


def _only(kind: str, action: str, run: Run) -> Callable[[Context, Values], Output]:
    """For mirrors of that kind: others are not there for it."""

    def checked(context: Context, values: Values) -> Output:
        mirror = context.state.mirrors.get(_text(values, "-name"))
        if mirror is None or mirrors.kind_of(mirror) != kind:
            raise Refusal("mirror.none", action=action)
        return run(context, values)

    return checked


NAME = Option("-name", Kind.TEXT, "The mirror", required=True)
IMAGE = Option("-imageuid", Kind.TEXT, "The secondary image, as -list shows it", required=True)
ADDED = (
    NAME,
    Option("-arrayhost", Kind.TEXT, "Address of an SP of that array", required=True),
    Option("-lun", Kind.NUMBER, "The LUN there; what it holds is lost", required=True),
)
HOW = (
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
)
WHEN: dict[str, tuple[Option, ...]] = {
    "sync": (),
    "async": (
        Option("-manualupdate", help="Update it when -syncimage says so; the default"),
        Option("-startdelay", Kind.NUMBER, "Update it N minutes after the last update began"),
        Option("-enddelay", Kind.NUMBER, "Update it N minutes after the last update ended"),
    ),
}
SCHEDULES = {
    "-manualupdate": Period.MANUAL,
    "-startdelay": Period.START,
    "-enddelay": Period.END,
}
LOGS: dict[str, tuple[Option, ...]] = {
    "sync": (
        Option("-usewriteintentlog", help="Shown; there is always one"),
        Option("-nowriteintentlog", help="Shown; there is one all the same"),
    ),
    "async": (),
}
SYNCIMAGE = {
    "sync": "Bring a fractured image to where the primary is: what has changed is copied.",
    "async": "Update an image: what has changed is copied, as of now.",
}


def _creating(kind: str) -> tuple[Command, ...]:
    words = ("mirror", f"-{kind}")
    return (
        Command(
            (*words, "-create"),
            "Make a mirror: a LUN that is to have an image in another array.",
            partial(create, kind),
            (
                Option("-name", Kind.TEXT, "The new one's name", required=True),
                Option("-lun", Kind.NUMBER, "The primary image", required=True),
                Option("-description", Kind.TEXT, "What it is for"),
                *LOGS[kind],
            ),
            need=Need.CHANGE,
            confirm=True,
        ),
        Command(
            (*words, "-destroy"),
            "Remove a mirror that has no secondary image; the LUN stays.",
            _only(kind, "Destroying mirror", destroy),
            (NAME, Option("-force", help="At the secondary: forget the mirror here")),
            need=Need.CHANGE,
            confirm=True,
        ),
        Command(
            (*words, "-addimage"),
            "Give a mirror its secondary image: a LUN of the same size in an array that is linked.",
            _only(kind, "Adding mirror image", add_image),
            ADDED + HOW + WHEN[kind],
            need=Need.CHANGE,
        ),
        Command(
            (*words, "-list"),
            "Mirrors, or one, with their images.",
            partial(show, kind),
            (replace(NAME, required=False),),
        ),
        Command(
            (*words, "-info"),
            "The arrays that this one is linked to, and whether they answer.",
            partial(info, kind),
            (Option("-systems", help="That; there is nothing else to tell"),),
        ),
    )


def _of_images(kind: str) -> tuple[Command, ...]:
    def command(
        word: str, doing: str, what: str, run: Run, options: tuple[Option, ...] = ()
    ) -> Command:
        return Command(
            ("mirror", f"-{kind}", word),
            what,
            _only(kind, f"{doing} {kind} mirror image", run),
            (NAME, IMAGE, *options),
            need=Need.CHANGE,
            confirm=True,
        )

    return (
        command(
            "-changeimage",
            "Changing",
            "Change how a secondary image is kept.",
            change_image,
            HOW + WHEN[kind],
        ),
        command(
            "-removeimage",
            "Removing",
            "Make a secondary image a LUN like others, with the data it has.",
            remove_image,
        ),
        command(
            "-fractureimage",
            "Fracturing",
            "Write to a secondary image no more; what changes meanwhile is marked.",
            fracture,
        ),
        command("-syncimage", "Synchronizing", SYNCIMAGE[kind], synchronize),
        command(
            "-promoteimage",
            "Promoting",
            "Make a secondary image the primary one: hosts can use it then. Ask its own array.",
            promote,
            (
                Option(
                    "-type",
                    Kind.TEXT,
                    "local: do not ask the other array; oos: even if it is no image of any moment",
                    ("normal", "local", "oos"),
                ),
            ),
        ),
    )


COMMANDS = tuple(
    command for kind in ("sync", "async") for command in _creating(kind) + _of_images(kind)
)
