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

Two kinds of error have no code, because they come from a step of a job and not from the request:
`failed` (a step was tried and did not work) and `unknown` (the outcome of a step is not known, for
example because a server stopped answering). Both name the step and the cause."""
