"""``snapview``: sessions, which keep what LUNs had at one instant, and roll them back to it."""

from millpond.array.model import snaps
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Output


def start(context: Context, values: Values) -> Output:
    name, luns = values.text("SESSION") or "", list(dict.fromkeys(values.numbers("-lun")))
    context.copy(lambda state, _: snaps.create(state, name, luns, session=True))
    return Output()


def stop(context: Context, values: Values) -> Output:
    name = values.text("SESSION") or ""
    context.change(lambda state, _: snaps.destroy(state, name, session=True))
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


SESSION = Option("SESSION", Kind.TEXT, "Its name", required=True)

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
        "End a session: what it kept is gone.",
        stop,
        (),
        (SESSION,),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
)
