"""RAID groups and the LUNs on them: ``createrg``, ``getrg``, ``removerg``, ``bind``, ``unbind``,
``getlun``, ``chglun``."""

import time

from millpond.array.model import classic, raid_groups, redundancy
from millpond.array.model.raid import GROUP_TYPES
from millpond.array.model.refusals import Refusal
from millpond.array.model.state import State
from millpond.array.model.types import Lun, LunKind, RaidGroup
from millpond.array.model.units import megabytes
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import common, performance
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output, Row

SHOWN_TYPES = {"r0": "RAID0", "r1": "RAID1", "r1_0": "RAID1/0", "r3": "RAID3", "r5": "RAID5"} | {
    "r6": "RAID6",
    "id": "DISK",
    "hot_spare": "Hot Spare",
}
ID = Option("ID", Kind.NUMBER, "The RAID group's number", required=True)


def createrg(context: Context, values: Values) -> Output:
    number, kind = values.number("ID") or 0, values.text("-raidtype") or "r5"
    context.change(
        lambda state, usage: raid_groups.create(state, number, values.list("DISK"), kind)
    )
    return Output()


def removerg(context: Context, values: Values) -> Output:
    number = values.number("ID") or 0
    context.change(lambda state, usage: raid_groups.remove(state, number))
    return Output()


def getrg(context: Context, values: Values) -> Output:
    state, number = context.state, values.number("ID")
    found = [raid_groups.get(state, number)] if number is not None else state.raid_groups.values()
    out = context.builder(43)
    for group in found:
        _group(state, group, out)
        out.blank()
    return out.done()


def _group(state: State, group: RaidGroup, out: Builder) -> None:
    luns, gaps = raid_groups.luns(state, group), raid_groups.gaps(state, group)
    out.row("RaidGroup ID", group.number, always=True)
    out.row("RaidGroup Type", group.raid_type)
    halted = redundancy.health(state, group) is redundancy.Health.FAULTED
    found = "Halted" if halted else "Valid_luns" if luns else "Explicit_Remove"
    out.row("RaidGroup State", found)
    if out.shown is None or "List of disks" in out.shown:
        out.several("List of disks", [state.disks[d].place for d in group.disks])
    out.row("List of luns", " ".join(map(str, luns)))
    out.row("Max Number of disks", 16)
    out.row("Max Number of luns", 256)
    out.row("Raw Capacity (Blocks)", sum(state.disks[d].blocks for d in group.disks))
    out.row("Logical Capacity (Blocks)", raid_groups.capacity(state, group))
    out.row("Free Capacity (Blocks,non-contiguous)", sum(blocks for _, blocks in gaps))
    largest = max((blocks for _, blocks in gaps), default=0)
    out.row("Free contiguous group of unbound segments", largest)
    out.row("Defrag/Expand priority", "N/A")
    out.row("Percent defragmented", "N/A")
    out.row("Percent expanded", "N/A")
    out.row("Lun Expansion enabled", "NO")
    out.row("Legal RAID types", group.raid_type)


def bind(context: Context, values: Values) -> Output:
    blocks, sp = common.blocks(values, "-cap", "mb"), common.sp(values)
    kind, group = values.text("TYPE") or "", values.number("-rg") or 0
    number = values.number("N")
    context.change(lambda state, usage: classic.bind(state, kind, number, group, blocks, sp))
    return Output()


def unbind(context: Context, values: Values) -> Output:
    number = values.number("N") or 0
    context.change(lambda state, usage: classic.unbind(state, number))
    return Output()


def chglun(context: Context, values: Values) -> Output:
    number, name = values.number("-l") or 0, values.text("-name") or ""
    context.change(lambda state, usage: classic.rename(state, number, name))
    return Output()


def getlun(context: Context, values: Values) -> Output:
    """LUNs of pools too, as hosts do not tell them apart."""
    state, number = context.state, values.number("N")
    found = [lun for lun in state.luns.values() if lun.kind is not LunKind.SNAPSHOT]
    if number is not None:
        found = [lun for lun in found if lun.number == number]
        if not found:
            raise Refusal("classic.not_found")
    out, statistics = context.builder(28), context.statistics()
    for lun in sorted(found, key=lambda lun: lun.number):
        if number is None:
            out.heading("LOGICAL UNIT NUMBER", str(lun.number))
        _lun(context, lun, out)
        performance.of_lun(statistics, lun, out)
        out.blank()
    return out.done()


