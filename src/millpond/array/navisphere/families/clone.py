"""``clone``, also said as ``snapview``: LUNs that are kept like another until they are fractured."""

import time
from dataclasses import replace
from pathlib import Path

from millpond.array.clone_hold import CloneHold, Piece
from millpond.array.copying import LAST
from millpond.array.engine.change_map import ChangeMap, CopyLock
from millpond.array.exports import BLOCK
from millpond.array.model import clones
from millpond.array.model.clone_group import Clone, CloneGroup, CloneState, Start
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Rate
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output
from millpond.array.store.store import NotHeld

PATIENCE = 60.0
"""Seconds in which the copying has to come near to what hosts write before they are held."""


def create_group(context: Context, values: Values) -> Output:
    name, source = values.text("-name") or "", values.number("-luns") or 0
    description, quiesce = values.text("-description") or "", values.number("-quiescethreshold")
    context.change(
        lambda state, _: clones.create_group(
            state, name, source, description, 60 if quiesce is None else quiesce
        )
    )
    return Output()


def destroy_group(context: Context, values: Values) -> Output:
    context.change(lambda state, _: clones.destroy_group(state, values.text("-name") or ""))
    return Output()


def add(context: Context, values: Values) -> Output:
    name, lun = values.text("-name") or "", values.number("-luns") or 0
    rate = Rate(values.text("-syncrate") or Rate.MEDIUM)

    def begin(start: Start) -> None:
        context.copy(lambda state, _: clones.add(state, name, lun, rate, start))

    if values.text("-issyncrequired") == "0":
        begin(Start.THERE)
        return Output()
    try:
        begin(Start.SHARED)
    except Refusal as refusal:
        if refusal.key != "snap.reflinks":
            raise
        begin(Start.COPIED)
    return Output()


def change(context: Context, values: Values) -> Output:
    rate = Rate(values.text("-syncrate") or Rate.MEDIUM)
    context.change(lambda state, _: clones.change_rate(state, *_which(values), rate))
    return Output()


def remove(context: Context, values: Values) -> Output:
    context.change(lambda state, _: clones.remove(state, *_which(values)))
    return Output()


def fracture(context: Context, values: Values) -> Output:
    _fracture(context, [_which(values)])
    return Output()


def fracture_together(context: Context, values: Values) -> Output:
    words = values.list("-CloneGroupNameCloneId")
    if len(words) % 2:
        raise CommandError(
            "Error: clone command failed\nEach Clone Group needs a clone's ID after it."
        )
    _fracture(context, list(zip(words[::2], words[1::2], strict=True)))
    return Output()


def _fracture(context: Context, which: list[tuple[str, str]]) -> None:
    """All at one instant. One that is not yet like its source is left as it is; nothing is written to it any
    more when this returns."""
    found = [clones.find(context.state, *each) for each in which]
    for _, clone in found:
        _come_near(context, clone)
    hold = CloneHold(context.store.root, context.still())
    unfinished: list[CopyLock] = []

    def command(state: State, _: object) -> State:
        new = state
        for each in which:
            group, clone = clones.find(state, *each)
            new = clones.fracture(new, *each)
            if clone.state is CloneState.SYNCHRONIZED:
                hold.whole.append(Piece(state, group, clone))
            else:
                unfinished.append(CopyLock(_map(context, clone)))
        return new

    try:
        context.copy(command, hold)
        for lock in unfinished:
            lock.take(PATIENCE)
    except BlockingIOError as error:
        raise Refusal("clone.unended") from error
    finally:
        for lock in unfinished:
            lock.close()


def _come_near(context: Context, clone: Clone) -> None:
    """Wait until little is left to copy, for hosts wait for the rest. Raises ``Refusal``."""
    deadline = time.monotonic() + PATIENCE
    changes = ChangeMap(_map(context, clone))
    while clone.state is CloneState.SYNCHRONIZED and changes.marked() > LAST:
        if time.monotonic() > deadline:
            raise Refusal("snap.not_held", why=NotHeld("hosts write faster than can be copied"))
        time.sleep(0.1)


