"""``metalun``: LUNs made larger with others."""

from typing import Literal, cast

from millpond.array.model import metaluns
from millpond.array.model.types import Component, LunKind, MetaLun
from millpond.array.model.units import megabytes
from millpond.array.navisphere.context import Context
from millpond.array.navisphere.families import common
from millpond.array.navisphere.grammar import Command, Kind, Need, Option, Values
from millpond.array.navisphere.output import Builder, Output, Row


def expand(context: Context, values: Values) -> Output:
    base, added = values.number("-base") or 0, values.numbers("-lus")
    join = cast(Literal["S", "C"], (values.text("-type") or "s").upper())
    blocks, name = common.blocks(values, "-cap", "mb"), values.text("-name")
    context.change(lambda state, usage: metaluns.expand(state, base, added, join, blocks, name))
    return Output()


def destroy(context: Context, values: Values) -> Output:
    number = values.number("-metalun") or 0
    context.change(lambda state, usage: metaluns.destroy(state, number))
    return Output()


def list_(context: Context, values: Values) -> Output:
    state, number = context.state, values.number("-metalun")
    found = [metaluns.get(state, number)] if number is not None else state.metaluns.values()
    out = context.builder()
    for meta in found:
        _metalun(context, meta, out)
        out.blank()
    return out.done()


def info(context: Context, values: Values) -> Output:
    state = context.state
    free = sum(
        lun.kind is LunKind.CLASSIC and n not in state.metaluns for n, lun in state.luns.items()
    )
    out = context.builder()
    out.row("Number of MetaLUNs", len(state.metaluns))
    out.row("Number of LUNs that can be components", free)
    return out.done()


def _metalun(context: Context, meta: MetaLun, out: Builder) -> None:
    lun, total = context.state.luns[meta.number], metaluns.actual(meta)
    out.row("MetaLUN Number", meta.number)
    out.row("MetaLUN Name", lun.name)
    out.row("MetaLUN UID", lun.uid)
    out.row("Default Owner", f"SP {lun.default_owner}")
    out.row("Current Owner", f"SP {context.owner(lun)}")
    out.row("State", "Normal")
    label = "Capacity (Blocks/Megabytes)"
    out.row(f"Total User {label}", f"{lun.blocks}/{megabytes(lun.blocks)}")
    out.row(f"Actual User {label}", f"{total}/{megabytes(total)}")
    out.blank()
    out.row("Components", "")
    for number, parts in enumerate(_striped(meta)):
        blocks = sum(part.blocks for part in parts)
        out.blank()
        for inner, value in (
            ("Number", str(number)),
            ("Number of LUNs", str(len(parts))),
            ("Capacity (Blocks/Megabytes)", f"{blocks}/{megabytes(blocks)}"),
        ):
            out.parts.append(Row(f"    {inner}", value))
        for part in parts:
            out.blank()
            out.parts.append(Row("        LUN Number", str(part.number)))
            out.parts.append(Row("        RAID Type", part.raid_type))


def _striped(meta: MetaLun) -> list[list[Component]]:
    """LUNs that are striped together are one component; each that was concatenated is one more."""
    found = [[meta.components[0]]]
    for join, part in zip(meta.join, meta.components[1:], strict=True):
        if join == "S":
            found[-1].append(part)
        else:
            found.append([part])
    return found


COMMANDS = (
    Command(
        ("metalun", "-expand"),
        "Add LUNs to one that keeps its data; what is on the added ones is lost.",
        expand,
        (
            Option("-base", Kind.NUMBER, "The LUN that grows", required=True),
            Option("-lus", Kind.NUMBERS, "The LUNs that it grows by", required=True),
            Option("-type", Kind.TEXT, "Striped (if not given) or concatenated", ("s", "c")),
            Option("-name", Kind.TEXT, "New name"),
            Option("-cap", Kind.NUMBER, "User capacity in MB or the unit of -sq"),
            common.SIZE_UNIT,
        ),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("metalun", "-destroy"),
        "Remove a metaLUN, all of its LUNs and their data.",
        destroy,
        (Option("-metalun", Kind.NUMBER, "Its number", required=True),),
        need=Need.CHANGE,
        confirm=True,
        wraps=True,
    ),
    Command(
        ("metalun", "-list"),
        "MetaLUNs, or one of them.",
        list_,
        (Option("-metalun", Kind.NUMBER, "This one alone"), Option("-all", help="Everything")),
        wraps=True,
    ),
    Command(("metalun", "-info"), "How many metaLUNs there are.", info, wraps=True),
)
