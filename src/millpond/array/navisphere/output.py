"""What a command prints: labels and values, from which the text and the XML are made alike."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias
from xml.sax.saxutils import escape, quoteattr


@dataclass(frozen=True)
class Row:
    """One label and its value. The value begins in column ``width``, or two blanks after the colon;
    ``colon`` is False for the few labels that have none."""

    label: str
    value: str
    width: int = 0
    colon: bool = True

    def lines(self) -> Iterator[str]:
        label = self.label + (":" if self.colon and self.label else "")
        if not self.width and self.value and label:
            label += "  " if self.colon else " "
        elif self.width and len(label) >= self.width:
            label += " "
        yield (label.ljust(self.width) + self.value).rstrip()

    def pairs(self) -> Iterator[tuple[str, str]]:
        yield self.label, self.value or " "


BLANK = Row("", "")


@dataclass(frozen=True)
class Table:
    """Columns under headings; XML has each cell under its heading."""

    columns: Sequence[tuple[str, int]]
    """Heading, and the column in which it begins."""
    cells: Sequence[Sequence[str]]
    headed: bool = True
    """False for rows that go on after something else."""

    def lines(self) -> Iterator[str]:
        if self.headed:
            headings = [heading for heading, _ in self.columns]
            yield self._line(headings)
            yield self._line(["-" * len(heading) for heading in headings])
        for cells in self.cells:
            yield self._line(cells)

    def _line(self, cells: Sequence[str]) -> str:
        line = ""
        for (_, start), cell in zip(self.columns, cells, strict=True):
            line = (line + " ").ljust(start) + cell if line else " " * start + cell
        return line

    def pairs(self) -> Iterator[tuple[str, str]]:
        for cells in self.cells:
            for (heading, _), cell in zip(self.columns, cells, strict=True):
                yield heading, cell


Part: TypeAlias = Row | Table


@dataclass(frozen=True)
class Output:
    """Empty for a command that only does something."""

    parts: Sequence[Part] = ()

    def text(self) -> str:
        lines = [line for part in self.parts for line in part.lines()]
        return "\n".join(lines) + "\n" if lines else ""

    def xml(self) -> str:
        return document(0, "", [pair for part in self.parts for pair in part.pairs()])


@dataclass
class Builder:
    """Collects the rows of an output. ``shown`` are the labels asked for; None shows all."""

    width: int = 0
    shown: frozenset[str] | None = None
    parts: list[Part] = field(default_factory=list)

    def row(self, label: str, value: object = "", *, always: bool = False) -> None:
        if self.shown is None or always or label in self.shown:
            self.parts.append(Row(label, str(value), self.width))

    def blank(self) -> None:
        self.parts.append(BLANK)

    def heading(self, label: str, value: str = "") -> None:
        """A label without a colon."""
        self.parts.append(Row(label, value, colon=False))

    def several(self, label: str, values: Iterable[str]) -> None:
        """One value in each line, below each other."""
        for number, value in enumerate(values):
            self.parts.append(Row("" if number else label, value, self.width))

    def done(self) -> Output:
        return Output(self.parts)


def error_xml(status: int, text: str) -> str:
    return document(status, text, [])


def document(status: int, why: str, pairs: Iterable[tuple[str, str]]) -> str:
    """The answer of a management server, as ``-Xml`` shows it."""
    properties = [
        _property("errorCode", "uint32", str(status)),
        _property("success", "boolean", "false" if status else "true"),
        _property("where", "string", "Navisphere CLI" if status else ""),
        _property("why", "string", why),
    ]
    values = "\n".join(
        f'<PARAMVALUE NAME={quoteattr(label)} TYPE="string"><VALUE>{_spaced(value)}</VALUE></PARAMVALUE>'
        for label, value in pairs
    )
    return (
        '<?xml version="1.0" encoding="utf-8" ?>'
        '<CIM CIMVERSION="2.0" DTDVERSION="2.0"><MESSAGE ID="877" PROTOCOLVERSION="1.0">\n'
        '<SIMPLERSP><METHODRESPONSE NAME="ExecuteClientRequest">'
        '<RETURNVALUE TYPE="Navi_Error"><VALUE.NAMEDINSTANCE>\n'
        '<INSTANCENAME CLASSNAME="Navi_Error"/><INSTANCE CLASSNAME="Navi_Error">\n'
        + "\n".join(properties)
        + f"\n</INSTANCE></VALUE.NAMEDINSTANCE></RETURNVALUE>\n{values}\n"
        "</METHODRESPONSE></SIMPLERSP></MESSAGE></CIM>\n"
    )


def _property(name: str, kind: str, value: str) -> str:
    return f'<PROPERTY NAME="{name}" TYPE="{kind}"><VALUE>{_spaced(value)}</VALUE></PROPERTY>'


def _spaced(value: str) -> str:
    allowed = "".join(c if c.isprintable() or c == "\n" else "?" for c in value)
    return escape(allowed).replace(" ", "&#32;")
