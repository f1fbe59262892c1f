"""What went wrong, for a person at a terminal and for the script that reads the exit code."""

from enum import IntEnum
from typing import Any


class ExitCode(IntEnum):
    """Documented in the reference; scripts rely on the numbers."""

    OK = 0
    INTERNAL = 1
    USAGE = 2
    REFUSED = 3
    NOT_FOUND = 4
    AUTH = 5
    FAILED = 6
    UNREACHABLE = 7
    HELD = 8
    DECLINED = 9
    INTERRUPTED = 130


MEANINGS = {
    ExitCode.OK: "done",
    ExitCode.INTERNAL: "an error in Millpond itself",
    ExitCode.USAGE: "the command line is wrong",
    ExitCode.REFUSED: "refused, nothing was changed; the fix is printed",
    ExitCode.NOT_FOUND: "there is no such object",
    ExitCode.AUTH: "not signed in, or not allowed",
    ExitCode.FAILED: "the work was tried and failed, or was cancelled",
    ExitCode.UNREACHABLE: "the manager or a server does not answer; the outcome is not known",
    ExitCode.HELD: "the job is held: its outcome is not known and an operator must decide",
    ExitCode.DECLINED: "a question was not answered with yes; nothing was changed",
    ExitCode.INTERRUPTED: "interrupted; a job that was waited for goes on",
}


class CliError(Exception):
    """``what`` it is about, ``why`` it went wrong, how to ``fix`` it ("" = nothing to advise).

    ``details`` is what the manager added, such as the differences a preflight found.
    """

    def __init__(
        self,
        exit_code: ExitCode,
        what: str,
        why: str,
        fix: str = "",
        *,
        code: str = "",
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(f"{what}: {why}" if what else why)
        self.exit_code = exit_code
        self.what = what
        self.why = why
        self.fix = fix
        self.code = code
        self.details = details or {}


def usage(why: str, fix: str = "") -> CliError:
    """The command line cannot be understood."""
    return CliError(ExitCode.USAGE, "", why, fix)


def from_reply(status: int, error: dict[str, Any]) -> CliError:
    """The exception for an error reply: ``error`` is the object under ``"error"``."""
    code = str(error.get("code") or "")
    fix = str(error.get("fix") or "")
    exit_code = _class_of(status, str(error.get("kind") or ""), code)
    if exit_code is ExitCode.AUTH and not fix:
        fix = "sign in with: millpond login"
    details = error.get("details") or {}
    why = str(error.get("message") or error.get("cause") or f"the manager replied {status}")
    if details.get("verdicts"):
        why = why.partition(":")[0]  # the rest is printed as a table
    subject = str(error.get("subject") or error.get("step") or "")
    return CliError(exit_code, subject, why, fix, code=code, details=details)


def from_job(job: dict[str, Any]) -> CliError:
    """The exception for a job that ended other than well, or is held."""
    state, error = job["state"], job.get("error") or {}
    what = f"job {job['id']} ({job['kind']})"
    if state == "cancelled":
        return CliError(ExitCode.FAILED, what, "was cancelled")
    why = str(error.get("message") or error.get("cause") or f"ended as {state}")
    subject = error.get("subject") or error.get("step") or job.get("step")
    if subject:
        why = f"{subject}: {why}"
    fix = str(error.get("fix") or "")
    if state == "held":
        return CliError(
            ExitCode.HELD,
            what,
            f"is held, its outcome is not known: {why}",
            fix
            or f"look at the servers, then: millpond job resume {job['id']} "
            f"(or: millpond job cancel {job['id']})",
        )
    return CliError(
        ExitCode.FAILED,
        what,
        why,
        fix or f"see each step with: millpond job show {job['id']}",
        code=str(error.get("code") or ""),
        details=error.get("details") or {},
    )


def _class_of(status: int, kind: str, code: str) -> ExitCode:
    if kind == "unknown" or code in ("server.unreachable", "server.busy") or status == 504:
        return ExitCode.UNREACHABLE
    if kind == "failed":
        return ExitCode.FAILED
    if status == 401 or code.startswith("auth."):
        return ExitCode.AUTH
    if status == 404:
        return ExitCode.NOT_FOUND
    if code or 400 <= status < 500:
        return ExitCode.REFUSED
    return ExitCode.INTERNAL
