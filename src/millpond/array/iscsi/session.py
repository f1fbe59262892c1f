"""The full feature phase (RFC 7143 4.2 and 11): commands in, answers out."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from time import monotonic_ns

from millpond.array import commands
from millpond.array.engine.file import Buffer
from millpond.array.iscsi import management, pdu
from millpond.array.iscsi.connection import Connection
from millpond.array.iscsi.negotiation import Settings
from millpond.array.iscsi.transfer import Transfer, WrongData
from millpond.array.iscsi.window import Window
from millpond.array.processor import Login
from millpond.array.scsi import opcodes as op
from millpond.array.scsi.blocks import Access, Kind
from millpond.array.scsi.capacity import hlu_of
from millpond.array.scsi.sense import (
    CHECK_CONDITION,
    DATA_PHASE_ERROR,
    INVALID_FIELD_IN_CDB,
    LUN_NOT_SUPPORTED,
    RESERVATION_CONFLICT,
    TARGET_FAILURE,
    TASK_ABORTED,
    CheckCondition,
    ReservationConflict,
    Sense,
    fixed,
)
from millpond.array.unit import Path, Reply, Task

READS, WRITES = 0x40, 0x20
OVERFLOW, UNDERFLOW, WITH_STATUS = 0x04, 0x02, 0x01
CHANGING = frozenset(
    (op.PERSISTENT_RESERVE_OUT, op.MAINTENANCE_OUT, op.MODE_SELECT_6, op.MODE_SELECT_10)
)
"""They change what both SPs share, one after the other: nobody waits for them, or two that end each other's
commands through different SPs would wait for one another."""


@dataclass(eq=False)
class Running:
    """A command from its PDU to its answer. ``needs``: bytes that its CDB says it is sent; ``parked``: it
    has them, and may not begin yet; ``waiting`` is for what. ``braked``: the brake has had its say."""

    command: pdu.Command
    path: Path | None
    access: Access | None
    needs: int
    transfer: Transfer | None = None
    task: Task | None = None
    parked: bool = False
    waiting: asyncio.Future[None] | None = None
    braked: bool = False
    begun: int = field(default_factory=monotonic_ns)


class Session:
    """``login`` is None in a discovery session. ``targets`` gives the text keys that SendTargets asks for."""

    def __init__(
        self,
        connection: Connection,
        settings: Settings,
        login: Login | None,
        window: Window,
        targets: Callable[[str], list[tuple[str, str]]],
    ) -> None:
        self.connection = connection
        self.settings = settings
        self.login = login
        self.window = window
        self.targets = targets
        self.running: dict[int, Running] = {}
        self.ended: Callable[[], None] = lambda: None
        self._early: dict[int, tuple[bytes, bytes]] = {}
        self._work: set[asyncio.Future[None]] = set()
        self.text = b""
        self.watching: asyncio.Future[None] | None = None

    # -- PDUs in

    def received(self, header: bytes, data: memoryview) -> None:
        """The shared state is looked at before every PDU: also before the last data of a write."""
        if self.login is not None and self.login.processor.stale:
            self.connection.hold()
            self.start(self._refreshed(header, bytes(data)))
            return
        self._handle(header, data)

    async def _refreshed(self, header: bytes, data: bytes) -> None:
        assert self.login is not None
        try:
            await self.login.processor.refresh()
            self._handle(header, memoryview(data))
        except OSError:
            self.connection.abort()
        finally:
            self.connection.release()

    def _handle(self, header: bytes, data: memoryview) -> None:
        opcode = header[0] & 0x3F
        if opcode == pdu.DATA_OUT:
            self._data(header, data)
        elif opcode not in _HANDLERS or (self.login is None and opcode == pdu.COMMAND):
            self.reject(header, pdu.SNACK_REJECT if opcode == pdu.SNACK else pdu.PROTOCOL_ERROR)
        elif header[0] & pdu.IMMEDIATE:
            _HANDLERS[opcode](self, header, data)
        else:
            self._numbered(header, data)

    def _numbered(self, header: bytes, data: memoryview) -> None:
        """In the order of CmdSN; what lies outside of the window is ignored (4.2.2.1)."""
        place = self.window.place(int.from_bytes(header[24:28], "big"))
        if place > 0:
            self._early[int.from_bytes(header[24:28], "big")] = header, bytes(data)
        if place:
            return
        self.window.advance(len(self.running))
        _HANDLERS[header[0] & 0x3F](self, header, data)
        while self._early and (early := self._early.pop(self.window.expected, None)):
            self.window.advance(len(self.running))
            _HANDLERS[early[0][0] & 0x3F](self, early[0], memoryview(early[1]))

    def reject(self, header: bytes, reason: int) -> None:
        answer = pdu.plain(
            pdu.REJECT,
            0,
            pdu.NO_TAG,
            self.window.sequences(),
            answer=reason,
            length=len(header),
        )
        self.connection.send(answer, header)

    def lost(self) -> None:
        """The connection is gone, and with it the session: what has not begun is given up."""
        for running in list(self.running.values()):
            self.drop(running)
        if self.watching is not None:
            self.watching.cancel()
        self.ended()

    def start(self, work: Coroutine[None, None, None]) -> None:
        future = asyncio.ensure_future(work)
        self._work.add(future)
        future.add_done_callback(self._work.discard)

    async def finished(self) -> None:
        """Return when nothing of this session is under way any more."""
        while self._work:
            await asyncio.wait(self._work)

    # -- commands

    def command(self, header: bytes, data: memoryview) -> None:
        asked = pdu.Command.of(header)
        running = Running(asked, None, None, 0)
        login = self.login
        assert login is not None
        try:
            running.path, running.access, running.needs = commands.begin(
                login, hlu_of(asked.lun), asked.cdb
            )
            sent = min(running.needs, asked.expected) if asked.flags & WRITES else 0
            self._check_amount(running, sent)
        except (CheckCondition, ReservationConflict) as error:
            self._answer(running, _failed(error))
            return
        if len(data) >= sent and asked.flags & pdu.FINAL:
            self._run(running, data[:sent])
        else:
            self._collect(running, sent, data)

    def _check_amount(self, running: Running, sent: int) -> None:
        """A write of which the initiator sends less than the CDB says is cut to whole blocks; for what else
        is sent with data, the amount has to be right. A tag must not be in use."""
        access = running.access
        if running.command.tag in self.running:
            raise CheckCondition(INVALID_FIELD_IN_CDB)
        if access is None:
            return
        means = running.command.expected if running.command.flags & WRITES else 0
        if access.kind in (Kind.WRITE, Kind.WRITE_VERIFY):
            if sent < access.data_out:
                blocks = sent * access.blocks // access.data_out
                running.access = access._replace(blocks=blocks, data_out=sent)
        elif access.kind is not Kind.READ and means != access.data_out:
            raise CheckCondition(INVALID_FIELD_IN_CDB)

    def _collect(self, running: Running, sent: int, data: memoryview) -> None:
        command = running.command
        running.transfer = Transfer(command, sent, data, self.settings, command.tag)
        self.running[command.tag] = running
        self._register(running, lambda: self._called_off(running))
        self._go_on(running)

    def _register(self, running: Running, abort: Callable[[], None]) -> None:
        if running.path is not None and running.command.cdb[0] not in CHANGING:
            running.task = Task(running.path.nexus, running.command.tag, abort)
            running.path.unit.tasks.add(running.task)

    def _data(self, header: bytes, data: memoryview) -> None:
        """A Data-Out; for a command that has ended already it means nothing."""
        running = self.running.get(int.from_bytes(header[16:20], "big"))
        if running is None or running.transfer is None:
            return
        try:
            if running.transfer.take(header, data):
                self._go_on(running)
        except WrongData:
            self._end(running)
            self._answer(running, _sensed(DATA_PHASE_ERROR))

    def _go_on(self, running: Running) -> None:
        transfer = running.transfer
        assert transfer is not None
        if transfer.complete:
            running.transfer = None
            self._run_collected(running, transfer.data)
        elif not transfer.unsolicited:
            self.connection.send(transfer.ask(self.window.sequences(counts=False)))

    def _run_collected(self, running: Running, data: Buffer) -> None:
        """Somebody may have reserved the LUN, or taken it from the host, while the data came or the command
        waited."""
        login, path = self.login, running.path
        assert login is not None
        try:
            if path is not None:
                if login.paths.get(path.hlu) is not path:
                    raise CheckCondition(LUN_NOT_SUPPORTED)
                commands.permitted(login, path, running.command.cdb[0])
        except (CheckCondition, ReservationConflict) as error:
            self._end(running)
            self._answer(running, _failed(error))
            return
        self._run(running, data)

    def _run(self, running: Running, data: Buffer) -> None:
        asked = running.command
        assert self.login is not None
        if self.login.processor.held and commands.changes_data(running.access, asked.cdb[0]):
            self._park(running, bytes(data), self.login.processor.free())
            return
        pause = self._pause(running)
        if pause > 0:
            self._park(running, bytes(data), self._turn(pause))
            return
        try:
            doing = commands.carry_out(
                self.login, hlu_of(asked.lun), running.path, running.access, asked.cdb, data
            )
        except CheckCondition as error:
            doing = _failed(error)
        if isinstance(doing, Reply):
            if running.task is not None:
                self._end(running)
            self._answer(running, doing)
            return
        self.running[asked.tag] = running
        if running.task is None:
            self._register(running, lambda: None)
        if running.task is not None:
            running.task.abort = None
        self.start(self._finish(running, doing))

    def _pause(self, running: Running) -> float:
        """Seconds that the LUN's brake makes it wait; asked once."""
        if running.braked or running.path is None or running.access is None:
            return 0.0
        running.braked, brake = True, running.path.unit.brake
        return brake.pause(running.access) if brake is not None else 0.0

    async def _turn(self, pause: float) -> None:
        """Return when the pause is over; what was changed meanwhile is known then."""
        assert self.login is not None
        await asyncio.sleep(pause)
        if self.login.processor.stale:
            await self.login.processor.refresh()

    def _park(self, running: Running, data: bytes, until: Awaitable[None]) -> None:
        """Until writes are no longer held, or its pause is over. Whoever holds writes does not wait for it, and
        it may be given up: it has not begun."""
        running.parked = True
        running.waiting = asyncio.ensure_future(until)
        self.running[running.command.tag] = running
        if running.task is None:
            self._register(running, lambda: self._called_off(running))
        self.start(self._run_later(running, running.waiting, data))

    async def _run_later(
        self, running: Running, waiting: asyncio.Future[None], data: bytes
    ) -> None:
        await asyncio.wait([waiting])
        if not waiting.cancelled() and waiting.exception():
            self.connection.abort()
        elif running.parked:
            running.parked = False
            self._run_collected(running, data)

    async def _finish(self, running: Running, doing: Coroutine[None, None, Reply]) -> None:
        try:
            reply = await doing
        except (CheckCondition, ReservationConflict) as error:
            reply = _failed(error)
        except Exception as error:
            reply = _sensed(TARGET_FAILURE)
            asyncio.get_running_loop().call_exception_handler(
                {"message": f"command {running.command.cdb.hex()} failed", "exception": error}
            )
        self._end(running)
        self._answer(running, reply)

    def _called_off(self, running: Running) -> None:
        """Another initiator ended the command: TAS is 1 in the control mode page (SAM-5 5.6)."""
        self.drop(running)
        self._answer(running, Reply(TASK_ABORTED))

    def drop(self, running: Running) -> None:
        """Give up a command that waits for data, or is parked. One that is being carried out goes on."""
        if running.transfer is not None or running.parked:
            running.transfer, running.parked = None, False
            if running.waiting is not None:
                running.waiting.cancel()
            self._end(running)

    def _end(self, running: Running) -> None:
        self.running.pop(running.command.tag, None)
        self.window.widen(len(self.running))
        if running.task is not None and running.path is not None:
            running.path.unit.tasks.discard(running.task)
            running.task.end()

    # -- answers out

    def _answer(self, running: Running, reply: Reply) -> None:
        asked = running.command
        if running.access is not None and running.path is not None and not reply.status:
            running.path.ended(running.access, running.begun)
        if reply.data and asked.flags & READS and asked.expected and not reply.status:
            self._send_data(asked, reply.data)
            return
        moved = running.needs if asked.flags & WRITES or running.needs else len(reply.data)
        if reply.status and not asked.flags & WRITES:
            moved = 0
        flags, residual = _residual(moved, asked.expected)
        sense = b""
        if reply.sense is not None:
            data = fixed(reply.sense)
            sense = len(data).to_bytes(2, "big") + data
        sequences = self.window.sequences()
        header = pdu.response(flags, reply.status, len(sense), asked.tag, sequences, residual)
        self.connection.send(header, sense)

    def _send_data(self, asked: pdu.Command, data: Buffer) -> None:
        """Data-Ins, the last of them with the status (11.7.3)."""
        total = min(len(data), asked.expected)
        status, residual = _residual(len(data), asked.expected)
        view = memoryview(data)
        offset = number = burst = 0
        while True:
            length = min(total - offset, self.settings.max_send, self.settings.max_burst - burst)
            burst += length
            last = offset + length == total
            flags = status | WITH_STATUS | pdu.FINAL if last else 0
            if burst == self.settings.max_burst:
                flags |= pdu.FINAL
                burst = 0
            header = pdu.data_in(
                flags,
                0,
                length,
                asked.tag,
                self.window.sequences(counts=last),
                number,
                offset,
                residual if last else 0,
            )
            self.connection.send(header, view[offset : offset + length])
            offset, number = offset + length, number + 1
            if last:
                return


def _residual(moved: int, expected: int) -> tuple[int, int]:
    if moved > expected:
        return OVERFLOW, moved - expected
    return (UNDERFLOW, expected - moved) if moved < expected else (0, 0)


def _failed(error: CheckCondition | ReservationConflict) -> Reply:
    if isinstance(error, CheckCondition):
        return _sensed(error.sense)
    return Reply(RESERVATION_CONFLICT)


def _sensed(sense: Sense) -> Reply:
    return Reply(CHECK_CONDITION, sense=sense)


_HANDLERS: dict[int, Callable[[Session, bytes, memoryview], None]] = {
    pdu.COMMAND: Session.command,
    pdu.NOP_OUT: management.nop,
    pdu.TEXT_REQUEST: management.text,
    pdu.TASK_REQUEST: management.task,
    pdu.LOGOUT_REQUEST: management.logout,
}
