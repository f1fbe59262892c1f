"""``snap``: snapshots of pool LUNs, and consistency groups of LUNs."""

import re
import time
from collections.abc import Callable, Sequence

from millpond.array.model import pool_luns, snaps, uses
from millpond.array.model.state import State
from millpond.array.model.types import Snap
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.grammar import Command, CommandError, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output


def create(context: Context, values: Values) -> Output:
    name, resource = values.text("-name") or "", values.text("-res") or ""
    group = resource if values.text("-resType") == "cg" else ""

    def command(state: State, _: object) -> State:
        luns = snaps.group_of(state, group).luns if group else _numbers(resource)
        return snaps.create(
            state,
            name,
            luns,
            group,
            values.text("-descr") or "",
            auto_delete=bool(_yes(values, "-allowAutoDelete")),
            read_write=bool(_yes(values, "-allowReadWrite")),
            keep=_kept_for(values) or 0.0,
        )

    context.copy(command)
    return Output()


def copy(context: Context, values: Values) -> Output:
    name, new_name = values.text("-id") or "", values.text("-name") or ""
    context.copy(lambda state, usage: snaps.copy(state, name, new_name))
    return Output()


def modify(context: Context, values: Values) -> Output:
    """Hosts' writes are held for it: none is under way when a snapshot is not to be written to any more."""
    context.copy(
        lambda state, _: snaps.modify(
            state,
            values.text("-id") or "",
            values.text("-name"),
            values.text("-descr"),
            _yes(values, "-allowAutoDelete"),
            _yes(values, "-allowReadWrite"),
            _kept_for(values),
        )
    )
    return Output()


UNITS = {"h": 3600.0, "d": 86_400.0, "m": 30 * 86_400.0, "y": 365 * 86_400.0}
"""Seconds of an hour, a day, a month and a year."""


def _kept_for(values: Values) -> float | None:
    """Seconds. Raises ``CommandError``."""
    given = values.text("-keepFor")
    if given is None:
        return None
    match = re.fullmatch(r"([1-9]\d{0,3})([hdmy])", given)
    if match is None:
        raise CommandError(
            "Error: snap command failed\n-keepFor takes a number of hours, days, months or years, such as 12h,"
            " 3d, 1m or 1y."
        )
    return int(match[1]) * UNITS[match[2]]


def _yes(values: Values, option: str) -> bool | None:
    return values.text(option) == "yes" if option in values else None


def restore(context: Context, values: Values) -> Output:
    name, backup = values.text("-id") or "", values.text("-bakName")
    given = values.text("-res")
    some = None if given is None else _numbers(given)

    def command(state: State, _: object) -> State:
        snap = snaps.find(state, name)
        luns = [part.lun for part in snap.members] if some is None else some
        if backup:
            state = snaps.create(state, backup, luns)
        return snaps.restore(state, name, luns)

    context.copy(command)
    return Output()


def destroy(context: Context, values: Values) -> Output:
    name = values.text("-id") or ""
    context.change(lambda state, usage: snaps.destroy(state, name))
    return Output()


def list_(context: Context, values: Values) -> Output:
    state = context.state
    there = [snap for snap in state.snaps.values() if not snap.session]
    found: Sequence[Snap] = sorted(there, key=lambda snap: snap.created)
    if "-id" in values:
        found = [snaps.find(state, values.text("-id") or "")]
    elif "-res" in values:
        numbers = _numbers(values.text("-res") or "")
        for number in numbers:
            pool_luns.find(state, number)
        found = [s for s in found if any(part.lun in numbers for part in s.members)]
    out = context.builder()
    for snap in found:
        _snap(state, snap, out, "-detail" in values)
        out.blank()
    return out.done()


def _snap(state: State, snap: Snap, out: Builder, detail: bool) -> None:
    luns = ",".join(str(part.lun) for part in snap.members)
    out.row("Name", snap.name)
    out.row("Description", snap.description)
    out.row("Creation time", _moment(snap.created))
    out.row("Last modify time", "Never")
    out.row("Last modified by", "N/A")
    out.row("Source LUN(s)", luns)
    out.row("Source CG", snap.group or "N/A")
    if detail:
        out.row("Primary LUN(s)", luns)
        out.row("State", "Ready")
        out.row("Status", "OK(0x0)")
        out.row("Allow Read/Write", _shown(snap.read_write))
        out.row("Modified", _shown(snap.modified))
        out.row("Attached LUN(s)", ",".join(map(str, uses.attached(state, snap))) or "N/A")
        out.row("Allow auto delete", _shown(snap.auto_delete))
        out.row("Expiration date", _moment(snap.expires) if snap.expires else "Never")


def _moment(seconds: float) -> str:
    return time.strftime("%m/%d/%y %H:%M:%S", time.localtime(seconds))


def _shown(value: bool) -> str:
    return "Yes" if value else "No"


def group_create(context: Context, values: Values) -> Output:
    name, given = values.text("-name") or "", values.text("-res")
    luns = [] if given is None else _numbers(given)
    context.change(lambda state, usage: snaps.create_group(state, name, luns))
    return Output()


