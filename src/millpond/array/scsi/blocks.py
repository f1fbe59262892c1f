"""Commands on logical blocks (SBC-3 clause 5): from CDB to what is to be done."""

import struct
from enum import Enum, auto
from typing import NamedTuple

from millpond.array.exports import BLOCK
from millpond.array.scsi import opcodes as op
from millpond.array.scsi.sense import (
    INVALID_FIELD_IN_CDB,
    INVALID_FIELD_IN_PARAMETERS,
    LBA_OUT_OF_RANGE,
    PARAMETER_LENGTH,
    CheckCondition,
)

MAX_TRANSFER = 65536
"""Blocks of one read or write: MAXIMUM TRANSFER LENGTH (SBC-3 6.6.4), 32 MiB."""
MAX_COMPARE = 255
MAX_SAME = 1 << 22
"""Blocks of one WRITE SAME: 2 GiB."""
MAX_UNMAP = 1 << 20
MAX_EXTENTS = 256


class Kind(Enum):
    READ = auto()
    WRITE = auto()
    WRITE_VERIFY = auto()
    VERIFY = auto()
    SAME = auto()
    COMPARE = auto()
    SYNCHRONIZE = auto()
    PREFETCH = auto()


WRITING = frozenset((Kind.WRITE, Kind.WRITE_VERIFY, Kind.SAME, Kind.COMPARE))
"""Accesses that change the LUN's data, as UNMAP does."""


class Access(NamedTuple):
    """``data_out``: bytes the initiator is to send. ``force``: FUA, or what follows a write is on stable
    storage. ``unmap``: WRITE SAME may return the space. ``one``: a single block of data stands for all."""

    kind: Kind
    lba: int
    blocks: int
    data_out: int = 0
    force: bool = False
    unmap: bool = False
    one: bool = False


_KINDS = {
    op.READ_6: Kind.READ,
    op.READ_10: Kind.READ,
    op.READ_12: Kind.READ,
    op.READ_16: Kind.READ,
    op.WRITE_6: Kind.WRITE,
    op.WRITE_10: Kind.WRITE,
    op.WRITE_12: Kind.WRITE,
    op.WRITE_16: Kind.WRITE,
    op.WRITE_VERIFY_10: Kind.WRITE_VERIFY,
    op.WRITE_VERIFY_12: Kind.WRITE_VERIFY,
    op.WRITE_VERIFY_16: Kind.WRITE_VERIFY,
    op.VERIFY_10: Kind.VERIFY,
    op.VERIFY_12: Kind.VERIFY,
    op.VERIFY_16: Kind.VERIFY,
    op.WRITE_SAME_10: Kind.SAME,
    op.WRITE_SAME_16: Kind.SAME,
    op.COMPARE_AND_WRITE: Kind.COMPARE,
    op.SYNCHRONIZE_CACHE_10: Kind.SYNCHRONIZE,
    op.SYNCHRONIZE_CACHE_16: Kind.SYNCHRONIZE,
    op.PREFETCH_10: Kind.PREFETCH,
    op.PREFETCH_16: Kind.PREFETCH,
}
ACCESSES = frozenset(_KINDS)
WRITES = frozenset((op.UNMAP, *(code for code, kind in _KINDS.items() if kind in WRITING)))
"""Operation codes of what changes the LUN's data."""

_TEN = struct.Struct(">xBIxH")
_TWELVE = struct.Struct(">xBII")
_SIXTEEN = struct.Struct(">xBQI")


def access(cdb: bytes, blocks: int) -> Access:
    """What ``cdb``, whose operation code is in ``ACCESSES``, asks of a LUN of ``blocks`` blocks. Raises
    CheckCondition for what is reserved, not supported or outside of the LUN."""
    code = cdb[0]
    kind = _KINDS[code]
    flags = 0
    if code < 0x20:
        lba, count = int.from_bytes(cdb[1:4], "big") & 0x1FFFFF, cdb[4] or 256
    elif code < 0x80:
        flags, lba, count = _TEN.unpack_from(cdb)
    elif code >= 0xA0:
        flags, lba, count = _TWELVE.unpack_from(cdb)
    else:
        flags, lba, count = _SIXTEEN.unpack_from(cdb)
    if flags & 0xE0:  # protection information: there is none
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    if kind is Kind.COMPARE:
        count = cdb[13]
    if lba + count > blocks:
        raise CheckCondition(LBA_OUT_OF_RANGE)
    return _SHAPES[kind](kind, lba, count, flags, blocks)


def _plain(kind: Kind, lba: int, count: int, flags: int, _blocks: int) -> Access:
    if count > MAX_TRANSFER:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    data_out = count * BLOCK if kind is Kind.WRITE else 0
    return Access(kind, lba, count, data_out, bool(flags & 0x08))


def _compare(kind: Kind, lba: int, count: int, flags: int, _blocks: int) -> Access:
    """COMPARE AND WRITE (SBC-3 5.2): the data are those to compare with, then those to write."""
    return Access(kind, lba, count, 2 * count * BLOCK, bool(flags & 0x08))


def _verified(kind: Kind, lba: int, count: int, flags: int, _blocks: int) -> Access:
    """VERIFY and WRITE AND VERIFY (SBC-3 5.30, 5.43). BYTCHK 11b: one block is compared with all."""
    check = flags >> 1 & 3
    if check == 2 or count > MAX_TRANSFER or (kind is Kind.WRITE_VERIFY and check == 3):
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    sent = 1 if check == 3 else count
    if kind is Kind.VERIFY and not check:
        sent = 0
    return Access(kind, lba, count, sent * BLOCK if count else 0, False, False, check == 3)


def _same(kind: Kind, lba: int, count: int, flags: int, blocks: int) -> Access:
    """WRITE SAME (SBC-3 5.46, 5.47): no blocks means all up to the end."""
    count = count or blocks - lba
    if flags & 0x16 or count > MAX_SAME:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    no_data = bool(flags & 0x01)
    return Access(kind, lba, count, 0 if no_data else BLOCK, False, bool(flags & 0x08), True)


def _ranged(kind: Kind, lba: int, count: int, _flags: int, blocks: int) -> Access:
    """SYNCHRONIZE CACHE and PRE-FETCH: no blocks means all up to the end."""
    return Access(kind, lba, count or blocks - lba)


_SHAPES = {
    Kind.READ: _plain,
    Kind.WRITE: _plain,
    Kind.WRITE_VERIFY: _verified,
    Kind.VERIFY: _verified,
    Kind.SAME: _same,
    Kind.COMPARE: _compare,
    Kind.SYNCHRONIZE: _ranged,
    Kind.PREFETCH: _ranged,
}


def extents(data: bytes, blocks: int) -> list[tuple[int, int]]:
    """UNMAP's parameter list (SBC-3 5.28.2): (LBA, blocks) each."""
    if not data:
        return []
    if len(data) < 8:
        raise CheckCondition(PARAMETER_LENGTH)
    (length,) = struct.unpack_from(">H", data, 2)
    listed = data[8 : 8 + (length & ~15)]
    whole = len(listed) & ~15
    found = [entry for entry in struct.iter_unpack(">QI4x", listed[:whole]) if entry[1]]
    if len(found) > MAX_EXTENTS or sum(count for _, count in found) > MAX_UNMAP:
        raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
    if any(lba + count > blocks for lba, count in found):
        raise CheckCondition(LBA_OUT_OF_RANGE)
    return found
