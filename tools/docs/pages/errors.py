"""Error codes, from their catalogue."""

from http import HTTPStatus

from millpond.domain.errors import CODES
from pages.markdown import code, page, table


def text() -> str:
    rows = (
        (code(name), f"{entry.status} {HTTPStatus(entry.status).phrase}", entry.meaning)
        for name, entry in sorted(CODES.items())
    )
    return page("Error codes", _INTRODUCTION, table(("code", "HTTP status", "meaning"), rows))


_INTRODUCTION = """\
Every refusal carries one of these codes, the object it is about (`subject`), a sentence (`message`)
and what to do about it (`fix`). A refusal has changed nothing.

Two of them come from a step of the work and not from the request: `step.failed` (it was tried and did not
work) and `step.unknown` (its outcome is not known, for example because a server stopped answering). They
name the step and the cause."""
