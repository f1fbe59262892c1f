"""An SP's connection to another array: to the SP of its own name, or else to the other one."""

import asyncio
import json
import logging
import ssl
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from millpond.adapters.unsent import drop_unsent
from millpond.array.exports import SpName
from millpond.array.link.frames import ANSWER, EVERY, HEADER, MOST, PATIENCE, PORT, Op
from millpond.array.model.mirror_types import Remote
from millpond.array.state.peer import other

log = logging.getLogger(__name__)
OPENED = 8.0
"""Seconds that it may take to be let in: an SP there may have to end its peer first."""
AGAIN = 0.25
"""Seconds between two attempts."""
GRACE = 8.0
"""Seconds without a connection after which a link counts as down: more than ``replica.CONTACT`` there."""
SHORT = 2.0
"""Seconds for a link at whose other end nobody listens."""
NOBODY = bytes(16)
"""``struct linger`` (socket(7)): nothing is sent any more after a close."""


class LinkDown(ConnectionError):
    """There is no connection, or it broke amid the request."""


class Turned(Exception):
    """The other array refused the request; with what it says."""

    def __init__(self, said: dict[str, Any]) -> None:
        super().__init__(str(said.get("text", "refused")))
        self.said = said


class Connection:
    """One that is open. Requests go out in the order in which they are asked for."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._tag = 0
        self._waiting: dict[int, asyncio.Future[bytes]] = {}
        self._reading = asyncio.ensure_future(self._read())
        self.open = True
        self.sent = time.monotonic()

    async def ask(
        self,
        op: Op,
        uid: bytes = NOBODY,
        epoch: int = 0,
        turn: int = 0,
        offset: int = 0,
        length: int = 0,
        data: bytes | bytearray | memoryview = b"",
        patience: float = PATIENCE,
    ) -> bytes:
        """Raises ``LinkDown``, ``Turned``."""
        if not self.open:
            raise LinkDown("the connection is closed")
        self._tag = tag = (self._tag + 1) & 0xFFFFFFFF
        answer: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self._waiting[tag] = answer
        self.sent = time.monotonic()
        length = length or len(data)
        self._writer.write(HEADER.pack(op, tag, epoch, turn, offset, length, uid))
        if data:
            self._writer.write(data)
        try:
            async with asyncio.timeout(patience):
                return await answer
        except TimeoutError as error:
            self.close()
            raise LinkDown(f"no answer within {patience:.0f} s") from error
        finally:
            self._waiting.pop(tag, None)

    async def call(self, request: dict[str, Any], patience: float = PATIENCE) -> Any:
        """Raises ``LinkDown``, ``Turned``."""
        said = await self.ask(Op.CALL, data=json.dumps(request).encode(), patience=patience)
        return json.loads(said)

    def close(self) -> None:
        self.open = False
        self._reading.cancel()
        self._writer.transport.abort()
        for answer in self._waiting.values():
            if not answer.done():
                answer.set_exception(LinkDown("the connection broke"))

    async def _read(self) -> None:
        try:
            while True:
                tag, refused, length = ANSWER.unpack(await self._reader.readexactly(ANSWER.size))
                if length > MOST:
                    break
                data = await self._reader.readexactly(length) if length else b""
                answer = self._waiting.get(tag)
                if answer is not None and not answer.done():
                    if refused:
                        answer.set_exception(Turned(json.loads(data)))
                    else:
                        answer.set_result(data)
        except (OSError, EOFError, ValueError) as error:
            log.info("a link broke: %s", error)
        self.close()


class Link:
    """To ``remote``, kept up by ``keep``. ``cut`` says whether there is to be none; ``news`` is what each sign of life
    says, ``heard`` is told the answer."""

    def __init__(
        self,
        sp: SpName,
        remote: Remote,
        context: ssl.SSLContext,
        cut: Callable[[], bool],
        news: Callable[[], dict[str, Any]],
        heard: Callable[[Any], None],
    ) -> None:
        self._sp, self.remote, self._context = sp, remote, context
        self._cut, self._news, self._heard = cut, news, heard
        self._sent = time.monotonic()  # an SP that died may have said something just now
        self._connection: Connection | None = None
        self._down_since = time.monotonic()
        self._nobody = False
        self._is_up = asyncio.Event()
        self.boot = ""
        """In which boot the other array's machine is."""
        self.why = "it was not asked yet"

    @property
    def up(self) -> bool:
        return self._connection is not None and self._connection.open and not self._cut()

    @property
    def gone(self) -> bool:
        """Down for so long that nobody waits for it."""
        since = time.monotonic() - self._down_since
        return not self.up and since > (SHORT if self._nobody else GRACE)

    @property
    def silent(self) -> float:
        """Seconds since the other array has heard anything."""
        return time.monotonic() - (self._connection.sent if self._connection else self._sent)

    @property
    def connection(self) -> Connection:
        """Raises ``LinkDown``."""
        if self._connection is None or not self.up:
            raise LinkDown(self.why)
        return self._connection

    async def restored(self) -> bool:
        """Whether there is a connection, waited for until the link counts as down."""
        while not self.up and not self.gone:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._is_up.wait(), AGAIN)
        return self.up

    async def keep(self) -> None:
        """Until cancelled, whatever goes wrong."""
        while True:
            try:
                if self._cut():
                    self.why, self._nobody = "the link is cut", False
                elif connection := await self._opened():
                    await self._while_up(connection)
                    continue
            except Exception:
                log.exception("the link to array %s cannot be kept up", self.remote.serial)
            await asyncio.sleep(AGAIN)

    async def _while_up(self, connection: Connection) -> None:
        self._connection, self._nobody = connection, False
        self._is_up.set()
        log.info("linked to array %s", self.remote.serial)
        told = 0.0
        try:
            while self.up:
                if time.monotonic() - told >= EVERY:
                    told = time.monotonic()
                    self._heard(await connection.call({"news": self._news()}))
                await asyncio.sleep(AGAIN)
        except (LinkDown, Turned) as error:
            self.why = str(error)
        finally:
            connection.close()
            self._sent, self._connection = connection.sent, None
            self._is_up.clear()
            self._down_since = time.monotonic()

    async def _opened(self) -> Connection | None:
        refused = 0
        for sp in (self._sp, other(self._sp)):
            try:
                return await self._open(self.remote.addresses[sp])
            except ConnectionRefusedError as error:
                refused += 1
                self.why = str(error)
            except (OSError, ssl.SSLError, TimeoutError, Turned) as error:
                self.why = str(error) or "it takes too long"
        self._nobody = refused == len(self.remote.addresses)
        return None

    async def _open(self, address: str) -> Connection:
        async with asyncio.timeout(OPENED):
            reader, writer = await asyncio.open_connection(
                address, PORT, ssl=self._context, server_hostname=address
            )
            drop_unsent(writer)
            connection = Connection(reader, writer)
            try:
                said = await connection.call({"hello": self._sp}, OPENED)
            except BaseException:
                connection.close()
                raise
            self.boot = said["boot"]
            return connection
