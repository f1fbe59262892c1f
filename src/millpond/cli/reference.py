"""The reference page of the command line, made from the commands themselves."""

from collections.abc import Iterator, Mapping
from enum import Enum
from pathlib import Path
from types import MappingProxyType
from typing import Any, get_args

import typer

from millpond.cli import main, repos, xm
from millpond.cli.errors import MEANINGS

_HEAD = """# The command line

Made from the code by `make docs`; do not edit.

`millpond GROUP VERB` talks to the manager named by `millpond login`, or by the environment:
`MILLPOND_URL` (its address), `MILLPOND_TOKEN` (a session or API token) and `MILLPOND_CA` (its CA, a
PEM file). What `login` finds out is kept in `~/.config/millpond/cli.toml`, readable by its owner
alone. Objects are named by name or id. Sizes take the binary suffixes K, M, G and T.

Results go to the standard output, progress and errors to the standard error; an error is printed
with its fix on a line of its own. `--output json` and `yaml` print what the REST API said.

## Exit codes

| code | meaning |
|---|---|
"""

_TYPES: dict[Any, str] = {str: "TEXT", int: "NUMBER", float: "NUMBER", Path: "PATH"}


def page(others: Mapping[str, typer.Typer] = MappingProxyType({})) -> str:
    """The whole page, in Markdown; ``others`` are programs of other packages, by name."""
    codes = "".join(f"| {code.value} | {words} |\n" for code, words in MEANINGS.items())
    parts = [_HEAD + codes]
    for name, program in {"millpond": main.app, "xm": xm.app, "repos": repos.app, **others}.items():
        command = typer.main.get_command(program)
        if hasattr(command, "list_commands"):
            parts.append(f"## {name}\n\n{_paragraphs(command.help)}")
            parts += _commands(command, name)
        else:
            parts.append(_command(command, name))
    return "\n".join(parts)


def _commands(group: Any, name: str) -> Iterator[str]:
    context = group.context_class(group, info_name=name)
    for verb in group.list_commands(context):
        command = group.get_command(context, verb)
        full = f"{name} {verb}"
        if hasattr(command, "list_commands"):
            yield f"{_heading(full)}\n\n{_paragraphs(command.help)}"
            yield from _commands(command, full)
        else:
            yield _command(command, full)


def _command(command: Any, name: str) -> str:
    arguments = [p for p in command.params if p.param_type_name == "argument"]
    options = [p for p in command.params if p.param_type_name == "option"]
    usage = " ".join([name, *map(_argument_name, arguments), *(["[OPTIONS]"] if options else [])])
    lines = [f"{_heading(name)}\n", f"`{usage}`\n", _paragraphs(command.help)]
    rows = [(_argument_name(a), a) for a in arguments] + [(_option_names(o), o) for o in options]
    if rows:
        lines.append("| | | default |\n|---|---|---|")
        lines += [f"| `{names}` | {_escape(p.help or '')} | {_default(p)} |" for names, p in rows]
        lines.append("")
    return "\n".join(lines)


def _heading(name: str) -> str:
    """One level deeper with each word of the command."""
    return f"{'#' * (len(name.split()) + 1)} {name}"


def _paragraphs(text: str | None) -> str:
    """Help text; lines that begin with Example become code."""
    lines = []
    for line in (text or "").strip().splitlines():
        word, colon, rest = line.strip().partition(": ")
        lines.append(f"Example: `{rest}`\n" if word == "Example" and colon else line.strip())
    return "\n".join(lines).strip() + "\n"


def _argument_name(argument: Any) -> str:
    name = argument.metavar or argument.name.upper()
    return name if argument.required or name.startswith("[") else f"[{name}]"


def _option_names(option: Any) -> str:
    names = ", ".join(option.opts)
    if option.secondary_opts:
        return f"{names} / {', '.join(option.secondary_opts)}"
    return names if option.is_flag else f"{names} {_escape(_value(option))}"


def _value(option: Any) -> str:
    """What an option takes: its own words, its choices, or its type."""
    if option.metavar:
        return str(option.metavar)
    annotation = option.type_descriptor.annotation
    kind = next(iter(get_args(annotation)), annotation)  # list[Boot] takes a Boot at a time
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(choice.value) for choice in kind)
    return _TYPES.get(kind, str(getattr(kind, "__name__", kind)).upper())


def _default(parameter: Any) -> str:
    default = parameter.default
    if parameter.required:
        return "required"
    if default is None or default is False or default == "" or isinstance(default, tuple | list):
        return ""
    if default is True:
        return f"`{parameter.opts[0]}`" if parameter.secondary_opts else "yes"
    return f"`{getattr(default, 'value', default)}`"


def _escape(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
