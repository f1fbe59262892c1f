"""What the web interface's sources say of the rest of Millpond: commands and kinds of events."""

import re
from collections.abc import Iterator

import pytest

from millpond.manager.store.events import KINDS
from tests.unit.test_named_commands import ROOT, problem

UI = ROOT / "ui" / "src"
SOURCES = sorted(path for path in UI.rglob("*.ts*") if path.name != "schema.d.ts")
CALL = re.compile(r"\bmillpond\(")
SHOWN = re.compile(r"\bmillpond ([a-z][a-zA-Z -]*[a-zA-Z])")
SPREAD = re.compile(r"\.\.\..*=> (\[.*\])\)", re.DOTALL)
VALUES = {
    "keep": "64",
    "vlan": "64",
    "String(plan.tolerate)": "2",
    "quiesce": "try",
    "kind": "nfs",
    "scope": "1",
    '`${server}:${roles.join(",")}`': "X:vm",
}
"""Variables that are no free text."""
LITERAL = re.compile(r'"([^"]*)"')


def pieces(text: str) -> list[str]:
    """The arguments of a call whose text begins after its bracket, apart at the outer commas."""
    found, depth, quote = [""], 0, ""
    for c in text:
        if quote:
            quote = "" if c == quote else quote
        elif c in '"`':
            quote = c
        elif c in "([{":
            depth += 1
        elif c in ")]}":
            depth -= 1
        if depth < 0:
            break
        if c == "," and depth == 0 and not quote:
            found.append("")
        else:
            found[-1] += c
    return [piece.strip() for piece in found if piece.strip()]


def words(piece: str, verbs: list[str]) -> list[list[str]]:
    """What an argument can become: its words, in each way."""
    piece = piece.rpartition("&& ")[2]
    if each := SPREAD.fullmatch(piece):
        piece = each[1]
    if piece.startswith("["):
        return [[word for inner in pieces(piece[1:]) for word in words(inner, [])[0]]]
    if piece == "verb":
        return [[verb] for verb in verbs]
    literal = LITERAL.fullmatch(piece)
    number = re.sub(r"\$\{.*?\}", "64", piece.strip("`")) if piece.startswith("`") else "X"
    return [[literal[1] if literal else VALUES.get(piece, number)]]


def verbs_of(text: str) -> list[str]:
    """The values of ``verb`` in a file: of its type, of a list, or what a function is called with."""
    declared = re.findall(r'\bverb: ((?:"\w+"(?: \| )?)+)', text)
    listed = re.findall(r"VERBS = \[(.*?)\]", text, re.DOTALL)
    called = re.findall(r'\boperation\("[a-z]+", ("[a-z]+")\)', text)
    return [verb for found in declared + listed + called for verb in LITERAL.findall(found)]


def made(text: str) -> Iterator[list[str]]:
    """The command lines that a file's calls of ``millpond(...)`` can make."""
    for call in CALL.finditer(text):
        lines = [["millpond"]]
        for piece in pieces(text[call.end() :]):
            ways = words(piece, verbs_of(text))
            assert ways, f"nothing says what {piece} can be"
            lines = [line + way for line in lines for way in ways]
        yield from lines


def commands() -> Iterator[tuple[str, list[str]]]:
    for path in SOURCES:
        text = path.read_text()
        for line in made(text) if path.name != "client.ts" else ():
            yield path.name, line
        for shown in SHOWN.findall(text):
            yield path.name, ["millpond", *shown.split()]


def test_commands_can_be_typed() -> None:
    found = list(commands())
    wrong = {
        f"{where}: {' '.join(line)}": why
        for where, line in found
        if (why := problem(line, typed="--help" not in line))
    }
    assert wrong == {}
    assert len(found) > 25
    assert ("verbs.ts", ["millpond", "vm", "unpause", "X"]) in found


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ('millpond("vm", "nosuch", vm.name)', "nosuch"),
        ('millpond("vm", "start", vm.name, to && ["--nosuch", to])', "--nosuch"),
        ('millpond("vm", "start")', "Missing"),
        ('verb: "start" | "nosuch"; millpond("vm", verb, vm.name)', "nosuch"),
    ],
)
def test_what_cannot_be_typed_is_found(source: str, why: str) -> None:
    assert why in " ".join(str(problem(line, typed=True)) for line in made(source))


def test_every_kind_of_event_is_followed() -> None:
    listed = re.search(r"KINDS = \[(.*?)\]", (UI / "api" / "live.ts").read_text())
    assert listed
    assert tuple(LITERAL.findall(listed[1])) == KINDS
