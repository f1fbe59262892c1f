"""Commands that the documentation shows, or an error's fix advises, exist as they are written."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from millpond.cli import main

ROOT = Path(__file__).parents[2]
FENCE = re.compile(r"^ *```\n(.*?)^ *```", re.MULTILINE | re.DOTALL)
ADVICE = re.compile(r"millpond ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?")
PROGRAM: Any = typer.main.get_command(main.app)
PAGES = [
    page
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
    if page.parent.name != "reference"
]


def problem(words: list[str]) -> str | None:
    """What is wrong with ``millpond WORDS``, options included."""
    command, words = PROGRAM, list(words)
    while hasattr(command, "list_commands") and (words or command is PROGRAM):
        context = command.context_class(command, info_name="millpond")
        name = words.pop(0) if words else ""
        if name not in command.list_commands(context):
            return f"no command {name!r}"
        command = command.get_command(context, name)
    known = {o for p in command.params for o in [*p.opts, *p.secondary_opts]} | {"--help"}
    before_dashes = words[: words.index("--")] if "--" in words else words
    unknown = [w for w in before_dashes if w.startswith("-") and w != "-" and w not in known]
    return f"no option {unknown[0]}" if unknown else None


def shown_commands(page: Path) -> Iterator[list[str]]:
    for block in FENCE.findall(page.read_text()):
        for line in block.replace("\\\n", " ").splitlines():
            if line.strip().startswith("millpond "):
                yield shlex.split(line, comments=True)[1:]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_shown_commands_exist(page: Path) -> None:
    wrong = {" ".join(words): why for words in shown_commands(page) if (why := problem(words))}
    assert not wrong


def test_some_commands_are_shown() -> None:
    assert sum(1 for page in PAGES for _ in shown_commands(page)) > 30


def test_advised_commands_exist() -> None:
    groups = set(PROGRAM.list_commands(PROGRAM.context_class(PROGRAM, info_name="millpond")))
    wrong = []
    for path in (ROOT / "src" / "millpond").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                for group, verb in ADVICE.findall(node.value):
                    if group in groups and verb and (why := problem([group, verb])):
                        wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {why}")
    assert not wrong


def _calls_of_not_found() -> Iterator[tuple[str, ast.Call]]:
    for path in (ROOT / "src" / "millpond").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "not_found":
                yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def test_what_does_not_exist_is_listed_by_a_command_or_has_another_fix() -> None:
    wrong, seen = {}, 0
    for where, call in _calls_of_not_found():
        seen += 1
        kind = call.args[0]
        assert isinstance(kind, ast.Constant), where
        if len(call.args) == 2 and (why := problem([str(kind.value), "list"])):
            wrong[where] = why
    assert not wrong
    assert seen > 10
