"""Runs a command of ours to its end: its errors become sentences and exit codes."""

import os
import sys

import typer

from millpond.cli.errors import CliError, ExitCode
from millpond.cli.report import print_error
from millpond.domain.errors import Failed, Refused, Unknown


def run(program: typer.Typer) -> None:
    """Run a Typer program, its errors printed with their fix and told by the exit code."""
    try:
        program()
    except Exception as error:
        problem = _as_cli_error(error)
        if problem is None:
            raise
        print_error(problem)
        sys.exit(problem.exit_code)
    except SystemExit as end:
        # Typer ends with 1 when a question is left without a yes: that is no error of Millpond's.
        if isinstance(end.__context__, typer.Abort):
            sys.exit(_unanswered(end.__context__))
        raise
    finally:
        _flush()


def _unanswered(abort: BaseException) -> ExitCode:
    """A no, the end of the input, or Ctrl-C, of which Typer makes the same exception."""
    pressed = isinstance(abort.__context__, KeyboardInterrupt)
    return ExitCode.INTERRUPTED if pressed else ExitCode.DECLINED


def _flush() -> None:
    """A reader that has had enough (such as head) is no error: Python must not complain of it at
    its own exit."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _as_cli_error(error: Exception) -> CliError | None:
    """Work done here, not by the manager (a template's build, the lab), has the domain's errors."""
    match error:
        case CliError():
            return error
        case Refused():
            code = error.code
            kind = ExitCode.NOT_FOUND if code == "request.not_found" else ExitCode.REFUSED
            return CliError(
                kind, error.subject, error.message, error.fix, code=code, details=error.details
            )
        case Failed():
            return CliError(ExitCode.FAILED, error.step, error.cause)
        case Unknown():
            return CliError(ExitCode.UNREACHABLE, error.step, error.cause)
    return None
