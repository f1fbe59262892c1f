"""Millpond's errors as JSON, so that what an agent raises is raised where it was called."""

from typing import Any

from millpond.domain.errors import CODES, Failed, MillpondError, Refused, Unknown

FAILED_STATUS = 502
UNKNOWN_STATUS = 504


def status_of(error: MillpondError) -> int:
    """The HTTP status that carries the error."""
    if isinstance(error, Refused):
        return error.status
    return FAILED_STATUS if isinstance(error, Failed) else UNKNOWN_STATUS


def to_json(error: MillpondError) -> dict[str, Any]:
    """``kind`` is refused (with code, subject, message, fix, details), failed or unknown (with
    step, cause)."""
    if isinstance(error, Refused):
        return {
            "kind": "refused",
            "code": error.code,
            "subject": error.subject,
            "message": error.message,
            "fix": error.fix,
            "details": error.details,
        }
    if isinstance(error, Failed):
        return {"kind": "failed", "step": error.step, "cause": error.cause}
    if isinstance(error, Unknown):
        return {"kind": "unknown", "step": error.step, "cause": error.cause}
    raise TypeError(f"{type(error).__name__} has no form on the wire")


def from_json(value: Any, step: str) -> MillpondError:
    """The error that ``to_json`` described. What cannot be understood is Unknown(``step``): the
    other end may run another version, and what it did is not known."""
    match value:
        case {
            "kind": "refused",
            "code": str(code),
            "subject": str(subject),
            "message": str(message),
            "fix": str(fix),
        } if code in CODES:
            return Refused(code, subject, message, fix, value.get("details") or {})
        case {"kind": "failed", "step": str(where), "cause": str(cause)}:
            return Failed(where, cause)
        case {"kind": "unknown", "step": str(where), "cause": str(cause)}:
            return Unknown(where, cause)
        case {"message": str(message)}:
            return Unknown(step, message)
        case _:
            return Unknown(step, "the answer cannot be understood")
