"""A byte stream over a WebSocket (RFC 6455): binary frames both ways."""

import json
import ssl

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from millpond.adapters.rpc import errors
from millpond.domain.errors import Unknown
from millpond.ports.hypervisor import ByteStream

_MAX_FRAME = 1 << 20


class WebSocketStream:
    """``ports.hypervisor.ByteStream``; a broken connection reads as the end."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def read(self) -> bytes:
        while True:
            try:
                data = await self._connection.recv()
            except ConnectionClosed:
                return b""
            if data:
                return data.encode() if isinstance(data, str) else data

    async def write(self, data: bytes) -> None:
        """What is written after the end is lost, as on any wire."""
        try:
            await self._connection.send(data)
        except ConnectionClosed:
            return

    async def close(self) -> None:
        await self._connection.close()


async def open_stream(url: str, context: ssl.SSLContext, server: str, step: str) -> ByteStream:
    """Connect to ``wss://...`` whose certificate must name ``server``. Raises what the other end
    refused with, or ``Unknown(step)``."""
    try:
        connection = await connect(
            url,
            ssl=context,
            server_hostname=server,
            compression=None,
            proxy=None,
            open_timeout=10,
            close_timeout=1,
            max_size=_MAX_FRAME,
        )
    except InvalidStatus as error:
        try:
            value = json.loads(error.response.body or b"")
        except ValueError:
            value = {"message": f"HTTP status {error.response.status_code}"}
        raise errors.from_json(value, step) from error
    except (OSError, TimeoutError, WebSocketException) as error:
        raise Unknown(step, str(error) or type(error).__name__) from error
    return WebSocketStream(connection)
