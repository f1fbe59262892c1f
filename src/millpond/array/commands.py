"""The device server (SAM-5 4.6): which command may be carried out now, and how."""

from collections.abc import Callable
from dataclasses import replace

from millpond.array import media
from millpond.array.engine.file import Buffer
from millpond.array.exports import BLOCK, SpName
from millpond.array.media import Doing
from millpond.array.processor import Login
from millpond.array.scsi import alua, capacity, inquiry, mode
from millpond.array.scsi import opcodes as op
from millpond.array.scsi.blocks import ACCESSES, WRITES, WRITING, Access, access, extents
from millpond.array.scsi.reservation_commands import (
    PREEMPT_AND_ABORT,
    persistent_reserve_in,
    persistent_reserve_out,
)
from millpond.array.scsi.reservations import Outcome
from millpond.array.scsi.sense import (
    GOOD,
    INACTIVE_SNAPSHOT,
    INVALID_FIELD_IN_CDB,
    INVALID_OPCODE,
    LBA_OUT_OF_RANGE,
    LUN_NOT_SUPPORTED,
    LUNS_CHANGED,
    MANUAL_INTERVENTION,
    PARAMETER_LENGTH,
    UNIT_FAILURE,
    WRITE_PROTECTED,
    CheckCondition,
    ReservationConflict,
    Sense,
    fixed,
)
from millpond.array.state.lun_state import Change, LunState
from millpond.array.state.peer import other
from millpond.array.unit import Path, Reply

# SPC-4 tables 62 and 63, SBC-3 table 13: what others' reservations do not concern, and what only reads.
FREE = frozenset(
    (
        op.TEST_UNIT_READY,
        op.REQUEST_SENSE,
        op.INQUIRY,
        op.REPORT_LUNS,
        op.PERSISTENT_RESERVE_IN,
        op.PERSISTENT_RESERVE_OUT,
        op.READ_CAPACITY_10,
        op.SERVICE_ACTION_IN_16,
        op.MAINTENANCE_IN,
    )
)
READING = frozenset(
    (
        *(op.READ_6, op.READ_10, op.READ_12, op.READ_16),
        *(op.VERIFY_10, op.VERIFY_12, op.VERIFY_16),
        *(op.PREFETCH_10, op.PREFETCH_16, op.MODE_SENSE_6, op.MODE_SENSE_10),
    )
)
MEDIA = ACCESSES | {op.UNMAP, op.START_STOP_UNIT, op.TEST_UNIT_READY}
"""What an SP that does not own the LUN refuses in failover mode 1, and both do of a clone that hosts cannot
use and where no snapshot is attached."""
ALLOCATION = {
    op.REQUEST_SENSE: slice(4, 5),
    op.INQUIRY: slice(3, 5),
    op.MODE_SENSE_6: slice(4, 5),
    op.MODE_SENSE_10: slice(7, 9),
    op.PERSISTENT_RESERVE_IN: slice(7, 9),
    op.SERVICE_ACTION_IN_16: slice(10, 14),
    op.REPORT_LUNS: slice(6, 10),
    op.MAINTENANCE_IN: slice(6, 10),
}
"""Where in the CDB the allocation length is: answers are cut to it (SPC-4 4.2.5.6)."""
PARAMETERS = {
    op.MODE_SELECT_6: slice(4, 5),
    op.MODE_SELECT_10: slice(7, 9),
    op.UNMAP: slice(7, 9),
    op.PERSISTENT_RESERVE_OUT: slice(5, 9),
    op.MAINTENANCE_OUT: slice(6, 10),
}
"""Where the parameter list length is."""
MAX_PARAMETERS = 1 << 16


def begin(login: Login, hlu: int, cdb: bytes) -> tuple[Path | None, Access | None, int]:
    """The path, the access to blocks if it is one, and how many bytes the initiator is to send. Raises
    CheckCondition or ReservationConflict for a command that ends before it begins."""
    code = cdb[0]
    path = login.paths.get(hlu)
    if path is None:
        if code in (op.INQUIRY, op.REPORT_LUNS):
            return None, None, 0
        raise CheckCondition(LUN_NOT_SUPPORTED)
    if path.attentions and code not in (op.INQUIRY, op.REPORT_LUNS, op.REQUEST_SENSE):
        raise CheckCondition(_attention(login, path))
    if code in ACCESSES:
        _check_control(cdb)
        permitted(login, path, code)
        wanted = access(cdb, path.lun.blocks)
        return path, wanted, wanted.data_out
    if code not in _HANDLERS:
        raise CheckCondition(INVALID_OPCODE)
    _check_control(cdb)
    permitted(login, path, code)
    where = PARAMETERS.get(code)
    length = int.from_bytes(cdb[where], "big") if where else 0
    if length > MAX_PARAMETERS:
        raise CheckCondition(PARAMETER_LENGTH)
    return path, None, length


def _check_control(cdb: bytes) -> None:
    """NACA is not supported (SAM-5 5.2)."""
    if cdb[_CONTROL[cdb[0] >> 5]] & 0x04:
        raise CheckCondition(INVALID_FIELD_IN_CDB)


