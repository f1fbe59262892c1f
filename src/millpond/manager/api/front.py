"""What happens to every request before and after its route: an id, a size limit, safe headers,
a line in the log and a count."""

import time
from uuid import uuid4

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from millpond.domain.errors import Refused
from millpond.manager.api.errors import bug, reply
from millpond.manager.metrics import Metrics

log = structlog.get_logger(__name__)

MAX_BODY = 1 << 20
"""Bytes a request body may have."""

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"strict-transport-security", b"max-age=31536000"),
]
_UNLESS_SAID = [
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"cache-control", b"no-store"),
]
"""For replies that do not have these from their route."""


def _too_large() -> Refused:
    return Refused(
        "request.too_large",
        "request",
        f"the body is larger than {MAX_BODY} bytes",
        "send less at once",
    )


class Front:
    """ASGI middleware, outermost."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = _Exchange(scope, receive, send)
        began = time.perf_counter()
        with structlog.contextvars.bound_contextvars(request=exchange.id):
            try:
                await self._serve(exchange, scope)
            finally:
                seconds = time.perf_counter() - began
                path = _template(scope)
                self._metrics.request(scope["method"], path, exchange.status, seconds)
                log.info(
                    "request",
                    method=scope["method"],
                    path=scope["path"][:200],
                    status=exchange.status,
                    ms=round(seconds * 1000, 1),
                )

    async def _serve(self, exchange: "_Exchange", scope: Scope) -> None:
        if exchange.declared > MAX_BODY:
            await reply(_too_large())(scope, exchange.receive, exchange.send)
            return
        try:
            await self._app(scope, exchange.receive, exchange.send)
        except _TooLargeError:
            if exchange.status == 0:
                await reply(_too_large())(scope, exchange.receive, exchange.send)
        except Exception as error:
            log.error("request.failed", path=scope["path"][:200], exc_info=error)
            if exchange.status != 0:
                raise  # half an answer is out already: the server hangs up
            where = f"{scope['method']} {scope['path'][:200]}"
            await reply(bug(where))(scope, exchange.receive, exchange.send)


def _template(scope: Scope) -> str:
    """``/vms/{key}``, not each VM's own path: the metrics' labels must stay few."""
    path = getattr(scope.get("route"), "path", None)
    return path if isinstance(path, str) else "(none)"


class _TooLargeError(BaseException):
    """Passes the framework's own handlers, which would make a bad request of it."""


class _Exchange:
    """One request and its reply."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.id = str(uuid4())
        self.status = 0
        self.declared = 0
        self._receive = receive
        self._send = send
        self._received = 0
        for name, value in scope["headers"]:
            if name == b"content-length" and value.isdigit():
                self.declared = int(value[:18])

    async def receive(self) -> Message:
        message = await self._receive()
        self._received += len(message.get("body", b""))
        if self._received > MAX_BODY:
            raise _TooLargeError
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = list(message.get("headers", []))
            headers += [*_HEADERS, (b"x-request-id", self.id.encode())]
            said = {name.lower() for name, _ in headers}
            headers += [header for header in _UNLESS_SAID if header[0] not in said]
            message = {**message, "headers": headers}
        await self._send(message)
