"""What goes over a link. A request has a header and perhaps data; its answer names it by its tag, and answers may
come in another order.
"""

import struct
from enum import IntEnum
from typing import NamedTuple

PORT = 3269
"""TCP port at which an SP answers other arrays."""
MOST = 16 << 20
"""Bytes of a request's or an answer's data."""
PATIENCE = 3.0
"""Seconds that an answer may take; a connection that takes longer is given up."""
EVERY = 1.0
"""Seconds between two signs of life."""
HEADER = struct.Struct(">BIIIQI16s")
"""``Request``."""
ANSWER = struct.Struct(">IBI")
"""Tag, whether it was refused, and the length of the data that follow."""


class Op(IntEnum):
    """``WRITE`` and ``PUNCH`` change an image, ``FLUSH`` waits for its disk, ``CALL`` is anything else: its data are
    JSON, and so are its answer's."""

    WRITE = 1
    PUNCH = 2
    FLUSH = 3
    CALL = 4


class Request(NamedTuple):
    """``uid`` is the mirror's, ``epoch`` how often it has changed its direction, ``turn`` how often it was fractured,
    or which of its updates this is. ``length`` is that of the data, or of what is punched."""

    op: int
    tag: int
    epoch: int
    turn: int
    offset: int
    length: int
    uid: bytes

    @property
    def follows(self) -> int:
        """Bytes of data after the header."""
        return self.length if self.op in (Op.WRITE, Op.CALL) else 0


_OPS = frozenset(Op)


class BadFrame(ValueError):
    """Not what another array of this version says."""


def request(header: bytes) -> Request:
    """Raises ``BadFrame``."""
    found = Request(*HEADER.unpack(header))
    if found.op not in _OPS or found.follows > MOST:
        raise BadFrame(f"request {found.op} of {found.length} bytes")
    return found
