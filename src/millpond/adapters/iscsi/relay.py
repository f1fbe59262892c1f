"""Between QEMU's iSCSI initiator, which knows one portal, and an array that has several.

QEMU logs in here, on its own server. The login goes on to a portal of the array that answers, under that
portal's name and the server's own, and so does all that follows it, unread. When that portal ends the
connection or owes an answer for too long, both ends are closed: QEMU's initiator logs in again by itself and
repeats what was not answered (libiscsi, ``iscsi_reconnect``), and that login goes to the next portal.
"""

import asyncio
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import NamedTuple

import structlog

from millpond.adapters.iscsi.attached import RELAY_PORT, Attached, AttachedLuns
from millpond.adapters.unsent import drop_unsent
from millpond.domain.array import ArrayPort

log = structlog.get_logger()

ISCSI_PORT = 3260
PAUSE_SECONDS = 0.5
_CHUNK = 1 << 18

_HEADER = 48
_LOGIN_REQUEST, _LOGIN_RESPONSE, _CONTINUE = 0x43, 0x23, 0x40
_STATUS_CLASS = 36
_MAX_LOGIN = 1 << 16


class Patience(NamedTuple):
    """In seconds. ``login``: for a portal to take a connection, and again to answer the login. ``silence``: for it
    to answer anything later; QEMU asks every five seconds (block/iscsi.c), so one that is gone soon owes
    something. ``whole``: for any of them to take a login, which is held as long as that."""

    login: float = 5.0
    silence: float = 8.0
    whole: float = 60.0


USUAL = Patience()


class Ends(NamedTuple):
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter


class Pdu(NamedTuple):
    """Of a login, which has neither digests nor more header segments (RFC 7143 11.2, 11.12)."""

    header: bytes
    data: bytes

    def packed(self) -> bytes:
        head = self.header[:4] + struct.pack(">I", len(self.data)) + self.header[8:]
        return head + self.data + bytes(-len(self.data) % 4)


