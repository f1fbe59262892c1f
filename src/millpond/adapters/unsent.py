"""What a connection that ends had not sent yet."""

import asyncio
import socket
import struct

_NOTHING_LATER = struct.pack("ii", 1, 0)


def drop_unsent(writer: asyncio.StreamWriter) -> None:
    """When the connection is aborted, or this process dies, what the kernel holds for it is dropped and not sent
    later (SO_LINGER, socket(7)). Raises OSError."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOTHING_LATER)
