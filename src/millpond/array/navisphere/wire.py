"""What goes between the program and an SP: TLS, and in it one request and one answer.

Each is 4 bytes length (big-endian) and that many bytes of JSON, an object. A request has ``version``,
``user``, ``password``, ``argv`` (the command, without the global options) and ``xml``; an answer has
``text`` and ``status``, and ``ask`` when the command wants to be confirmed first.
"""

import json
import struct
from typing import Any

PORT = 2163
VERSION = 1
MOST = 16 * 2**20
HEADER = struct.Struct(">I")


class BadMessage(Exception):
    """Not a message of this version."""


def pack(message: dict[str, Any]) -> bytes:
    body = json.dumps(message).encode()
    return HEADER.pack(len(body)) + body


def length(header: bytes) -> int:
    """Of the body that follows. Raises ``BadMessage``."""
    size: int = HEADER.unpack(header)[0]
    if size > MOST:
        raise BadMessage(f"a message of {size} bytes")
    return size


def unpack(body: bytes) -> dict[str, Any]:
    """Raises ``BadMessage``."""
    try:
        message = json.loads(body)
    except ValueError as error:
        raise BadMessage(str(error)) from error
    if not isinstance(message, dict):
        raise BadMessage("not an object")
    return message
