"""PDU formats (RFC 7143 11): the 48 bytes of a basic header segment, in network byte order."""

import struct
from typing import NamedTuple

import crc32c

HEADER = 48
NO_TAG = 0xFFFFFFFF

# Opcodes of the initiator (11.1.2).
NOP_OUT, COMMAND, TASK_REQUEST, LOGIN_REQUEST, TEXT_REQUEST, DATA_OUT, LOGOUT_REQUEST = range(7)
SNACK = 0x10
# And of the target.
NOP_IN, RESPONSE, TASK_RESPONSE, LOGIN_RESPONSE, TEXT_RESPONSE, DATA_IN, LOGOUT_RESPONSE = range(
    0x20, 0x27
)
READY_TO_TRANSFER, REJECT = 0x31, 0x3F

IMMEDIATE, FINAL, CONTINUE = 0x40, 0x80, 0x40

# Reject reasons (11.17.1).
DATA_DIGEST, SNACK_REJECT, PROTOCOL_ERROR, NOT_SUPPORTED = 0x02, 0x03, 0x04, 0x05

SEQUENCES = struct.Struct(">III")
"""StatSN, ExpCmdSN and MaxCmdSN, at byte 24 of everything that a target sends."""

_COMMAND = struct.Struct(">BB6x8sIIII16s")
_DATA_IN = struct.Struct(">BBxBB3s8sII12sIII")
_RESPONSE = struct.Struct(">BBBBB3s8xI4x12s8xI")
_READY = struct.Struct(">BB6x8sII12sIII")


class Command(NamedTuple):
    """A SCSI Command PDU (11.3). ``expected``: bytes that the initiator means to move."""

    opcode: int
    flags: int
    lun: bytes
    tag: int
    expected: int
    number: int
    expected_status: int
    cdb: bytes

    @classmethod
    def of(cls, header: bytes) -> "Command":
        return cls(*_COMMAND.unpack(header))


def data_in(
    flags: int,
    status: int,
    length: int,
    tag: int,
    sequences: bytes,
    number: int,
    offset: int,
    residual: int,
) -> bytes:
    """11.7; the LUN is reserved, for no acknowledgement is asked for."""
    return _DATA_IN.pack(
        DATA_IN,
        flags,
        status,
        0,
        length.to_bytes(3, "big"),
        bytes(8),
        tag,
        NO_TAG,
        sequences,
        number,
        offset,
        residual,
    )


def response(
    flags: int, status: int, length: int, tag: int, sequences: bytes, residual: int
) -> bytes:
    """11.4; ``length`` of the sense data segment."""
    return _RESPONSE.pack(
        RESPONSE, FINAL | flags, 0, status, 0, length.to_bytes(3, "big"), tag, sequences, residual
    )


def ready_to_transfer(
    lun: bytes, tag: int, transfer_tag: int, sequences: bytes, number: int, offset: int, length: int
) -> bytes:
    """11.8."""
    return _READY.pack(
        READY_TO_TRANSFER, FINAL, lun, tag, transfer_tag, sequences, number, offset, length
    )


def plain(
    opcode: int,
    flags: int,
    tag: int,
    sequences: bytes,
    *,
    answer: int = 0,
    transfer_tag: int = 0,
    lun: bytes = bytes(8),
    length: int = 0,
) -> bytearray:
    """NOP-In, and the responses to task management, text and logout requests, and Reject (11.6, 11.11,
    11.15, 11.17, 11.19): what they have in common."""
    header = bytearray(HEADER)
    header[0], header[1], header[2] = opcode, FINAL | flags, answer
    header[5:8] = length.to_bytes(3, "big")
    header[8:16] = lun
    struct.pack_into(">II12s", header, 16, tag, transfer_tag, sequences)
    return header


def checksum(*parts: bytes | bytearray | memoryview) -> bytes:
    """A header or data digest: CRC32C, least significant byte first (RFC 7143 13.1)."""
    value = 0
    for part in parts:
        value = crc32c.crc32c(part, value)
    return value.to_bytes(4, "little")


def padding(length: int) -> int:
    return -length & 3


def pairs(data: bytes) -> list[tuple[str, str]]:
    """Text keys and values (6.1). Raises ValueError."""
    found = []
    for item in data.split(b"\0"):
        if item:
            key, separator, value = item.decode("utf-8").partition("=")
            if not separator or not key or len(key) > 63:
                raise ValueError("not a key and a value")
            found.append((key, value))
    return found


def text(items: list[tuple[str, str]]) -> bytes:
    return b"".join(f"{key}={value}\0".encode() for key, value in items)
