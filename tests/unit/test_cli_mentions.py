"""Every command that an error's fix, a help text or a page tells people to type does exist."""

import re
from pathlib import Path
from typing import Any

import typer

from millpond.cli import main

ROOT = Path(__file__).parents[2]
TEXTS = [
    *(ROOT / "src").rglob("*.py"),
    *(p for p in (ROOT / "docs").rglob("*.md") if p.name != "cli.md"),
    *ROOT.glob("*.md"),
]
COMMAND = re.compile(r"\bmillpond ([a-z][a-z-]*(?:[ \t]+[^\s\"'`;|)]+)*)")
NOT_A_COMMAND = {"tick", "stamp", "import", "for", "millpond"}
"""What the tiny template prints, Python, a sentence, and a database user."""
PROGRAM: Any = typer.main.get_command(main.app)


def problem(words: list[str]) -> str | None:
    """What is wrong with ``millpond WORDS``, None if it could be typed."""
    command = PROGRAM
    context = command.context_class(command, info_name="millpond")
    for n, word in enumerate(words):
        if not hasattr(command, "get_command"):
            break
        found = command.get_command(context, word.rstrip(".,:"))
        if found is None:
            return f"{' '.join(words[:n])!r} has no {word!r}" if re.match(r"[a-z]", word) else None
        command, rest = found, words[n + 1 :]
    known = {name for p in command.params for name in (*p.opts, *p.secondary_opts)} | {"--help"}
    for word in rest:
        option = word.rstrip(".,:]").partition("=")[0].lstrip("[")
        if word == "--":
            break
        if re.fullmatch(r"--[a-z-]+", option) and option not in known:
            return f"no option {option}"
    return None


def test_commands_that_are_named_exist() -> None:
    wrong = []
    seen = 0
    for file in TEXTS:
        for line in file.read_text().splitlines():
            for found in COMMAND.finditer(line):
                words = found[1].split()
                if words[0].rstrip(".,:") in NOT_A_COMMAND or line.lstrip().startswith("#"):
                    continue
                seen += 1
                if why := problem(words):
                    wrong.append(f"{file.relative_to(ROOT)}: {found[0]}: {why}")
    assert not wrong
    assert seen > 100
