"""Commands that the documentation shows, or an error's fix advises, can be typed as they stand.

In backticks, a command is only named: its words and options have to exist. Without, or on a line of
a page's code block, it is to be typed: nothing that it needs may be missing.
"""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from millpond.agent import main as agent
from millpond.cli import main, orion, repos, xm
from millpond.manager import main as manager
from tests.support.cli import options

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "src" / "millpond").rglob("*.py"))
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if page.parent.name != "reference"
]
PROGRAMS: dict[str, Any] = {
    name: typer.main.get_command(app)
    for name, app in {
        "millpond": main.app,
        "millpond-agent": agent.app,
        "millpond-manager": manager.app,
        "orion": orion.app,
        "xm": xm.app,
        "repos": repos.app,
    }.items()
}
PRINTED_BY_GUESTS = {"tick", "stamp"}
"""What follows ``millpond`` on the console and the disks of template tiny."""

FENCE = re.compile(r"^ *```\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"`((?:millpond(?:-agent|-manager)?|orion|xm|repos) [^`]+)`")
MENTION = re.compile(
    r"\b(millpond(?:-agent|-manager)?) ([a-z].*?)(?=$|[;)\"]|, | \(|  +#|\.$)", re.M
)


def problem(words: list[str], *, typed: bool) -> str | None:
    """What is wrong with a command of which ``words[0]`` is the program."""
    command, rest = PROGRAMS[words[0]], words[1:]
    while hasattr(command, "list_commands"):
        context = command.context_class(command, info_name=words[0])
        name = rest[0] if rest else ""
        if not typed and not re.match("[a-z]", name):
            return None  # a whole group is named, or GROUP
        if name not in command.list_commands(context):
            return f"no command {name!r}"
        command, rest = command.get_command(context, name), rest[1:]
    if typed:
        try:
            command.make_context(words[0], list(rest))
        except Exception as error:
            return str(getattr(error, "message", "") or error)
        return None
    given = [w.partition("=")[0] for w in rest if re.match("--?[a-z]", w)]
    unknown = [w for w in given if w not in options(command)]
    return f"no option {unknown[0]}" if unknown else None


def wrong(commands: Iterator[tuple[str, list[str], bool]]) -> dict[str, str]:
    return {
        f"{where}: {' '.join(words)}": why
        for where, words, typed in commands
        if (why := problem(words, typed=typed))
    }


def of_page(page: Path) -> Iterator[tuple[str, list[str], bool]]:
    """The commands of a page: where, their words, and whether they are to be typed."""
    where, text = str(page.relative_to(ROOT)), page.read_text()
    for block in FENCE.findall(text):
        for line in block.replace("\\\n", " ").splitlines():
            if line.split()[:1] and line.split()[0] in PROGRAMS:
                words = shlex.split(line.partition(" <<< ")[0], comments=True)
                yield where, [w for w in words if w != "…"], "…" not in words
    for command in INLINE.findall(FENCE.sub("", text)):
        yield where, command.split(), False


def of_source(path: Path) -> Iterator[tuple[str, list[str], bool]]:
    """The commands in a module's strings."""
    for line, text in strings(ast.parse(path.read_text())):
        where = f"{path.relative_to(ROOT)}:{line}"
        for command in INLINE.findall(text):
            if command.split()[1] not in PRINTED_BY_GUESTS:
                yield where, command.split(), False
        for program, rest in MENTION.findall(re.sub(r"`+[^`]*`+", "", text)):
            words = rest.partition(" <<< ")[0].split()
            verb = words[0].rstrip('.,:"')
            prose = program != "millpond" and verb not in PROGRAMS[program].commands
            if verb not in PRINTED_BY_GUESTS and not prose:
                yield where, [program, *words], True


def strings(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every string, with X for what is filled in; none that is part of another."""
    parts = {
        id(v) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for v in node.values
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield (
                node.lineno,
                "".join(str(v.value) if isinstance(v, ast.Constant) else "X" for v in node.values),
            )
        elif (
            isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in parts
        ):
            yield node.lineno, node.value


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_shown_commands_can_be_typed(page: Path) -> None:
    assert wrong(of_page(page)) == {}


def test_advised_commands_can_be_typed() -> None:
    assert wrong(found for path in SOURCES for found in of_source(path)) == {}


def test_commands_are_found() -> None:
    """The other tests would say nothing of commands that are not seen."""
    shown = [found for page in PAGES for found in of_page(page)]
    advised = [found for path in SOURCES for found in of_source(path)]
    for found, at_least in ((shown, 80), (advised, 130)):
        assert sum(typed for _, _, typed in found) > at_least
        assert not all(typed for _, _, typed in found)


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("millpond nosuch list", "no command 'nosuch'"),
        ("millpond vm nosuch web1", "no command 'nosuch'"),
        ("millpond vm show", "Missing"),
        ("millpond network create xenbr0", "Missing"),
        ("millpond vm show web1 web2", "unexpected extra"),
        ("millpond vm list --nosuch", "No such option"),
        ("millpond vm list -o none", "none"),
    ],
)
def test_what_cannot_be_typed_is_found(command: str, why: str) -> None:
    assert why in str(problem(command.split(), typed=True))


def _calls_of_not_found() -> Iterator[tuple[str, ast.Call]]:
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "not_found":
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_what_does_not_exist_is_listed_by_a_command_or_has_another_fix() -> None:
    unlisted, seen = {}, 0
    for where, call in _calls_of_not_found():
        seen += 1
        kind = call.args[0]
        assert isinstance(kind, ast.Constant), where
        words = ["millpond", str(kind.value), "list"]
        if len(call.args) == 2 and (why := problem(words, typed=False)):
            unlisted[where] = why
    assert not unlisted
    assert seen > 10