def group_destroy(context: Context, values: Values) -> Output:
    name = values.text("-id") or ""
    context.change(lambda state, usage: snaps.destroy_group(state, name))
    return Output()


def group_list(context: Context, values: Values) -> Output:
    state, name = context.state, values.text("-id")
    found = [snaps.group_of(state, name)] if name else list(state.snap_groups.values())
    out = context.builder()
    for group in found:
        out.row("Name", group.name)
        out.row("Member LUN ID(s)", ", ".join(map(str, group.luns)) or "None")
        if "-detail" in values:
            out.row("State", "Ready")
        out.blank()
    return out.done()


def group_add(context: Context, values: Values) -> Output:
    return _change_members(context, values, lambda had, given: [*had, *given])


def group_remove(context: Context, values: Values) -> Output:
    return _change_members(context, values, lambda had, given: [n for n in had if n not in given])


def group_replace(context: Context, values: Values) -> Output:
    return _change_members(context, values, lambda _, given: given)


def _change_members(
    context: Context,
    values: Values,
    become: Callable[[Sequence[int], Sequence[int]], Sequence[int]],
) -> Output:
    name, luns = values.text("-id") or "", _numbers(values.text("-res") or "")

    def command(state: State, _: object) -> State:
        return snaps.set_members(state, name, become(snaps.group_of(state, name).luns, luns))

    context.change(command)
    return Output()


def _numbers(text: str) -> list[int]:
    """LUN numbers, with commas between them; one at least. Raises ``CommandError``."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    if not words or not all(word.isascii() and word.isdecimal() for word in words):
        raise CommandError("Error: snap command failed\nThe specified resource does not exist.")
    return [int(word) for word in words]


ID = Option("-id", Kind.TEXT, "Its name", required=True)
NAME = Option("-name", Kind.TEXT, "The new one's name", required=True)
LUNS = Option("-res", Kind.TEXT, "LUN numbers, with commas between them", required=True)
PROPERTIES = (
    Option("-descr", Kind.TEXT, "What it is for"),
    Option(
        "-allowReadWrite", Kind.TEXT, "Hosts may write to it where it is attached", ("yes", "no")
    ),
    Option("-allowAutoDelete", Kind.TEXT, "Kept and shown: none is", ("yes", "no")),
    Option(
        "-keepFor", Kind.TEXT, "Destroy it after so many hours, days, months or years, such as 3d"
    ),
)

COMMANDS = (
    Command(
        ("snap", "-create"),
        "Make a snapshot of a LUN, or of all LUNs of a consistency group at one instant.",
        create,
        (
            Option("-res", Kind.TEXT, "LUN number, or group with -resType CG", required=True),
            Option("-resType", Kind.TEXT, "What -res is", ("lun", "cg")),
            NAME,
            *PROPERTIES,
        ),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-copy"),
        "Make a snapshot of a snapshot, with what hosts have written to it.",
        copy,
        (ID, NAME),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-modify"),
        "Change a snapshot's name or properties.",
        modify,
        (ID, Option("-name", Kind.TEXT, "New name"), *PROPERTIES),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-restore"),
        "Give LUNs the data of a snapshot; hosts should not use them meanwhile.",
        restore,
        (
            ID,
            Option("-res", Kind.TEXT, "This LUN alone"),
            Option("-bakName", Kind.TEXT, "Keep what the LUNs have now as this snapshot"),
            Option("-o", help="Taken, and of no effect: it does not ask"),
        ),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-destroy"), "Remove a snapshot.", destroy, (ID,), need=Need.CHANGE, confirm=True
    ),
    Command(
        ("snap", "-list"),
        "Snapshots, those of a LUN, or one.",
        list_,
        (
            Option("-id", Kind.TEXT, "This one alone"),
            Option("-res", Kind.TEXT, "Those of this LUN"),
            Option("-detail", help="Everything"),
        ),
    ),
    Command(
        ("snap", "-group", "-create"),
        "Make a consistency group.",
        group_create,
        (
            NAME,
            Option("-res", Kind.TEXT, "LUN numbers, with commas between them"),
            Option("-allowSnapAutoDelete", Kind.TEXT, "Taken: none is", ("yes", "no")),
        ),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-group", "-addmember"),
        "Take LUNs into a consistency group.",
        group_add,
        (ID, LUNS),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-group", "-rmmember"),
        "Take LUNs out of a consistency group.",
        group_remove,
        (ID, LUNS),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-group", "-replmember"),
        "Make a consistency group of these LUNs alone.",
        group_replace,
        (ID, LUNS),
        need=Need.CHANGE,
    ),
    Command(
        ("snap", "-group", "-list"),
        "Consistency groups, or one.",
        group_list,
        (Option("-id", Kind.TEXT, "This one alone"), Option("-detail", help="Everything")),
    ),
    Command(
        ("snap", "-group", "-destroy"),
        "Remove a consistency group; its snapshots stay.",
        group_destroy,
        (ID,),
        need=Need.CHANGE,
    ),
)
