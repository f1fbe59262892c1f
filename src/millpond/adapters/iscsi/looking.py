"""What a port of an array shows a server: one session, two questions, and gone again (RFC 7143, SPC-4, SBC-3).

No guest's initiator can be asked that, and libiscsi's programs print no binary names.
"""

import asyncio
import os
import struct
from contextlib import suppress

from millpond.adapters.iscsi.relay import ISCSI_PORT, Ends, Pdu
from millpond.domain.array import ArrayPort

_LOGIN, _COMMAND, _LOGIN_RESPONSE, _RESPONSE, _DATA_IN = 0x43, 0x01, 0x23, 0x21, 0x25
_STRAIGHT_TO_FULL = 0x87
_READS = 0xC1
_HAS_STATUS = 0x01
_GOOD, _CHECK_CONDITION = 0x00, 0x02
_INQUIRY_IDENTIFICATION = bytes((0x12, 0x01, 0x83, 0x04, 0x00, 0x00))
_READ_CAPACITY_16 = bytes((0x9E, 0x10, *([0] * 8), 0, 0, 0, 32, 0, 0))
_NAA, _OF_THE_LUN = 3, 0
_ATTENTIONS = 4
"""How many things that a new session is told first (a reset, a change of its LUNs) may come."""


async def look(port: ArrayPort, initiator: str, hlu: int) -> tuple[str, int]:
    """The NAA name and the size in bytes of what the host of that name sees there. Raises OSError, EOFError,
    ``ValueError`` if it sees nothing there, or cannot be told what."""
    ends = Ends(*await asyncio.open_connection(port.address, ISCSI_PORT))
    try:
        session = _Session(ends)
        await session.log_in(initiator, port.iqn)
        uid = _naa(await session.ask(hlu, _INQUIRY_IDENTIFICATION, 1024))
        last, block = struct.unpack_from(">QI", await session.ask(hlu, _READ_CAPACITY_16, 32))
        return uid, (last + 1) * block
    except struct.error as error:
        raise ValueError("the answer is too short") from error
    finally:
        ends.writer.close()
        with suppress(OSError):
            await ends.writer.wait_closed()


class _Session:
    """Sends one thing after the other, and waits for each answer."""

    def __init__(self, ends: Ends) -> None:
        self._ends = ends
        self._number = 0
        self._status = 0

    async def log_in(self, initiator: str, target: str) -> None:
        keys = {
            "InitiatorName": initiator,
            "TargetName": target,
            "SessionType": "Normal",
            "HeaderDigest": "None",
            "DataDigest": "None",
        }
        header = bytearray(48)
        header[0], header[1] = _LOGIN, _STRAIGHT_TO_FULL
        header[8:14] = b"\x80" + os.urandom(5)
        answer = await self._exchange(header, "".join(f"{k}={v}\0" for k, v in keys.items()))
        status, flags = struct.unpack_from(">H", answer.header, 36)[0], answer.header[1]
        if answer.header[0] != _LOGIN_RESPONSE or status or flags != _STRAIGHT_TO_FULL:
            raise ValueError(f"the login is not taken ({status:04x})")

    async def ask(self, hlu: int, cdb: bytes, size: int) -> bytes:
        for _ in range(_ATTENTIONS):
            status, data = await self._command(hlu, cdb, size)
            if status == _GOOD:
                return data
            if status != _CHECK_CONDITION:
                break
        raise ValueError(f"SCSI status {status:02x}")

    async def _command(self, hlu: int, cdb: bytes, size: int) -> tuple[int, bytes]:
        header = bytearray(48)
        header[0], header[1], header[9] = _COMMAND, _READS, hlu
        struct.pack_into(">III", header, 16, self._number + 1, size, self._number)
        header[32 : 32 + len(cdb)] = cdb
        answer = await self._exchange(header, "")
        self._number += 1
        data = b""
        while answer.header[0] & 0x3F != _RESPONSE:
            if answer.header[0] & 0x3F == _DATA_IN:
                data += answer.data
                if answer.header[1] & _HAS_STATUS:
                    break
            answer = await self._receive()
        return answer.header[3], data

    async def _exchange(self, header: bytearray, text: str) -> Pdu:
        struct.pack_into(">I", header, 28, self._status)
        self._ends.writer.write(Pdu(bytes(header), text.encode()).packed())
        return await self._receive()

    async def _receive(self) -> Pdu:
        header = await self._ends.reader.readexactly(48)
        size = int.from_bytes(header[5:8], "big")
        data = await self._ends.reader.readexactly(4 * header[4] + size + -size % 4)
        self._status = struct.unpack_from(">I", header, 24)[0] + 1
        return Pdu(header, data[4 * header[4] :][:size])


def _naa(page: bytes) -> str:
    """Of the LUN itself, from the page with all its names (SPC-4 7.8.6). Raises ``ValueError``."""
    at, end = 4, 4 + int.from_bytes(page[2:4], "big")
    while at + 4 <= min(end, len(page)):
        kind, association, size = page[at + 1] & 0x0F, page[at + 1] >> 4 & 3, page[at + 3]
        if (kind, association) == (_NAA, _OF_THE_LUN):
            return page[at + 4 : at + 4 + size].hex()
        at += 4 + size
    raise ValueError("it has no NAA name")
