"""The options that stand before the command."""

from dataclasses import dataclass, field

from millpond.array.navisphere.wire import PORT


class UsageError(Exception):
    """The command line cannot be understood."""


@dataclass
class Arguments:
    """``action`` is what is done to the security file: ``add``, ``remove`` or nothing."""

    address: str = ""
    port: int = PORT
    user: str = ""
    password: str | None = None
    scope: int = 0
    timeout: float = 600.0
    secfilepath: str = ""
    file: str = ""
    xml: bool = False
    timed: bool = False
    help: bool = False
    action: str = ""
    command: list[str] = field(default_factory=list)


_VALUES = {
    "-address": "address",
    "-h": "address",
    "-port": "port",
    "-user": "user",
    "-password": "password",
    "-scope": "scope",
    "-timeout": "timeout",
    "-t": "timeout",
    "-secfilepath": "secfilepath",
    "-f": "file",
}
_FLAGS: dict[str, tuple[str, object]] = {
    "-xml": ("xml", True),
    "-cmdtime": ("timed", True),
    "-help": ("help", True),
    "--help": ("help", True),
    "-addusersecurity": ("action", "add"),
    "-removeusersecurity": ("action", "remove"),
    "-deletesecurityentry": ("action", "remove"),
}
_IGNORED = {"-nopoll", "-np", "-parse", "-p"}
"""Answers are never out of a cache, and always of the same form."""

USAGE = """\
naviseccli [OPTIONS] COMMAND ...

  -Address|-h ADDRESS     the SP
  -Port N                 its port (2163)
  -User NAME -Password PASSWORD -Scope 0|1|2
  -secfilepath DIR        where the security file is, if not in the home directory
  -AddUserSecurity        keep user, password and scope in the security file
  -RemoveUserSecurity     forget them; also -DeleteSecurityEntry
  -Timeout|-t SECONDS     how long to wait for an answer
  -Xml                    answer as XML
  -f FILE                 write the answer into FILE too
  -cmdtime                say how long it took
  -NoPoll|-np, -Parse|-p  taken, and of no effect
  -Help                   this text; after it, COMMAND tells about that one
"""


def parse(argv: list[str]) -> Arguments:
    """Raises ``UsageError``."""
    found, rest = Arguments(), list(argv)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0).lower()
        if option in _FLAGS:
            name, value = _FLAGS[option]
            setattr(found, name, value)
        elif option in _VALUES:
            if not rest:
                raise UsageError(f"{option} needs a value")
            _set(found, option, rest.pop(0))
        elif option not in _IGNORED:
            raise UsageError(f"unknown option {option}")
    found.command = [word for word in rest if word.lower() not in ("-np", "-nopoll")]
    return found


def _set(found: Arguments, option: str, value: str) -> None:
    name = _VALUES[option]
    try:
        kind = type(getattr(found, name))
        converted = kind(value) if kind in (int, float) else value
    except ValueError as error:
        raise UsageError(f"{value} is no value for {option}") from error
    if name == "scope" and converted not in (0, 1, 2):
        raise UsageError("-scope is 0 (global), 1 (local) or 2 (LDAP)")
    setattr(found, name, converted)