_CONTROL = (5, 9, 9, 0, 15, 11, 0, 0)


def permitted(login: Login, path: Path, code: int) -> None:
    """Raise what a reservation, or the LUN's owner, makes of the command."""
    processor = login.processor
    held = processor.state.of(path.lun.wwn).reservations
    if held.kind and code not in FREE and held.forbids(path.nexus, writes=code not in READING):
        raise ReservationConflict
    if path.lun.faulted and code in MEDIA:
        raise CheckCondition(UNIT_FAILURE)
    if code in MEDIA and path.lun.inactive:
        raise CheckCondition(INACTIVE_SNAPSHOT)
    if code in WRITES and path.lun.read_only:
        raise CheckCondition(WRITE_PROTECTED)
    if code in MEDIA and not path.lun.usable:
        raise CheckCondition(MANUAL_INTERVENTION)
    if login.failover_mode == 1 and code in MEDIA and processor.owner(path) != processor.sp:
        raise CheckCondition(MANUAL_INTERVENTION)


def _attention(login: Login, path: Path) -> Sense:
    sense = path.attentions.popleft()
    if sense == LUNS_CHANGED:
        _luns_known(login)
    return sense


def _luns_known(login: Login) -> None:
    """That the LUNs are others is told once, through whichever of them (SPC-4 6.33)."""
    for path in login.paths.values():
        if LUNS_CHANGED in path.attentions:
            path.attentions.remove(LUNS_CHANGED)


def changes_data(wanted: Access | None, code: int) -> bool:
    """Whether the command has to wait while writes are held."""
    return code == op.UNMAP if wanted is None else wanted.kind in WRITING


def carry_out(
    login: Login, hlu: int, path: Path | None, wanted: Access | None, cdb: bytes, data: Buffer
) -> Doing:
    """Raises like ``begin``; a coroutine that it returns may raise that, too."""
    if path is None:
        return _cut(cdb, _without_lun(login, hlu, cdb))
    if wanted is not None:
        return media.carry_out(path.unit, wanted, data, login.processor.state.peer)
    return _HANDLERS[cdb[0]](login, path, cdb, bytes(data))


def _cut(cdb: bytes, data: bytes) -> Reply:
    where = ALLOCATION.get(cdb[0])
    return Reply(GOOD, data[: int.from_bytes(cdb[where], "big")] if where else data)


def _without_lun(login: Login, hlu: int, cdb: bytes) -> bytes:
    if cdb[0] == op.REPORT_LUNS:
        return _luns(login, cdb)
    if cdb[1] & 0x01 or cdb[2]:
        raise CheckCondition(INVALID_FIELD_IN_CDB if hlu == 0 else LUN_NOT_SUPPORTED)
    return inquiry.standard(_asked(login, None), None, hlu)


def _asked(login: Login, path: Path | None) -> inquiry.Asked:
    processor = login.processor
    return inquiry.Asked(
        processor.identity,
        login.target,
        processor.sp,
        login.port,
        login.nexus.port,
        login.failover_mode,
        processor.owner(path) if path else processor.sp,
    )


def _luns(login: Login, cdb: bytes) -> bytes:
    listed = capacity.report_luns(cdb, login.paths)
    _luns_known(login)
    return listed


def _inquiry(login: Login, path: Path, cdb: bytes, _data: bytes) -> Reply:
    if cdb[1] & 0x02 or (cdb[2] and not cdb[1] & 0x01):
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    asked = _asked(login, path)
    if cdb[1] & 0x01:
        return _cut(cdb, inquiry.page(cdb[2], asked, path.lun))
    return _cut(cdb, inquiry.standard(asked, path.lun, path.hlu))


def _report_luns(login: Login, _path: Path, cdb: bytes, _data: bytes) -> Reply:
    return _cut(cdb, _luns(login, cdb))


def _ready(_login: Login, _path: Path, _cdb: bytes, _data: bytes) -> Reply:
    return Reply()


def _request_sense(login: Login, path: Path, cdb: bytes, _data: bytes) -> Reply:
    """SPC-4 6.39: a pending unit attention, or none."""
    if cdb[1] & 0x01:  # descriptor format
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    if path.attentions:
        return _cut(cdb, fixed(_attention(login, path)))
    return _cut(cdb, bytes((0x70, 0, 0, 0, 0, 0, 0, 10)) + bytes(10))


def _capacity_10(_login: Login, path: Path, cdb: bytes, _data: bytes) -> Reply:
    return _cut(cdb, capacity.capacity_10(cdb, path.lun.blocks))


