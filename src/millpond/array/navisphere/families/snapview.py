"""``snapview``: sessions, which keep what LUNs had at one instant and roll them back to it, and snapshots, through
which hosts find that."""

from dataclasses import replace

from millpond.array.model import mount_points, session_snapshots, snaps
from millpond.array.model.state import State
from millpond.array.model.types import Lun
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output


def start(context: Context, values: Values) -> Output:
    name, luns = values.text("SESSION") or "", list(dict.fromkeys(values.numbers("-lun")))
    context.copy(lambda state, _: snaps.create(state, name, luns, session=True))
    return Output()


def stop(context: Context, values: Values) -> Output:
    name = values.text("SESSION") or ""
    context.change(lambda state, _: session_snapshots.stop_session(state, name))
    return Output()


def roll_back(context: Context, values: Values) -> Output:
    name = values.text("SESSION") or ""
    luns = [part.lun for part in snaps.find(context.state, name, session=True).members]
    context.copy(lambda state, _: snaps.restore(state, name, luns, session=True))
    return Output()


def list_(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-name")
    found = [snap for snap in state.snaps.values() if snap.session]
    if name is not None:
        found = [snaps.find(state, name, session=True)]
    out = context.builder()
    for session in sorted(found, key=lambda session: session.created):
        out.row("Name of the session", session.name)
        luns = " ".join(str(part.lun) for part in session.members)
        out.row("List of Target Logical Unit Number", luns)
        out.blank()
    return out.done()


def create(context: Context, values: Values) -> Output:
    name, number = values.text("-snapshotname") or "", values.number("LUN") or 0
    context.change(lambda state, _: session_snapshots.create(state, name, number))
    return Output()


def remove(context: Context, values: Values) -> Output:
    name = values.text("-snapshotname") or ""
    context.change(lambda state, _: session_snapshots.remove(state, name))
    return Output()


def activate(context: Context, values: Values) -> Output:
    name, session = values.text("-snapshotname") or "", values.text("SESSION") or ""
    context.copy(lambda state, _: session_snapshots.activate(state, name, session))
    return Output()


def deactivate(context: Context, values: Values) -> Output:
    name = values.text("-snapshotname") or ""
    context.change(lambda state, _: session_snapshots.deactivate(state, name))
    return Output()


def list_snapshots(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-snapshotname")
    found = session_snapshots.every(state)
    if name is not None:
        found = [session_snapshots.find(state, name)]
    out = context.builder()
    for lun in found:
        _snapshot(state, lun, out)
        out.blank()
    return out.done()


def _snapshot(state: State, lun: Lun, out: Builder) -> None:
    session = mount_points.shown(state, lun)
    out.row("SnapView logical unit name", lun.name)
    out.row("SnapView logical unit ID", lun.uid)
    out.row("Target Logical Unit", lun.primary)
    out.row("State", "Active" if session else "Inactive")
    if session:
        out.row("Session Name", session.name)


SESSION = Option("SESSION", Kind.TEXT, "Its name", required=True)
SNAPSHOT = Option("-snapshotname", Kind.TEXT, "The snapshot's name", required=True)

COMMANDS = (
    Command(
        ("snapview", "-startsession"),
        "Keep what LUNs have at this moment, all at one instant.",
        start,
        (
            Option("-lun", Kind.NUMBERS, "The LUNs, of pools", required=True),
            Option("-consistent", help="Taken: a session is always of one instant"),
            Option("-persistence", help="Taken: a session always outlives the SPs"),
        ),
        (SESSION,),
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("snapview", "-listsessions"),
        "Sessions, or one.",
        list_,
        (Option("-name", Kind.TEXT, "This one alone"),),
        wraps=True,
    ),
    Command(
        ("snapview", "-startrollback"),
        "Give the LUNs what they had when the session began; hosts should not use them meanwhile.",
        roll_back,
        (Option("-rate", Kind.TEXT, "Taken: nothing has to be copied", ("low", "medium", "high")),),
        (SESSION,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("snapview", "-stopsession"),
        "End a session: what it kept is gone, and its snapshots are inactive.",
        stop,
        (),
        (SESSION,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("snapview", "-createsnapshot"),
        "Make a snapshot of a LUN, at which hosts find what a session keeps of it.",
        create,
        (SNAPSHOT,),
        (Option("LUN", Kind.NUMBER, "Its target, a LUN of a pool", required=True),),
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("snapview", "-activatesnapshot"),
        "Show hosts what a session keeps; they may write to a copy of it.",
        activate,
        (SNAPSHOT, Option("-o", help="Taken, and of no effect")),
        (SESSION,),
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("snapview", "-deactivatesnapshot"),
        "Show it no longer; what hosts wrote to the snapshot is lost.",
        deactivate,
        (SNAPSHOT,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("snapview", "-rmsnapshot"),
        "Remove a snapshot that is not active.",
        remove,
        (SNAPSHOT,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("snapview", "-listsnapshots"),
        "Snapshots, or one.",
        list_snapshots,
        (replace(SNAPSHOT, required=False),),
        wraps=True,
    ),
)
