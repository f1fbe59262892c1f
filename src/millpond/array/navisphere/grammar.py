"""What a command line may say.

A command is found by its first word and its action words (``lun -create``); then come options, in any
order and with capitals or without. Parsing, the help and the reference page are made of the same table.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum, auto
from typing import TYPE_CHECKING

from millpond.domain.errors import MillpondError

if TYPE_CHECKING:
    from millpond.array.navisphere.context import Context
    from millpond.array.navisphere.output import Output

GENERAL = 255
_DISK = re.compile(r"[0-9]{1,2}_[0-9]{1,2}_[0-9A-Fa-f]{1,3}")


class Kind(Enum):
    """What follows an option."""

    FLAG = auto()
    TEXT = auto()
    TEXTS = auto()
    NUMBER = auto()
    NUMBERS = auto()
    DISKS = auto()
    SP = auto()
    PERHAPS_TEXT = auto()
    """A value, or nothing."""


@dataclass(frozen=True)
class Option:
    """``name`` is without a dash for a value that stands alone. ``choices`` are in lower case."""

    name: str
    kind: Kind = Kind.FLAG
    help: str = ""
    choices: tuple[str, ...] = ()
    required: bool = False

    @property
    def metavar(self) -> str:
        if self.choices:
            return "|".join(self.choices)
        return {
            Kind.FLAG: "",
            Kind.TEXT: "TEXT",
            Kind.TEXTS: "TEXT...",
            Kind.NUMBER: "N",
            Kind.NUMBERS: "N...",
            Kind.DISKS: "B_E_D...",
            Kind.SP: "a|b",
            Kind.PERHAPS_TEXT: "[TEXT]",
        }[self.kind]

    def usage(self) -> str:
        shown = self.name if self.name.startswith("-") else ""
        whole = " ".join(filter(None, (shown, self.metavar)))
        return whole if self.required else f"[{whole}]"


class Need(Enum):
    """What a user's role must allow."""

    READ = "read"
    CHANGE = "change"
    SECURITY = "security"


class CommandError(MillpondError):
    """What a client gets to see, and its exit status."""

    def __init__(self, text: str, status: int = GENERAL) -> None:
        super().__init__(text)
        self.text = text
        self.status = status


class Values:
    """The options of one command line, by their names in the grammar."""

    def __init__(self, found: Mapping[str, Sequence[str]]) -> None:
        self._found = found

    def __contains__(self, name: str) -> bool:
        return name in self._found

    def text(self, name: str) -> str | None:
        """None too if the option came without a value."""
        found = self._found.get(name)
        return found[0] if found else None

    def number(self, name: str) -> int | None:
        value = self.text(name)
        return None if value is None else int(value)

    def numbers(self, name: str) -> list[int]:
        return [int(value) for value in self._found.get(name, ())]

    def list(self, name: str) -> Sequence[str]:
        return self._found.get(name, ())

    def names(self) -> set[str]:
        return set(self._found)


Run = Callable[["Context", Values], "Output"]


@dataclass(frozen=True)
class Command:
    """``words`` is what it is called by. ``confirm``: it asks before it acts, unless -o is there.
    ``wraps``: what the array refuses stands under a line that names the command, as older ones do it.
    ``shows`` are the options that choose what is printed, with the labels that each stands for."""

    words: tuple[str, ...]
    help: str
    run: Run
    options: tuple[Option, ...] = ()
    arguments: tuple[Option, ...] = ()
    need: Need = Need.READ
    confirm: bool = False
    wraps: bool = False
    shows: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join(self.words)

    @property
    def all_options(self) -> tuple[Option, ...]:
        silent = (Option("-o", help="Do not ask."),) if self.confirm else ()
        shows = tuple(Option(name, help=", ".join(found)) for name, found in self.shows.items())
        return self.options + shows + silent

    def usage(self) -> str:
        return " ".join([self.name, *(o.usage() for o in self.arguments + self.all_options)])

    def shown(self, values: Values) -> frozenset[str] | None:
        """The labels asked for; None for all."""
        if "-all" in values:
            return None
        labels = [label for name, found in self.shows.items() if name in values for label in found]
        return frozenset(labels) if labels else None


def find(commands: Sequence[Command], argv: Sequence[str]) -> Command:
    """The command with the most action words in ``argv``. Raises ``CommandError``."""
    words = [word.lower() for word in argv]
    fitting = [
        command
        for command in commands
        if words and command.words[0].lower() == words[0]
        if all(word.lower() in words[1:] for word in command.words[1:])
    ]
    if not fitting:
        known = any(words and command.words[0].lower() == words[0] for command in commands)
        what = "Specify an action for" if known else "Unknown command"
        raise CommandError(f"{what} {argv[0] if argv else '(nothing)'}\n{HINT}")
    return max(fitting, key=lambda command: len(command.words))


HINT = "For the commands that there are: naviseccli -Help"


def parse(command: Command, argv: Sequence[str]) -> Values:
    """Raises ``CommandError``."""
    rest = list(argv[1:])
    for word in command.words[1:]:
        rest.remove(next(w for w in rest if w.lower() == word.lower()))
    options = {option.name.lower(): option for option in command.all_options}
    found: dict[str, list[str]] = {}
    alone = list(command.arguments)
    while rest:
        option = options.get(rest[0].lower())
        if option is not None:
            rest.pop(0)
        elif alone and not _is_option(rest[0], options):
            option = alone.pop(0)
        else:
            raise _invalid(command, f"{rest[0]} is not an option of it.")
        found[option.name] = _values(command, option, rest, options)
    for option in command.arguments + command.all_options:
        if option.required and option.name not in found:
            raise _invalid(command, f"{option.name} is missing.")
    return Values(found)


def _is_option(word: str, options: Mapping[str, Option]) -> bool:
    return word.startswith("-") or word.lower() in options


def _values(
    command: Command, option: Option, rest: list[str], options: Mapping[str, Option]
) -> list[str]:
    if option.kind is Kind.FLAG:
        return []
    if option.kind is Kind.PERHAPS_TEXT and (not rest or _is_option(rest[0], options)):
        return []
    if not rest:
        raise _invalid(command, f"{option.name} needs a value.")
    taken = [rest.pop(0)]
    if option.kind in (Kind.TEXTS, Kind.NUMBERS, Kind.DISKS):
        while rest and not _is_option(rest[0], options):
            taken.append(rest.pop(0))
    return [_checked(command, option, value) for value in taken]


def _checked(command: Command, option: Option, value: str) -> str:
    fits = True
    match option.kind:
        case Kind.NUMBER | Kind.NUMBERS:
            fits = value.isascii() and value.isdecimal() and len(value) < 16
        case Kind.DISKS:
            fits = _DISK.fullmatch(value) is not None
        case Kind.SP:
            value = value.upper()
            fits = value in ("A", "B")
        case _:
            if option.choices:
                value = value.lower()
                fits = value in option.choices
    if not fits:
        raise _invalid(command, f"{value} is no value for {option.name} ({option.metavar}).")
    return value


def _invalid(command: Command, what: str) -> CommandError:
    return CommandError(
        f"Error: {command.words[0]} command failed\nInvalid command line parameters: {what}\n"
        f"Usage: {command.usage()}"
    )
