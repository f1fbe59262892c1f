"""HTTP/1.1 over TLS, as agents speak it: one connection, one request at a time (RFC 9112).

A client for all purposes (httpx) takes three times the processor time for a call, and sends it in two
pieces; a job makes dozens of calls.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterable

import h11

CONNECT_SECONDS = 5.0

# A server whose power was cut says nothing more: with these the kernel notices within 10 s, so
# that a call's patience only covers an agent that is alive and slow (tcp(7)).
_SOCKET_OPTIONS = (
    (socket.IPPROTO_TCP, socket.TCP_NODELAY, 1),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 5),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 2),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, 10_000),
)

Headers = Iterable[tuple[str, str]]


class Connection:
    """To one server, whose certificate has been checked. Whatever goes wrong is an OSError, silence
    a TimeoutError; the connection is of no use then."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._state = h11.Connection(h11.CLIENT)

    @classmethod
    async def open(
        cls, address: str, port: int, context: ssl.SSLContext, server: str
    ) -> "Connection":
        """``server`` is the name that the certificate must have."""
        async with asyncio.timeout(CONNECT_SECONDS):
            reader, writer = await asyncio.open_connection(
                address, port, ssl=context, server_hostname=server
            )
        for option in _SOCKET_OPTIONS:
            writer.get_extra_info("socket").setsockopt(*option)
        return cls(reader, writer)

    @property
    def usable(self) -> bool:
        """Whether another request may go this way."""
        ended = self._reader.at_eof() or self._reader.exception() is not None
        return self._state.our_state is h11.IDLE and not ended

    async def ask(
        self, method: str, target: str, headers: Headers, body: bytes, patience: float
    ) -> int:
        """Send a request; the status of its answer. ``patience``: seconds without a byte."""
        events = (
            h11.Request(method=method, target=target, headers=list(headers)),
            h11.Data(data=body),
            h11.EndOfMessage(),
        )
        # Not waited for: a server that has heard enough answers before it has read all.
        self._writer.write(b"".join(self._state.send(event) or b"" for event in events))
        while not isinstance(answer := await self._next(patience), h11.Response):
            pass
        return answer.status_code

    async def chunks(self, patience: float) -> AsyncIterator[bytes]:
        """The answer's body, piece by piece as it comes."""
        while isinstance(piece := await self._next(patience), h11.Data):
            yield bytes(piece.data)
        if self._state.our_state is h11.DONE and self._state.their_state is h11.DONE:
            self._state.start_next_cycle()

    async def _next(self, patience: float) -> object:
        try:
            while (event := self._state.next_event()) is h11.NEED_DATA:
                async with asyncio.timeout(patience):
                    self._state.receive_data(await self._reader.read(1 << 16))
        except h11.RemoteProtocolError as error:
            raise ConnectionError(str(error)) from error
        except TimeoutError as error:
            raise TimeoutError(f"nothing came for {patience:g} s") from error
        return event

    def close(self) -> None:
        self._writer.close()
