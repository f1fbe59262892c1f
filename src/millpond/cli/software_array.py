"""What of ``millpond array`` is about a software array on this machine: ``millpond-array`` does it."""

import os
import sys
from typing import Annotated, NoReturn

import typer

_PASSED_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}
Words = Annotated[
    list[str], typer.Argument(metavar="DIR KIND SUBJECT", help="As millpond-array takes them.")
]


def add_to(app: typer.Typer) -> None:
    app.command(context_settings=_PASSED_ON)(demo)
    app.command(context_settings=_PASSED_ON)(fault)
    app.command(context_settings=_PASSED_ON)(repair)


def demo(
    words: Annotated[
        list[str], typer.Argument(metavar="DIR", help="Where to make it; and options.")
    ],
) -> None:
    """Make a software array to try, say how to reach it, and run it until Ctrl-C.

    Example: millpond array demo /srv/array-demo
    """
    _become("demo", words)


def fault(words: Words) -> None:
    """Let something of a software array on this machine fail.

    KIND is disk, slow, port, path, pool, sp or freeze; SUBJECT a disk, a port, a pool or an SP.

    Example: millpond array fault /srv/array disk 0_0_3
    """
    _become("fault", words)


def repair(words: Words) -> None:
    """Undo what fault did, with the same words. A disk is replaced, and rebuilt if it has to be.

    Example: millpond array repair /srv/array disk 0_0_3
    """
    _become("repair", words)


def _become(command: str, words: list[str]) -> NoReturn:
    """Signals reach it as they would have reached this process."""
    program = (sys.executable, "-P", "-m", "millpond.array.main", command, *words)
    os.execv(sys.executable, program)  # noqa: S606 - it takes no shell's place
