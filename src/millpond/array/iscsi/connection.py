"""A TCP connection: PDUs out of bytes and back, digests (RFC 7143 11.2, 13.1), and backpressure."""

import asyncio
from collections.abc import Callable
from typing import Protocol, cast

from millpond.array.engine.file import Buffer
from millpond.array.iscsi import pdu
from millpond.array.iscsi.negotiation import MAX_SEGMENT

ROOM = 2 * (pdu.HEADER + MAX_SEGMENT + 2048)
"""Bytes of the receive buffer; two of the longest PDUs."""
HIGH_WATER = 4 << 20
"""Bytes waiting to be sent at which no more PDUs are looked at."""


class Handler(Protocol):
    """What makes sense of PDUs; both calls are short, and do not keep ``data``."""

    def received(self, header: bytes, data: memoryview) -> None: ...
    def lost(self) -> None: ...


class Connection(asyncio.BufferedProtocol):
    """``handler`` may be another from the next PDU on. Nothing is passed to it while the connection is
    held."""

    transport: asyncio.Transport

    def __init__(self, handler_for: Callable[["Connection"], Handler]) -> None:
        self.header_digest = False
        self.data_digest = False
        self.handler = handler_for(self)
        self._memory = bytearray(ROOM)
        self._view = memoryview(self._memory)
        self._start = self._end = 0
        self._holds = 0
        self._parsing = False
        self._out: list[Buffer] = []
        self._closing = False
        self.received_bytes = 0

    # -- asyncio's side

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.set_write_buffer_limits(HIGH_WATER)

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[self._end :]

    def buffer_updated(self, nbytes: int) -> None:
        self._end += nbytes
        self.received_bytes += nbytes
        self._parse()

    def pause_writing(self) -> None:
        self.hold()

    def resume_writing(self) -> None:
        self.release()

    def connection_lost(self, exc: Exception | None) -> None:
        self._closing = True
        self.handler.lost()

    # -- the handler's side

    @property
    def held(self) -> bool:
        return self._holds > 0

    def hold(self) -> None:
        self._holds += 1

    def release(self) -> None:
        self._holds -= 1
        if not self._holds and not self._closing:
            self._parse()

    def send(self, header: Buffer, data: Buffer = b"") -> None:
        """``header`` says how long ``data`` are. What is sent while PDUs are looked at goes out in one
        piece."""
        self._out.append(header)
        if self.header_digest:
            self._out.append(pdu.checksum(header))
        if len(data):
            self._out.append(data)
            pad = bytes(pdu.padding(len(data)))
            if pad:
                self._out.append(pad)
            if self.data_digest:
                self._out.append(pdu.checksum(data, pad))
        if not self._parsing:
            self._flush()

    def close(self) -> None:
        """After what was sent has gone out."""
        self._flush()
        self._closing = True
        self.transport.close()

    def abort(self) -> None:
        """At once."""
        self._closing = True
        self.transport.abort()

    # -- in between

    def _flush(self) -> None:
        if self._out and not self._closing:
            out, self._out = self._out, []
            if len(out) == 1:
                self.transport.write(out[0])
            else:
                self.transport.writelines(out)

    def _parse(self) -> None:
        if self._parsing:
            return
        self._parsing = True
        try:
            while not self._holds and not self._closing and self._one():
                pass
        finally:
            self._parsing = False
        self._flush()
        self._make_room()

    def _one(self) -> bool:
        """Pass on the PDU at the front of the buffer, if it is complete."""
        start = self._start
        if self._end - start < pdu.HEADER:
            return False
        memory = self._memory
        length = int.from_bytes(memory[start + 5 : start + 8], "big")
        at = start + pdu.HEADER + memory[start + 4] * 4
        body = at + 4 if self.header_digest else at
        end = body + length + pdu.padding(length)
        stop = end + 4 if self.data_digest and length else end
        if length > MAX_SEGMENT:
            self.abort()
            return False
        if self._end < stop:
            return False
        if self.header_digest and pdu.checksum(self._view[start:at]) != memory[at:body]:
            self.abort()  # nothing in it can be trusted (RFC 7143 7.7)
            return False
        header = bytes(memory[start : start + pdu.HEADER])
        if stop != end and pdu.checksum(self._view[body:end]) != memory[end:stop]:
            self._refuse_data(header)
            return False
        self._start = stop
        self.handler.received(header, self._view[body : body + length])
        return True

    def _refuse_data(self, header: bytes) -> None:
        """Error recovery level 0: say so, and let the initiator begin anew (RFC 7143 7.8)."""
        reject = pdu.plain(
            pdu.REJECT, 0, pdu.NO_TAG, bytes(12), answer=pdu.DATA_DIGEST, length=len(header)
        )
        self.send(reject, header)
        self.close()

    def _make_room(self) -> None:
        if self._start == self._end:
            self._start = self._end = 0
        elif self._start and ROOM - self._end < ROOM // 2:
            rest = self._end - self._start
            self._memory[:rest] = self._memory[self._start : self._end]
            self._start, self._end = 0, rest
        if self._closing:
            return
        if self._end == ROOM:
            if self.transport.is_reading():
                self.transport.pause_reading()
        elif not self.transport.is_reading():
            self.transport.resume_reading()
