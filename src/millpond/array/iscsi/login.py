"""The login phase of a connection (RFC 7143 6.3, 11.12 and 11.13)."""

import asyncio
import struct
from collections.abc import Awaitable, Callable

from millpond.array.exports import Chap
from millpond.array.iscsi import pdu
from millpond.array.iscsi.connection import Connection
from millpond.array.iscsi.negotiation import (
    FULL,
    INITIATOR_ERROR,
    NO_SESSION,
    UNSUPPORTED_VERSION,
    LoginRefused,
    Negotiation,
    Settings,
)

TIMEOUT = 15.0
"""Seconds that a connection has to get through its login."""
MAX_TEXT = 1 << 16

_REQUEST = struct.Struct(">BBBBI6sHIHHII16x")
_RESPONSE = struct.Struct(">BBBBB3s6sHI4x12sH10x")

Enter = Callable[["LoginPhase"], Awaitable[int]]


class LoginPhase:
    """``enter`` makes a session of a finished login and says its TSIH; it may raise LoginRefused."""

    def __init__(
        self,
        connection: Connection,
        target: str,
        chap_of: Callable[[str], Chap | None],
        enter: Enter,
    ) -> None:
        self.connection = connection
        self._enter = enter
        self._negotiation = Negotiation(target, chap_of)
        self._text = b""
        self.isid = b""
        self.next_command = 0
        self.next_status = 0
        self._timer = asyncio.get_running_loop().call_later(TIMEOUT, connection.abort)

    @property
    def settings(self) -> Settings:
        return self._negotiation.settings

    def lost(self) -> None:
        self._timer.cancel()

    def received(self, header: bytes, data: memoryview) -> None:
        fields = _REQUEST.unpack(header)
        opcode, flags, _, minimum, _, self.isid, tsih, tag, _, _, number, status = fields
        if opcode != pdu.LOGIN_REQUEST | pdu.IMMEDIATE:
            self.connection.abort()
            return
        self.next_command, self.next_status = number, status
        stage, following = flags >> 2 & 3, flags & 3
        try:
            if minimum > 0:
                raise LoginRefused(UNSUPPORTED_VERSION)
            if tsih:
                raise LoginRefused(NO_SESSION)
            self._text += bytes(data)
            if flags & pdu.CONTINUE or len(self._text) > MAX_TEXT:
                self._continued(flags, stage, tag)
                return
            text, self._text = self._text, b""
            transit, reply = self._negotiation.answer(
                stage, self._moves(flags, stage, following), _items(text)
            )
        except LoginRefused as refused:
            self._respond(flags & 0x0C, tag, refused.status)
            self.connection.close()
            return
        if transit and following == FULL:
            self.connection.hold()
            self._entering = asyncio.ensure_future(self._finish(flags & 0x0F, tag, reply))
        else:
            back = pdu.FINAL | flags & 0x0F if transit else flags & 0x0C
            self._respond(back, tag, 0, pdu.text(reply))

    def _moves(self, flags: int, stage: int, following: int) -> bool:
        if not flags & pdu.FINAL:
            return False
        if following <= stage or following == 2:
            raise LoginRefused(INITIATOR_ERROR)
        return True

    def _continued(self, flags: int, stage: int, tag: int) -> None:
        if flags & pdu.FINAL or len(self._text) > MAX_TEXT:
            raise LoginRefused(INITIATOR_ERROR)
        self._respond(stage << 2, tag, 0)

    async def _finish(self, stages: int, tag: int, reply: list[tuple[str, str]]) -> None:
        self._timer.cancel()
        try:
            tsih = await self._enter(self)
        except LoginRefused as refused:
            self._respond(stages & 0x0C, tag, refused.status)
            self.connection.close()
        else:
            self._respond(pdu.FINAL | stages, tag, 0, pdu.text(reply), tsih)
            settings = self.settings
            self.connection.header_digest = settings.header_digest
            self.connection.data_digest = settings.data_digest
        self.connection.release()

    def _respond(self, flags: int, tag: int, status: int, data: bytes = b"", tsih: int = 0) -> None:
        sequences = pdu.SEQUENCES.pack(
            self.next_status, self.next_command, self.next_command + 1 & 0xFFFFFFFF
        )
        header = _RESPONSE.pack(
            pdu.LOGIN_RESPONSE,
            flags,
            0,
            0,
            0,
            len(data).to_bytes(3, "big"),
            self.isid,
            tsih,
            tag,
            sequences,
            status,
        )
        self.connection.send(header, data)


def _items(text: bytes) -> list[tuple[str, str]]:
    try:
        return pdu.pairs(text)
    except ValueError:
        raise LoginRefused(INITIATOR_ERROR) from None
