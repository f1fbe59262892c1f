"""The one renderer of every list and show: ``table``, ``wide``, ``json`` or ``yaml``.

Tables fit the terminal, or 80 columns where there is none; long values fold over several lines, so
that nothing is ever cut off. ``wide`` adds columns and takes the room it needs.
"""

import json
import sys
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TextIO

import yaml
from rich.console import Console, Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from millpond.cli.client import Json


class Output(StrEnum):
    """How results are printed."""

    TABLE = "table"
    WIDE = "wide"
    JSON = "json"
    YAML = "yaml"


NARROW = 80
NATURAL = 4096
"""Columns of a console that must not fold: output into a file, or ``wide``."""

_STYLES = {
    "running": "green",
    "done": "green",
    "ready": "green",
    "active": "green",
    "paused": "yellow",
    "queued": "yellow",
    "held": "yellow",
    "maintenance": "yellow",
    "suspended": "cyan",
    "failed": "red",
    "unknown": "red",
    "unreachable": "red",
}


@dataclass(frozen=True)
class Column:
    """``value`` takes a row: the name of a field (dots go deeper) or a function. ``fixed`` columns
    hold short words and are the last to fold; ``wide`` ones are shown by ``--output wide`` only."""

    title: str
    value: str | Callable[[Json], object]
    wide: bool = False
    fixed: bool = False
    right: bool = False

    def of(self, row: Json) -> object:
        return dig(row, self.value) if isinstance(self.value, str) else self.value(row)


@dataclass(frozen=True)
class Fields:
    """The labelled values of one object."""

    rows: Sequence[tuple[str, object]]


@dataclass(frozen=True)
class Rows:
    """A table with an optional heading; ``empty`` is printed when there are no rows."""

    columns: Sequence[Column]
    rows: Sequence[Json]
    heading: str = ""
    empty: str = "none"


@dataclass(frozen=True)
class Line:
    """One line that is never folded: something to be copied whole, such as a command."""

    text: str


Block = Fields | Rows | Line
Draw = Callable[[Any], list[Block]]


def dig(row: Any, dotted: str) -> Any:
    """``dig(vm, "pool.name")``; None where any part is missing."""
    for part in dotted.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return row


def cell(value: object) -> Text:
    """What stands in a table for ``value``. Control and direction characters are shown as codes:
    a name or description must not command the terminal."""
    match value:
        case None | "" | [] | ():
            text = "-"
        case bool():
            text = "yes" if value else "no"
        case list() | tuple():
            text = ", ".join(str(v) for v in value)
        case dict():
            text = json.dumps(value, ensure_ascii=False)
        case _:
            text = str(value)
    return Text(visible(text), style=_STYLES.get(text, ""))


def visible(text: str) -> str:
    """``text`` with everything that is not a plain character escaped; newlines become spaces."""
    return "".join(
        " " if c in "\n\t" else f"\\u{ord(c):04x}" if unicodedata.category(c)[0] == "C" else c
        for c in text
    )


def render(blocks: Iterable[Block], output: Output) -> RenderableType:
    """Blocks one under the other, an empty line between them."""
    parts: list[RenderableType] = []
    for block in blocks:
        if parts:
            parts.append(Text())
        if isinstance(block, Fields):
            parts.append(_fields(block))
            continue
        if isinstance(block, Line):
            parts.append(Text(visible(block.text), no_wrap=True, overflow="ignore"))
            continue
        if block.heading:
            parts.append(Text(block.heading, style="bold"))
        parts.append(_table(block, output) if block.rows else Text(block.empty))
    return Group(*parts)


def _fields(block: Fields) -> RichTable:
    grid = RichTable.grid(padding=(0, 2, 0, 0), pad_edge=False)
    grid.add_column(no_wrap=True, style="bold")
    grid.add_column(overflow="fold")
    for label, value in block.rows:
        grid.add_row(Text(label), value if isinstance(value, Text) else cell(value))
    return grid


def _table(block: Rows, output: Output) -> RichTable:
    columns = [c for c in block.columns if output is Output.WIDE or not c.wide]
    table = RichTable(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        table.add_column(
            column.title,
            overflow="fold",
            no_wrap=column.fixed,
            justify="right" if column.right else "left",
        )
    for row in block.rows:
        table.add_row(*(cell(column.of(row)) for column in columns))
    return table


def console(output: Output = Output.TABLE, stream: TextIO | None = None) -> Console:
    """The console results go to: the terminal's width, 80 columns without one."""
    stream = stream or sys.stdout
    width = None if stream.isatty() else NARROW
    if output is Output.WIDE and not stream.isatty():
        width = NATURAL
    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def document(value: Any, output: Output, *, compact: bool = False) -> str:
    """``value`` as JSON or YAML; ``compact`` JSON takes one line."""
    if output is Output.YAML:
        return str(
            yaml.safe_dump(value, sort_keys=False, allow_unicode=True, explicit_start=compact)
        )
    return json.dumps(value, indent=None if compact else 2) + "\n"


def show(value: Any, draw: Draw, output: Output) -> None:
    """Print ``value`` as it came (json, yaml) or as ``draw`` lays it out."""
    if output in (Output.JSON, Output.YAML):
        sys.stdout.write(document(value, output))
        return
    write(draw(value), output, sys.stdout)


def write(blocks: Iterable[Block], output: Output, stream: TextIO) -> None:
    """Lay out ``blocks`` on ``stream``."""
    to = console(output, stream)
    # Rich pads cells to their column; the spaces at line ends would be copied and diffed.
    with to.capture() as capture:
        to.print(render(blocks, output), crop=False)
    stream.write("".join(f"{line.rstrip()}\n" for line in capture.get().splitlines()))


def table(columns: Sequence[Column], empty: str) -> Draw:
    """The layout of a plain list."""
    return lambda rows: [Rows(columns, rows, empty=empty)]