def synchronize(context: Context, values: Values) -> Output:
    hold = CloneHold(context.store.root, context.still())

    def command(state: State, _: object) -> State:
        hold.begun.append(Piece(state, *clones.find(state, *_which(values))))
        return clones.synchronize(state, *_which(values))

    context.copy(command, hold)
    return Output()


def reverse(context: Context, values: Values) -> Output:
    if values.text("-UseProtectedRestore") == "1":
        raise Refusal("clone.protected")
    hold = CloneHold(context.store.root, context.still())

    def command(state: State, _: object) -> State:
        hold.turned.append(Piece(state, *clones.find(state, *_which(values))))
        return clones.reverse(state, *_which(values))

    context.copy(command, hold)
    return Output()


def _which(values: Values) -> tuple[str, str]:
    return values.text("-name") or "", values.text("-cloneid") or ""


def list_groups(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-name")
    out = context.builder()
    for group in [clones.group_of(state, name)] if name else state.clone_groups.values():
        _group(context, group, out)
        for clone in group.clones if context.shown is None else ():
            _clone(context, clone, out)
            out.blank()
        out.blank()
    return out.done()


def list_clones(context: Context, values: Values) -> Output:
    """Name and UID of the group stand above, if it has any."""
    group, wanted = (
        clones.group_of(context.state, values.text("-name") or ""),
        values.text("-cloneid"),
    )
    found = [clones.find(context.state, *_which(values))[1]] if wanted else group.clones
    out = context.builder()
    if found:
        out.row("Name", group.name, always=True)
        out.row("CloneGroupUid", _uid(group), always=True)
    for clone in found:
        out.blank()
        _clone(context, clone, out)
    out.blank()
    return out.done()


def _group(context: Context, group: CloneGroup, out: Builder) -> None:
    lun = context.state.luns[group.source]
    states = {clone.state for clone in group.clones}
    out.row("Name", group.name, always=True)
    out.row("CloneGroupUid", _uid(group), always=True)
    out.row("InSync", "Yes" if states <= {CloneState.SYNCHRONIZED, CloneState.CONSISTENT} else "No")
    out.row("Description", group.description)
    out.row("QuiesceThreshold", group.quiesce)
    out.row("SourceMediaFailure", "No")
    out.row("IsControllingSP", "Yes" if context.owner(lun) == context.sp else "No")
    out.row("SourceLUNSize", lun.blocks)
    out.row("CloneCount", len(group.clones))
    out.row("Sources", group.source)
    out.row("Clones")


def _clone(context: Context, clone: Clone, out: Builder) -> None:
    percent = _percent(context, clone)
    out.row("CloneID", clone.id, always=True)
    out.row("CloneState", clone.state)
    out.row("CloneCondition", _condition(clone))
    out.row("AvailableForIO", "Yes" if clone.state is CloneState.CONSISTENT else "No")
    out.row("CloneMediaFailure", "Yes" if clone.stopped else "No")
    out.row("IsDirty", "No" if percent == 100 else "Yes")
    out.row("PercentSynced", percent)
    out.row("RecoveryPolicy", "Manual")
    out.row("SyncRate", clone.rate.capitalize())
    out.row("CloneLUNs", clone.lun)
    out.row("UseProtectedRestore", "No")
    out.row("IsFractured", "Yes" if clone.fractured else "No")


def _condition(clone: Clone) -> str:
    if clone.fractured:
        return (
            f"System Fractured - {clone.stopped}" if clone.stopped else "Administratively Fractured"
        )
    return "Normal" if clone.state is CloneState.SYNCHRONIZED else clone.state


def _percent(context: Context, clone: Clone) -> int:
    """How much of the LUN is certainly like the source."""
    size = context.state.luns[clone.lun].blocks * BLOCK
    try:
        marked = ChangeMap(_map(context, clone)).marked()
    except FileNotFoundError:  # it has just been removed
        return 100
    return 100 * (size - min(marked, size)) // size


def _uid(group: CloneGroup) -> str:
    return ":".join(group.uid[i : i + 2] for i in range(0, 32, 2)).upper()


def _map(context: Context, clone: Clone) -> Path:
    return context.store.root / clone.directory / clone.changes


NAME = Option("-name", Kind.TEXT, "The Clone Group's name or UID", required=True)
ID = Option("-cloneid", Kind.TEXT, "The clone, as in 0100000000000000", required=True)
RATE = Option(
    "-syncrate", Kind.TEXT, "At most 8, 32 or 128 MiB in a second", ("low", "medium", "high")
)
SHOWN = (
    *("CloneState", "CloneCondition", "AvailableForIO", "CloneMediaFailure", "IsDirty"),
    *("PercentSynced", "RecoveryPolicy", "SyncRate", "CloneLUNs", "UseProtectedRestore"),
    "IsFractured",
)
GROUP_SHOWN = (
    *("InSync", "Description", "QuiesceThreshold", "SourceMediaFailure", "IsControllingSP"),
    *("SourceLUNSize", "CloneCount", "Sources"),
)
FLAG = ("0", "1")

_COMMANDS = (
    Command(
        ("clone", "-createclonegroup"),
        "Make a Clone Group: what is to have clones.",
        create_group,
        (
            Option("-name", Kind.TEXT, "The new one's name", required=True),
            Option("-luns", Kind.NUMBER, "The source", required=True),
            Option("-description", Kind.TEXT, "What it is for"),
            Option("-quiescethreshold", Kind.NUMBER, "Kept and shown, in seconds"),
        ),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-destroyclonegroup"),
        "Remove a Clone Group that has no clones.",
        destroy_group,
        (NAME,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-addclone"),
        "Make a LUN of the same size a clone. Hosts cannot use it until it is fractured.",
        add,
        (
            NAME,
            Option("-luns", Kind.NUMBER, "The LUN; what it holds is lost", required=True),
            Option("-issyncrequired", Kind.TEXT, "0: it holds the source's data already", FLAG),
            RATE,
        ),
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("clone", "-changeclone"),
        "Copy faster or slower.",
        change,
        (NAME, ID, replace(RATE, required=True)),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-fractureclone"),
        "Part a clone from its source: it has what the source has at this moment, and hosts can use it.",
        fracture,
        (NAME, ID),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-consistentfractureclones"),
        "Part several clones from their sources at the same moment.",
        fracture_together,
        (
            Option(
                "-CloneGroupNameCloneId",
                Kind.TEXTS,
                "Clone Group and clone, one pair after the other",
                required=True,
            ),
        ),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-syncclone"),
        "Bring a clone to where its source is: what differs is copied, what was written to it is lost.",
        synchronize,
        (NAME, ID),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-reversesyncclone"),
        "Give the source the clone's data: at once for hosts, and then by copying what differs.",
        reverse,
        (
            NAME,
            ID,
            Option("-UseProtectedRestore", Kind.TEXT, "1 is refused: see the differences", FLAG),
        ),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-removeclone"),
        "Make a fractured clone a LUN like others, with the data it has.",
        remove,
        (NAME, ID),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("clone", "-listclonegroup"),
        "Clone Groups with their clones, or one.",
        list_groups,
        (replace(NAME, required=False), Option("-all", help="Everything")),
        shows={f"-{label}": (label,) for label in GROUP_SHOWN},
        wraps=True,
    ),
    Command(
        ("clone", "-listclone"),
        "The clones of a Clone Group, or one.",
        list_clones,
        (NAME, replace(ID, required=False), Option("-all", help="Everything")),
        shows={f"-{label}": (label,) for label in SHOWN},
        wraps=True,
    ),
)
COMMANDS = _COMMANDS + tuple(
    replace(command, words=("snapview", *command.words[1:])) for command in _COMMANDS
)
