"""Every error of the API in one shape, and its documentation on every route."""

from http import HTTPStatus
from typing import Any, Literal

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from sqlalchemy.exc import OperationalError
from starlette.exceptions import HTTPException

from millpond.domain.errors import CODES, Failed, MillpondError, Refused, Unknown

log = structlog.get_logger(__name__)

_HTTP_CODES = {
    400: "request.invalid",
    401: "auth.required",
    403: "auth.denied",
    404: "request.not_found",
    405: "request.method",
    413: "request.too_large",
    422: "request.invalid",
}
"""What the framework itself answers with, by status. It says 400 for a body that is no JSON at
all; to a caller that is one more request without the documented form."""


class ErrorBody(BaseModel):
    """``kind``: refused = nothing was changed; failed = tried, did not work; unknown = the outcome
    is not known, look again before repeating."""

    kind: Literal["refused", "failed", "unknown"]
    code: str = Field(description="One of the documented error codes", examples=["object.busy"])
    subject: str = Field(description="What the error is about", examples=["vm web1"])
    message: str = Field(description="What is wrong, in a sentence")
    fix: str = Field(description="What to do about it")
    details: dict[str, Any] = Field(description="More, for programs; depends on the code")


class ErrorReply(BaseModel):
    """The body of every reply that is not a success."""

    error: ErrorBody


class ApiError(Refused):
    """A refusal with headers of its own (such as Retry-After, RFC 9110)."""

    def __init__(self, refusal: Refused, headers: dict[str, str]) -> None:
        super().__init__(
            refusal.code, refusal.subject, refusal.message, refusal.fix, refusal.details
        )
        self.headers = headers


def body_of(error: MillpondError) -> ErrorBody:
    """The shape all errors have."""
    if isinstance(error, Refused):
        return ErrorBody(
            kind="refused",
            code=error.code,
            subject=error.subject,
            message=error.message,
            fix=error.fix,
            details=error.details,
        )
    if isinstance(error, Failed):
        return ErrorBody(
            kind="failed",
            code="step.failed",
            subject=error.step,
            message=error.cause,
            fix="remove the cause and repeat the request",
            details={},
        )
    return ErrorBody(
        kind="unknown",
        code="step.unknown",
        subject=error.step if isinstance(error, Unknown) else "request",
        message=error.cause if isinstance(error, Unknown) else str(error),
        fix="see whether the server's agent runs, look at the object's state, then repeat",
        details={},
    )


def reply(error: MillpondError) -> JSONResponse:
    """The HTTP reply to an error."""
    body = body_of(error)
    headers = dict(error.headers) if isinstance(error, ApiError) else {}
    status = CODES[body.code].status
    if status == HTTPStatus.UNAUTHORIZED:
        headers.setdefault("WWW-Authenticate", "Bearer")
    if status in (HTTPStatus.SERVICE_UNAVAILABLE, HTTPStatus.TOO_MANY_REQUESTS):
        headers.setdefault("Retry-After", str(body.details.get("retry_after", 2)))
    return JSONResponse({"error": body.model_dump()}, status, headers)


def invalid(message: str, problems: list[dict[str, str]] | None = None) -> Refused:
    """A request that does not have the documented form."""
    return Refused(
        "request.invalid",
        "request",
        message,
        "compare the request with the API reference: docs/reference/rest.md",
        {"problems": problems} if problems else {},
    )


def _validation(error: RequestValidationError) -> Refused:
    """Where and what, never the input itself: it may be a password."""
    problems = [
        {"where": ".".join(str(part) for part in e["loc"]), "message": str(e["msg"])}
        for e in error.errors()[:20]
    ]
    return invalid("; ".join(f"{p['where']}: {p['message']}" for p in problems), problems)


def _http(request: Request, error: HTTPException) -> Refused:
    code = _HTTP_CODES.get(error.status_code, "request.invalid")
    fix = {
        "request.not_found": "see the API reference: docs/reference/rest.md",
        "request.method": "use one of the methods in the Allow header",
    }.get(code, "compare the request with the API reference: docs/reference/rest.md")
    where = f"{request.method} {request.url.path[:200]}"
    return ApiError(Refused(code, where, CODES[code].meaning, fix), dict(error.headers or {}))


def install(app: FastAPI) -> None:
    """Give every error of the application the one shape."""

    @app.exception_handler(MillpondError)
    async def _millpond(_: Request, error: MillpondError) -> JSONResponse:
        return reply(error)

    @app.exception_handler(RequestValidationError)
    async def _invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return reply(_validation(error))

    @app.exception_handler(HTTPException)
    async def _framework(request: Request, error: HTTPException) -> JSONResponse:
        return reply(_http(request, error))

    @app.exception_handler(OperationalError)
    async def _database(_: Request, error: OperationalError) -> JSONResponse:
        log.error("database does not answer", error=str(error.orig))
        return reply(
            Refused(
                "server.busy",
                "manager",
                "its database does not answer",
                "try again; if it stays so, see the manager's log",
            )
        )


def bug(where: str) -> Refused:
    """The refusal for an exception nobody foresaw."""
    return Refused(
        "internal.error",
        where,
        "the manager made a mistake; it is in its log",
        "report it with the request id of this reply",
    )


def documented(*codes: str) -> dict[int | str, dict[str, Any]]:
    """OpenAPI ``responses`` for these error codes: by status, each code with meaning and example."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for code in sorted(set(codes)):
        entry = CODES[code]
        slot = by_status.setdefault(
            entry.status,
            {
                "model": ErrorReply,
                "description": "",
                "content": {"application/json": {"examples": {}}},
            },
        )
        slot["description"] += ("\n" if slot["description"] else "") + f"`{code}`: {entry.meaning}"
        slot["content"]["application/json"]["examples"][code] = {
            "$ref": f"#/components/examples/{code}"
        }
    return by_status


def examples() -> dict[str, Any]:
    """The reply to each code, for the description's ``components/examples``."""
    return {
        code: {"summary": entry.meaning, "value": {"error": _example(code)}}
        for code, entry in CODES.items()
    }


def _example(code: str) -> dict[str, Any]:
    kind = {"step.failed": "failed", "step.unknown": "unknown"}.get(code, "refused")
    return {
        "kind": kind,
        "code": code,
        "subject": "vm web1",
        "message": CODES[code].meaning,
        "fix": "what to do about it",
        "details": {},
    }