class Relay:
    """``luns`` are read at each login, so that nobody has to tell a relay what is new."""

    def __init__(self, luns: AttachedLuns, patience: Patience = USUAL) -> None:
        self._luns = luns
        self._patience = patience
        self._good: dict[str, ArrayPort] = {}
        """Which port took a LUN's last login: it is tried first."""
        self._refusals: dict[tuple[str, ArrayPort], str] = {}
        """Why ports take no login of a LUN's, as it was last logged: they are tried twice a second."""

    async def serve(self, port: int = RELAY_PORT) -> None:
        """Until cancelled."""
        server = await asyncio.start_server(self._guarded, "127.0.0.1", port, limit=_CHUNK)
        async with server:
            await server.serve_forever()

    async def _guarded(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._session(Ends(reader, writer))
        except (OSError, EOFError, ValueError, TimeoutError) as error:
            log.info("relay.ended", why=str(error) or type(error).__name__)
        finally:
            writer.close()

    async def _session(self, guest: Ends) -> None:
        async with asyncio.timeout(self._patience.login):
            login = await _read(guest.reader, _LOGIN_REQUEST)
        target = _keys(login).get(b"TargetName", b"").decode()
        with self._luns.opened(target) as attached:
            async with self._taken(attached, login, guest) as (array, answer):
                guest.writer.write(answer.packed())
                await _pass_on(guest, array, self._patience.silence)

    @asynccontextmanager
    async def _taken(
        self, attached: Attached, login: Pdu, guest: Ends
    ) -> AsyncIterator[tuple[Ends, Pdu]]:
        """The login at a port that takes it, with its answer. Raises ``TimeoutError`` if none does, ``EOFError``
        if the guest is gone: nobody shall hold the LUN for it, nor log in anew for each try of its own."""
        async with AsyncExitStack() as stack:
            async with asyncio.timeout(self._patience.whole):
                taken = await self._try_all(attached, login)
                while taken is None:
                    await asyncio.sleep(PAUSE_SECONDS)
                    if guest.reader.at_eof():
                        raise EOFError("the guest is gone")
                    taken = await self._try_all(attached, login)
            stack.callback(_drop, taken[0].writer)
            yield taken

    async def _try_all(self, attached: Attached, login: Pdu) -> tuple[Ends, Pdu] | None:
        lun = attached.lun
        for port in sorted(lun.ports, key=lambda port: port != self._good.get(lun.uid)):
            try:
                renamed = _renamed(login, attached.initiator, port.iqn)
                taken = await _log_in(port, renamed, self._patience.login)
            except (OSError, EOFError, ValueError) as error:
                self._good.pop(lun.uid, None)
                why = str(error) or type(error).__name__
                if self._refusals.get((lun.uid, port)) != why:
                    self._refusals[lun.uid, port] = why
                    log.info("relay.refused", lun=lun.name, port=port.address, why=why)
                continue
            self._good[lun.uid] = port
            self._refusals.pop((lun.uid, port), None)
            log.info("relay.session", lun=lun.name, sp=port.sp, port=port.address)
            return taken
        return None


async def _log_in(port: ArrayPort, login: Pdu, seconds: float) -> tuple[Ends, Pdu]:
    """Raises OSError (a timeout too), EOFError, ``ValueError`` if the port does not take it."""
    async with asyncio.timeout(seconds):
        array = Ends(*await asyncio.open_connection(port.address, ISCSI_PORT, limit=_CHUNK))
    try:
        array.writer.write(login.packed())
        async with asyncio.timeout(seconds):
            answer = await _read(array.reader, _LOGIN_RESPONSE)
        if answer.header[_STATUS_CLASS]:
            raise ValueError(f"login status {answer.header[_STATUS_CLASS:][:2].hex()}")
    except BaseException:
        array.writer.close()
        raise
    return array, answer


def _drop(writer: asyncio.StreamWriter) -> None:
    """End a connection to the array, and send nothing more of what is still held for it: its guest may be
    dead, and run elsewhere by then."""
    with suppress(OSError):  # reset by the array, it is closed already
        drop_unsent(writer)
    writer.transport.abort()


async def _read(reader: asyncio.StreamReader, opcode: int) -> Pdu:
    """One whole PDU of a login. Raises ``EOFError``, ``ValueError``."""
    header = await reader.readexactly(_HEADER)
    size = int.from_bytes(header[5:8], "big")
    more_header = header[4]
    if header[0] != opcode or header[1] & _CONTINUE or more_header or size > _MAX_LOGIN:
        raise ValueError("not a login as it is expected here")
    data = await reader.readexactly(size + -size % 4)
    return Pdu(header, data[:size])


def _keys(login: Pdu) -> dict[bytes, bytes]:
    """Raises ``ValueError`` for what are no keys and values."""
    items = [item.partition(b"=") for item in login.data.split(b"\0") if item]
    if not all(equals for _, equals, _ in items):
        raise ValueError("no keys and values")
    return {key: value for key, _, value in items}


def _renamed(login: Pdu, initiator: str, target: str) -> Pdu:
    keys = _keys(login) | {b"InitiatorName": initiator.encode(), b"TargetName": target.encode()}
    return Pdu(login.header, b"".join(b"%b=%b\0" % item for item in keys.items()))


class _Debt:
    """What the array owes: an answer, from the moment it was asked."""

    def __init__(self, seconds: float) -> None:
        self._loop = asyncio.get_running_loop()
        self._seconds = seconds
        self._timer: asyncio.TimerHandle | None = None
        self.overdue = self._loop.create_future()

    def asked(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._due)

    def answered(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _due(self) -> None:
        if not self.overdue.done():
            self.overdue.set_exception(TimeoutError("the array's port owes an answer"))


async def _pass_on(guest: Ends, array: Ends, silence: float) -> None:
    """Both ways, until either end closes or the array falls silent."""
    debt = _Debt(silence)
    tasks = [
        asyncio.ensure_future(_copy(guest.reader, array.writer, debt.asked)),
        asyncio.ensure_future(_copy(array.reader, guest.writer, debt.answered)),
        debt.overdue,
    ]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        debt.answered()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _copy(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, told: Callable[[], None]
) -> None:
    while data := await reader.read(_CHUNK):
        told()
        writer.write(data)
        await writer.drain()
