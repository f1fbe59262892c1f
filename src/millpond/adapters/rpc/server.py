"""The agent's end: calls become calls of the real ports."""

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from millpond.adapters.rpc import errors
from millpond.adapters.rpc.client import FENCE_HEADER, JOB_HEADER
from millpond.adapters.rpc.codec import Method, find
from millpond.adapters.rpc.fences import Fences
from millpond.domain.errors import MillpondError, Refused, Unknown
from millpond.ports.agent import Agent

MAX_BODY = 4 << 20  # bytes; the largest argument is a pool's record
_log = structlog.get_logger(__name__)


def routes_for(agent: Agent, fences: Fences) -> list[Route]:
    """``POST /v1/<port>/<method>`` for every method of ``PORTS``. Errors are answered as
    ``errors.to_json`` has them. Who may call is not decided here."""

    async def call(request: Request) -> Response:
        port, name = request.path_params["port"], request.path_params["method"]
        step = f"{port}.{name}"
        try:
            method = find(port, name)
            if method is None:
                raise no_such_call(step)
            return Response(
                await _carry_out(agent, fences, method, request), media_type="application/json"
            )
        except MillpondError as error:
            return error_response(error)
        except Exception as error:
            # A fault of ours half way through: whatever was done was done.
            _log.exception("call broke", call=step)
            return error_response(Unknown(step, f"internal error: {type(error).__name__}"))

    return [Route("/v1/{port}/{method}", call, methods=["POST"])]


async def _carry_out(agent: Agent, fences: Fences, method: Method, request: Request) -> bytes:
    body = await read_body(request)
    try:
        arguments = method.decode_arguments(body)
    except ValidationError as error:
        raise _invalid(method, error) from error
    await _check_fence(fences, request)
    result = await getattr(getattr(agent, method.port), method.name)(**arguments)
    return method.encode_result(result)


async def _check_fence(fences: Fences, request: Request) -> None:
    job, fence = request.headers.get(JOB_HEADER), request.headers.get(FENCE_HEADER)
    if job is None:
        return
    if not (fence or "").isdecimal() or len(job) > 64 or not job.isascii() or " " in job:
        raise Refused(
            "request.invalid",
            "job headers",
            f"{JOB_HEADER} needs an id and {FENCE_HEADER} a number",
            "use a client of the same Millpond version",
        )
    await fences.check(job, int(fence or "0"))


async def read_body(request: Request) -> bytes:
    """Raises ``Refused(request.too_large)`` above ``MAX_BODY``."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Refused(
                "request.too_large",
                "request body",
                f"is larger than {MAX_BODY} bytes",
                "send less in one call",
            )
    return bytes(body)


def error_response(error: MillpondError) -> JSONResponse:
    return JSONResponse(errors.to_json(error), status_code=errors.status_of(error))


def _invalid(method: Method, error: ValidationError) -> Refused:
    first = error.errors(include_url=False, include_context=False, include_input=False)
    return Refused(
        "request.invalid",
        method.step,
        f"{error.error_count()} arguments do not fit, the first: {first[0]['msg']}",
        "use a client of the same Millpond version",
        {"errors": [{"where": ".".join(map(str, e["loc"])), "problem": e["msg"]} for e in first]},
    )


def no_such_call(call: str) -> Refused:
    return Refused(
        "request.not_found",
        f"call {call}",
        "is not known to this agent",
        "install the same Millpond version on all servers",
    )
