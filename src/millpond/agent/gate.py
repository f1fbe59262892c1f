"""Who may talk to this agent: the manager, and the master of its pool, of the highest term known."""

from collections.abc import Awaitable, Callable

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from millpond.adapters.pki.identity import Identity, PeerKind
from millpond.adapters.rpc.client import TERM_HEADER
from millpond.adapters.rpc.server import error_response
from millpond.domain.errors import MillpondError, Refused

_log = structlog.get_logger(__name__)


Admit = Callable[[str, int | None], Awaitable[None]]
"""Whether a server (its id) may call, as the master of a term; raises ``Refused``."""


class Gate:
    """ASGI middleware; everything comes through here, calls, streams and WebSockets. Raising
    nothing, it answers those it turns away with ``Refused``: ``auth.denied``, ``pool.deposed``."""

    def __init__(self, app: ASGIApp, admit: Admit) -> None:
        self._app = app
        self._admit = admit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer: Identity | None = scope.get("state", {}).get("peer")
        try:
            await self._check(peer, scope)
        except MillpondError as error:
            _log.warning(
                "peer refused",
                peer=str(peer or "unnamed"),
                client=scope.get("client"),
                path=scope.get("path"),
                cause=str(error),
            )
            # An HTTP answer is also how a WebSocket is denied (ASGI's WebSocket Denial Response).
            await error_response(error)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _check(self, peer: Identity | None, scope: Scope) -> None:
        if peer is None:
            raise Refused(
                "auth.denied",
                "the client's certificate",
                "may not talk to this agent",
                "only the manager and the master of this server's pool may",
            )
        if peer.kind is not PeerKind.MANAGER:
            await self._admit(peer.name, _term(scope))


def _term(scope: Scope) -> int | None:
    name = TERM_HEADER.lower().encode()
    value = next((v for k, v in scope.get("headers", ()) if k == name), b"")
    return int(value) if value.isdigit() else None