def _service_action_in(_login: Login, path: Path, cdb: bytes, _data: bytes) -> Reply:
    action, lba = cdb[1] & 0x1F, int.from_bytes(cdb[2:10], "big")
    if action == op.READ_CAPACITY_16:
        return _cut(cdb, capacity.capacity_16(path.lun.blocks, path.lun.thin))
    if action != op.GET_LBA_STATUS:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    if lba >= path.lun.blocks:
        raise CheckCondition(LBA_OUT_OF_RANGE)
    runs = []
    for offset, length, mapped in path.unit.file.runs(lba * BLOCK, path.lun.blocks * BLOCK):
        runs.append((offset // BLOCK, length // BLOCK, mapped))
        if len(runs) == MAX_RUNS:
            break
    return _cut(cdb, capacity.lba_status(runs))


MAX_RUNS = 64
"""Descriptors of one GET LBA STATUS."""


def _mode_sense(_login: Login, path: Path, cdb: bytes, _data: bytes) -> Reply:
    return _cut(cdb, mode.sense(cdb, path.lun.blocks, path.lun.read_only))


async def _mode_select(login: Login, path: Path, cdb: bytes, data: bytes) -> Reply:
    if mode.trespass_asked(cdb, data):
        await _own(login, path, lambda _: login.processor.sp)
    return Reply()


def _reserve_in(login: Login, path: Path, cdb: bytes, _data: bytes) -> Reply:
    held = login.processor.state.of(path.lun.wwn).reservations
    return _cut(cdb, persistent_reserve_in(held, cdb))


async def _reserve_out(login: Login, path: Path, cdb: bytes, data: bytes) -> Reply:
    """The change is durable, and known to both SPs, before the answer; so is it that nothing which it
    aborts is under way any more."""
    processor, wwn = login.processor, path.lun.wwn
    ports = processor.all_ports()
    outcome: Outcome | None = None

    def decide(state: LunState) -> Change | None:
        nonlocal outcome
        outcome = persistent_reserve_out(state.reservations, path.nexus, cdb, data, ports)
        if outcome.state == state.reservations and not outcome.attentions:
            return None
        after = replace(state, reservations=outcome.state)
        return Change(wwn, after, outcome.attentions, path.nexus)

    await processor.state.change(wwn, decide)
    if outcome is not None and cdb[1] & 0x1F == PREEMPT_AND_ABORT:
        await processor.end_commands(wwn, outcome.aborted)
    return Reply()


def _maintenance_in(login: Login, path: Path, cdb: bytes, _data: bytes) -> Reply:
    action = cdb[1] & 0x1F
    if action == op.SUPPORTED_OPERATIONS:
        return _cut(cdb, capacity.supported_operations(cdb))
    if action == op.SUPPORTED_TASK_MANAGEMENT:
        return _cut(cdb, capacity.supported_task_management())
    if action != op.TARGET_PORT_GROUPS or login.failover_mode != 4:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    processor = login.processor
    up = {
        sp: tuple(numbers) if sp == processor.sp or processor.state.peer.alive() else ()
        for sp, numbers in processor.masking.ports().items()
    }
    owner, default = processor.owner(path), path.lun.default_sp
    return _cut(cdb, alua.report_groups(cdb, owner, default, up))


async def _maintenance_out(login: Login, path: Path, cdb: bytes, data: bytes) -> Reply:
    if cdb[1] & 0x1F != op.TARGET_PORT_GROUPS or login.failover_mode != 4:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    await _own(login, path, lambda owner: alua.owner_asked(data, owner))
    return Reply()


async def _own(login: Login, path: Path, choose: Callable[[SpName], SpName]) -> None:
    """Trespass: give the LUN to whom ``choose`` says, given who has it. A dead SP does not get it."""
    wwn, processor = path.lun.wwn, login.processor

    def decide(state: LunState) -> Change | None:
        owner = state.owner or path.lun.default_sp
        chosen = choose(owner)
        if chosen == owner:
            return None
        if chosen == other(processor.sp) and not processor.state.peer.alive():
            raise CheckCondition(INVALID_FIELD_IN_CDB)
        return Change(wwn, replace(state, owner=chosen), (), path.nexus, moved=True)

    await processor.state.change(wwn, decide)


def _unmap(_login: Login, path: Path, cdb: bytes, data: bytes) -> Doing:
    if cdb[1] & 0x01:  # ANCHOR
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    return media.unmap(path.unit, extents(data, path.lun.blocks))


_HANDLERS: dict[int, Callable[[Login, Path, bytes, bytes], Doing]] = {
    op.TEST_UNIT_READY: _ready,
    op.REQUEST_SENSE: _request_sense,
    op.INQUIRY: _inquiry,
    op.MODE_SELECT_6: _mode_select,
    op.MODE_SELECT_10: _mode_select,
    op.MODE_SENSE_6: _mode_sense,
    op.MODE_SENSE_10: _mode_sense,
    op.START_STOP_UNIT: _ready,
    op.READ_CAPACITY_10: _capacity_10,
    op.UNMAP: _unmap,
    op.PERSISTENT_RESERVE_IN: _reserve_in,
    op.PERSISTENT_RESERVE_OUT: _reserve_out,
    op.SERVICE_ACTION_IN_16: _service_action_in,
    op.REPORT_LUNS: _report_luns,
    op.MAINTENANCE_IN: _maintenance_in,
    op.MAINTENANCE_OUT: _maintenance_out,
}
