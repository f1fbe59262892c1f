"""HTTPS for the agent: uvicorn, told who is at the other end of each connection."""

import asyncio
import socket
import ssl
from collections.abc import Callable, Generator
from contextlib import contextmanager

import structlog
import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from millpond.adapters.pki.identity import identity_of

_KEEP_ALIVE = 75  # seconds; longer than clients keep an idle connection, so that they hang up first
_GRACE = 1  # seconds that calls have to end when the agent is told to
_BACKLOG = 1024
_SOCKET_OPTIONS = (  # inherited by accepted connections: one whose peer is gone ends within 15 s
    (socket.SOL_SOCKET, socket.SO_REUSEADDR, 1),
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 3),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 15_000),
)
_log = structlog.get_logger(__name__)


class _Handshake(ssl.SSLObject):
    """Logs clients that the handshake turns away: asyncio itself says nothing of them."""

    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            _log.warning("peer refused", cause=error.reason or str(error))
            raise


class PeerProtocol(H11Protocol):
    """Puts the ``Identity`` of the client's certificate, or None, into ``scope["state"]["peer"]``:
    uvicorn copies a connection's state into each of its requests, and into its WebSocket."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        tls: ssl.SSLObject | None = transport.get_extra_info("ssl_object")
        peer = identity_of(tls.getpeercert()) if tls is not None else None
        self.app_state = self.app_state | {"peer": peer}


class HttpsServer(uvicorn.Server):
    """``before_shutdown`` is called before connections are waited for, to end those that would
    last forever. Signals are left to the program."""

    def __init__(
        self, app: ASGIApp, context: ssl.SSLContext, before_shutdown: Callable[[], None]
    ) -> None:
        context.sslobject_class = _Handshake
        super().__init__(
            uvicorn.Config(
                app,
                http=PeerProtocol,
                ws="websockets-sansio",
                ws_per_message_deflate=False,
                ws_max_size=1 << 20,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                timeout_keep_alive=_KEEP_ALIVE,
                timeout_graceful_shutdown=_GRACE,
                ssl_context_factory=lambda config, default: context,
            )
        )
        self._before_shutdown = before_shutdown

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._before_shutdown()
        await super().shutdown(sockets)


def listen(address: str, port: int) -> socket.socket:
    """A listening socket. Raises OSError."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        for option in _SOCKET_OPTIONS:
            listener.setsockopt(*option)
        listener.bind((address, port))
        listener.listen(_BACKLOG)
    except OSError:
        listener.close()
        raise
    listener.setblocking(False)
    return listener
