"""READ CAPACITY, GET LBA STATUS, REPORT LUNS and REPORT SUPPORTED OPERATION CODES: short answers."""

import struct
from collections.abc import Iterable

from millpond.array.exports import BLOCK
from millpond.array.scsi.opcodes import USAGE, WITH_ACTIONS
from millpond.array.scsi.sense import INVALID_FIELD_IN_CDB, CheckCondition


def capacity_10(cdb: bytes, blocks: int) -> bytes:
    """SBC-3 5.15."""
    if not cdb[8] & 1 and any(cdb[2:6]):
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    return struct.pack(">II", min(blocks - 1, 0xFFFFFFFF), BLOCK)


def capacity_16(blocks: int, thin: bool) -> bytes:
    """SBC-3 5.16: eight logical blocks per physical block; LBPME and LBPRZ for thin LUNs."""
    return struct.pack(">QIBBH16x", blocks - 1, BLOCK, 0, 3, 0xC000 if thin else 0)


def lba_status(runs: Iterable[tuple[int, int, bool]]) -> bytes:
    """SBC-3 5.4: (LBA, blocks, mapped) each; deallocated is provisioning status 1."""
    listed = b"".join(
        struct.pack(">QIB3x", lba, count, 0 if mapped else 1) for lba, count, mapped in runs
    )
    return struct.pack(">I4x", len(listed) + 4) + listed


def report_luns(cdb: bytes, hlus: Iterable[int]) -> bytes:
    """SPC-4 6.33. There are no well known logical units."""
    if cdb[2] > 2 or int.from_bytes(cdb[6:10], "big") < 16:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    listed = b"" if cdb[2] == 1 else b"".join(lun_field(hlu) for hlu in sorted(hlus))
    return struct.pack(">I4x", len(listed)) + listed


def lun_field(hlu: int) -> bytes:
    """Eight bytes (SAM-5 4.7.7): peripheral addressing up to 255, flat space above."""
    return struct.pack(">H6x", hlu if hlu < 256 else 0x4000 | hlu)


def hlu_of(field: bytes) -> int:
    """Back from ``lun_field``; -1 for what is no single level LUN."""
    first: int = struct.unpack_from(">H", field)[0]
    if any(field[2:8]) or first >> 14 > 1:
        return -1
    return first & 0x3FFF if first >> 14 else first if first < 256 else -1


def supported_operations(cdb: bytes) -> bytes:
    """SPC-4 6.35."""
    timeouts, options = cdb[2] & 0x80, cdb[2] & 0x07
    if not options:
        listed = b"".join(_entry(code, action, timeouts) for code, action in sorted(USAGE, key=str))
        return struct.pack(">I", len(listed)) + listed
    code, action = cdb[3], int.from_bytes(cdb[4:6], "big")
    if options > 3 or (options < 3 and (options == 2) != (code in WITH_ACTIONS)):
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    usage = USAGE.get((code, action if code in WITH_ACTIONS else None))
    if usage is None:
        return struct.pack(">xBH", 0x01, 0)
    timed = 0x80 if timeouts else 0
    return struct.pack(">xBH", timed | 0x03, len(usage)) + usage + (_TIMEOUTS if timeouts else b"")


_TIMEOUTS = struct.pack(">H10x", 10)
"""A timeouts descriptor that promises nothing (SPC-4 6.35.4)."""


def _entry(code: int, action: int | None, timeouts: int) -> bytes:
    flags = (0x02 if timeouts else 0) | (0x01 if action is not None else 0)
    length = len(USAGE[code, action])
    entry = struct.pack(">BxHxBH", code, action or 0, flags, length)
    return entry + (_TIMEOUTS if timeouts else b"")


def supported_task_management() -> bytes:
    """SPC-4 6.36: ABORT TASK, ABORT TASK SET, CLEAR TASK SET, LOGICAL UNIT RESET."""
    return bytes((0xD8, 0, 0, 0))
