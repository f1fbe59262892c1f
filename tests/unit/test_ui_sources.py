"""What the web interface's sources say of the rest of Millpond: commands and kinds of events."""

import re
from collections.abc import Iterator
from itertools import combinations

import pytest

from millpond.manager.store.events import KINDS
from tests.unit.test_named_commands import ROOT, problem

UI = ROOT / "ui" / "src"
SOURCES = sorted(path for path in UI.rglob("*.ts*") if path.name != "schema.d.ts")
CALL = re.compile(r"\bmillpond\(")
SHOWN = re.compile(r"\bmillpond ([a-z][a-zA-Z -]*[a-zA-Z])")
SPREAD = re.compile(r"\.\.\..*=> (\[.*\])\)", re.DOTALL)
ONLY = re.compile(r'verb === "(\w+)" &&')
VALUES = {
    "keep": "64",
    "vlan": "64",
    "String(plan.tolerate)": "2",
    "quiesce": "try",
    "kind": "nfs",
    "notation": "xml",
    "scope": "1",
    "asked.kind": "disk",
    "asked.format": "raw",
    "level": "2",
    "timeout": "30",
    "tolerate": "2",
    "isolation": "keep",
    "device": "disk",
    "cloning": "full",
    "changes.keyboard": "de",
    '`${server}:${roles.join(",")}`': "X:vm",
}
"""Variables that are no free text."""
ALIKE = 5
"""So many arguments may two commands of a file have in common."""
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
            only = ONLY.match(piece)
            lines = [
                line + way if not only or only[1] in line else line
                for line in lines
                for way in ways
            ]
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


def twice(text: str) -> list[set[str]]:
    """What two calls of a file have in common, where they are the same command but for a word."""
    calls = [set(pieces(text[call.end() :])) for call in CALL.finditer(text)]
    return [a & b for a, b in combinations(calls, 2) if len(a & b) > ALIKE]


def test_a_command_is_written_once() -> None:
    found = {path.name: both for path in SOURCES if (both := twice(path.read_text()))}
    assert found == {}


def test_a_command_that_is_written_twice_is_found() -> None:
    said = 'pool.name, name, ["--kind", kind], ["--source", source], mount)'
    assert twice(
        f'millpond("repository", "create", {said}; millpond("repository", "attach", {said}'
    )


def test_an_option_of_one_verb_alone() -> None:
    text = 'verb: "create" | "attach"; millpond("x", verb, verb === "attach" && even && "--force")'
    assert list(made(text)) == [
        ["millpond", "x", "create"],
        ["millpond", "x", "attach", "--force"],
    ]


def test_every_kind_of_event_is_followed() -> None:
    listed = re.search(r"KINDS = \[(.*?)\]", (UI / "api" / "live.ts").read_text())
    assert listed
    assert tuple(LITERAL.findall(listed[1])) == KINDS