def _lun(context: Context, lun: Lun, out: Builder) -> None:
    if out.shown is None or "Name" in out.shown:
        out.parts.append(Row("Name", lun.name, 28, colon=False))
    kind = lun.raid_type if not lun.pooled else lun.raid_type.replace("r_10", "r1_0")
    out.row("RAID Type", SHOWN_TYPES[kind.replace("r_", "r")])
    out.row("RAIDGroup ID", "N/A" if lun.pooled else lun.home)
    faulted = redundancy.lun_health(context.state, lun) is redundancy.Health.FAULTED
    out.row("State", "Faulted" if faulted else "Bound")
    out.row("LUN Capacity(Megabytes)", megabytes(lun.blocks))
    out.row("LUN Capacity(Blocks)", lun.blocks)
    out.row("Current owner", f"SP {context.owner(lun)}")
    out.row("Default Owner", f"SP {lun.default_owner}")
    out.row("Prct Bound", 100)
    disks = [disk for home in redundancy.homes(context.state, lun) for disk in home.disks]
    out.row("Prct Rebuilt", redundancy.rebuilt(context.state, disks, time.time()))
    out.row("UID", lun.uid)
    out.row("Is Thin LUN", common.yes_no(lun.kind == "Thin"))
    out.row("Is Pool LUN", common.yes_no(lun.pooled))


COMMANDS = (
    Command(
        ("createrg",),
        "Make a RAID group of free disks of one type.",
        createrg,
        (
            Option("-raidtype", Kind.TEXT, "r5 if not given", GROUP_TYPES),
            Option("-rm", Kind.TEXT, "Taken, and of no effect", ("yes", "no")),
            Option("-o", help="Taken, and of no effect"),
        ),
        (ID, Option("DISK", Kind.DISKS, "Its disks", required=True)),
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("removerg",),
        "Remove a RAID group that has no LUNs.",
        removerg,
        (Option("-o", help="Taken, and of no effect"),),
        (ID,),
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("getrg",),
        "RAID groups, or one of them.",
        getrg,
        arguments=(Option("ID", Kind.NUMBER, "This one alone"),),
        wraps=True,
        shows={
            "-type": ("RaidGroup Type",),
            "-state": ("RaidGroup State",),
            "-disks": ("List of disks",),
            "-lunlist": ("List of luns",),
            "-tcap": ("Raw Capacity (Blocks)", "Logical Capacity (Blocks)"),
            "-ucap": (
                "Free Capacity (Blocks,non-contiguous)",
                "Free contiguous group of unbound segments",
            ),
        },
    ),
    Command(
        ("bind",),
        "Make a LUN on a RAID group.",
        bind,
        (
            Option("-rg", Kind.NUMBER, "The RAID group", required=True),
            Option("-cap", Kind.NUMBER, "Its size, in MB or the unit of -sq; all there is if none"),
            common.SIZE_UNIT,
            Option("-sp", Kind.SP, "The SP that it belongs to"),
        ),
        (
            Option("TYPE", Kind.TEXT, "The RAID group's", GROUP_TYPES, required=True),
            Option("N", Kind.NUMBER, "The LUN's number; the lowest free one if not given"),
        ),
        need=Need.CHANGE,
        wraps=True,
    ),
    Command(
        ("unbind",),
        "Remove a LUN of a RAID group, and its data.",
        unbind,
        arguments=(Option("N", Kind.NUMBER, "The LUN's number", required=True),),
        need=Need.CHANGE,
        confirm=True,
    ),
    Command(
        ("chglun",),
        "Give a LUN of a RAID group another name.",
        chglun,
        (
            Option("-l", Kind.NUMBER, "Its number", required=True),
            Option("-name", Kind.TEXT, "New name", required=True),
        ),
        need=Need.CHANGE,
    ),
    Command(
        ("getlun",),
        "All LUNs, or one of them.",
        getlun,
        arguments=(Option("N", Kind.NUMBER, "This one alone"),),
        shows={
            "-name": ("Name",),
            "-type": ("RAID Type",),
            "-rg": ("RAIDGroup ID",),
            "-state": ("State",),
            "-capacity": ("LUN Capacity(Megabytes)", "LUN Capacity(Blocks)"),
            "-owner": ("Current owner",),
            "-default": ("Default Owner",),
            "-bind": ("Prct Bound",),
            "-rebuilt": ("Prct Rebuilt",),
            "-uid": ("UID",),
            "-perfData": performance.shows(),
        },
    ),
)
