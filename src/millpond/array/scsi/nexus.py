"""Who speaks to whom: I_T nexuses and their names (SAM-5 4.6, SPC-4 7.6.4, RFC 7143 4.4)."""

import struct
from typing import NamedTuple

from millpond.array.exports import SpName

GROUPS: dict[SpName, int] = {"A": 1, "B": 2}
"""Each SP is a target port group (SPC-4 5.15.2)."""

PORTS_PER_SP = 16


class Nexus(NamedTuple):
    """An initiator port (its iSCSI name, and its session's ISID as 12 hexadecimal digits) and the
    relative identifier of a target port."""

    initiator: str
    isid: str
    port: int


def relative_port(sp: SpName, port: int) -> int:
    """The relative target port identifier (SPC-4 4.3.4) of port ``port``, 0 to 15, of ``sp``."""
    return (GROUPS[sp] - 1) * PORTS_PER_SP + port + 1


def transport_id(nexus: Nexus) -> bytes:
    """An iSCSI initiator port's TransportID (SPC-4 7.6.4.6), format 01b."""
    name = f"{nexus.initiator},i,0x{nexus.isid}".encode() + b"\0"
    name = name.ljust(max(20, (len(name) + 3) & ~3), b"\0")
    return struct.pack(">BxH", 0x45, len(name)) + name


def initiator_of(data: bytes) -> tuple[tuple[str, str], int]:
    """((name, ISID), length) of the TransportID that ``data`` begins with. Raises ValueError if it is
    not one of an iSCSI initiator port."""
    if len(data) < 24 or data[0] != 0x45:
        raise ValueError("no TransportID of an iSCSI initiator port")
    (length,) = struct.unpack_from(">H", data, 2)
    text = data[4 : 4 + length]
    if length < 20 or length % 4 or len(text) != length or b"\0" not in text:
        raise ValueError("a TransportID of a wrong length")
    name, separator, isid = text[: text.index(b"\0")].decode("utf-8").partition(",i,0x")
    if not separator or not name or len(isid) != 12:
        raise ValueError("a TransportID without an ISID")
    return (name.lower(), bytes.fromhex(isid).hex()), 4 + length
