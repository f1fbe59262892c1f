"""Who may talk to this agent: the manager, and the master of its pool."""

import structlog
from starlette.types import ASGIApp, Receive, Scope, Send

from millpond.adapters.pki.identity import Identity, PeerKind
from millpond.adapters.rpc.server import error_response
from millpond.domain.errors import Refused
from millpond.ports.server import Server

_log = structlog.get_logger(__name__)


class Gate:
    """ASGI middleware; everything comes through here, calls, streams and WebSockets. Raising
    nothing, it answers those it turns away with ``Refused(auth.denied)``."""

    def __init__(self, app: ASGIApp, server: Server) -> None:
        self._app = app
        self._server = server

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        peer: Identity | None = scope.get("state", {}).get("peer")
        if await self._admitted(peer):
            await self._app(scope, receive, send)
            return
        _log.warning(
            "peer refused",
            peer=str(peer or "unnamed"),
            client=scope.get("client"),
            path=scope.get("path"),
        )
        # An HTTP answer is also how a WebSocket is denied (ASGI's WebSocket Denial Response).
        await deny(scope, receive, send, peer)

    async def _admitted(self, peer: Identity | None) -> bool:
        if peer is None:
            return False
        if peer.kind is PeerKind.MANAGER:
            return True
        membership = await self._server.membership()
        return membership is not None and membership.master == peer.name


async def deny(scope: Scope, receive: Receive, send: Send, peer: Identity | None) -> None:
    response = error_response(
        Refused(
            "auth.denied",
            str(peer or "the client's certificate"),
            "may not talk to this agent",
            "only the manager and the master of this server's pool may",
        )
    )
    await response(scope, receive, send)
