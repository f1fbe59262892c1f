"""What of ``millpond array`` is about a software array on this machine: ``millpond-array`` does it."""

import subprocess
import sys
from typing import Annotated

import typer

_PASSED_ON = {"ignore_unknown_options": True, "allow_interspersed_args": False}
Words = Annotated[
    list[str], typer.Argument(metavar="DIR KIND SUBJECT", help="As millpond-array takes them.")
]


def add_to(app: typer.Typer) -> None:
    app.command(context_settings=_PASSED_ON)(fault)
    app.command(context_settings=_PASSED_ON)(repair)


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


def _become(command: str, words: list[str]) -> None:
    program = (sys.executable, "-m", "millpond.array.main", command, *words)
    raise typer.Exit(subprocess.run(program, check=False).returncode)
