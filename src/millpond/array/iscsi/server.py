"""A port of an SP: connections become sessions."""

import asyncio
import itertools

from millpond.array.exports import ISCSI
from millpond.array.iscsi import management
from millpond.array.iscsi.connection import Connection
from millpond.array.iscsi.login import LoginPhase
from millpond.array.iscsi.negotiation import NOT_FOUND, UNAVAILABLE, LoginRefused
from millpond.array.iscsi.session import Session
from millpond.array.iscsi.window import Window
from millpond.array.processor import Processor

IDLE = 15.0
"""Seconds without a byte from an initiator after which it is asked whether it is there, and as many again
after which its session is ended."""


class Port:
    """Port ``number`` of the SP."""

    def __init__(self, processor: Processor, number: int) -> None:
        self._processor = processor
        self.number = number
        self._target = processor.target_name(processor.sp, number)
        self._sessions: dict[tuple[str, str], Session] = {}
        self._tsih = itertools.count(1)

    async def listen(self, host: str, tcp_port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(self.connection, host, tcp_port, backlog=128)

    def connection(self) -> Connection:
        """What serves one that has just been made."""
        masking = self._processor.masking
        return Connection(
            lambda connection: LoginPhase(connection, self._target, masking.chap, self._enter)
        )

    async def _enter(self, phase: LoginPhase) -> int:
        """A login that names a session that there is already replaces it (RFC 7143 6.3.5): nothing of the old
        one is under way when the new one begins."""
        settings, processor, isid = phase.settings, self._processor, phase.isid.hex()
        window = Window(phase.next_command, phase.next_status + 1 & 0xFFFFFFFF)
        login = None
        if processor.masking.down(settings.initiator, processor.sp, self.number):
            raise LoginRefused(UNAVAILABLE)
        if not settings.discovery:
            key = settings.initiator, isid
            while old := self._sessions.get(key):
                old.connection.abort()
                old.lost()
                await old.finished()
            try:
                if processor.stale:
                    await processor.refresh()
                login = processor.login(settings.initiator, isid, self.number)
            except OSError:
                raise LoginRefused(NOT_FOUND) from None
        session = Session(phase.connection, settings, login, window, self._targets)
        if login is not None:
            self._sessions[key] = session
            session.ended = lambda: self._ended(session, key)
        phase.connection.handler = session
        session.watching = asyncio.ensure_future(_watch(session))
        return next(self._tsih) & 0xFFFF or next(self._tsih) & 0xFFFF

    def end_down(self) -> None:
        """End the sessions that there is no path for."""
        masking, sp = self._processor.masking, self._processor.sp
        for (initiator, _), session in list(self._sessions.items()):
            if masking.down(initiator, sp, self.number):
                session.connection.abort()

    def _ended(self, session: Session, key: tuple[str, str]) -> None:
        if self._sessions.get(key) is session:
            del self._sessions[key]
        if session.login is not None:
            self._processor.logout(session.login)

    def _targets(self, asked: str) -> list[tuple[str, str]]:
        """SendTargets (RFC 7143 appendix C): all ports of both SPs, or one."""
        found = []
        for sp, ports in self._processor.masking.ports().items():
            for number, host in ports.items():
                name = self._processor.target_name(sp, number)
                if asked in ("All", name) or (not asked and name == self._target):
                    found += [("TargetName", name), ("TargetAddress", f"{host}:{ISCSI},1")]
        return found


async def _watch(session: Session) -> None:
    """End the session of an initiator that is gone without a word."""
    connection = session.connection
    asked = False
    seen = -1
    while True:
        if connection.received_bytes != seen:
            asked, seen = False, connection.received_bytes
        elif asked:
            connection.abort()
            return
        else:
            management.ping(session)
            asked = True
        await asyncio.sleep(IDLE)
