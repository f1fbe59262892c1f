"""MODE SENSE and MODE SELECT (SPC-4 6.9 to 6.12, 7.5; SBC-3 6.5), and EMC's trespass page 22h."""

import struct

from millpond.array.exports import BLOCK
from millpond.array.scsi.opcodes import MODE_SELECT_10, MODE_SENSE_10
from millpond.array.scsi.sense import (
    INVALID_FIELD_IN_CDB,
    INVALID_FIELD_IN_PARAMETERS,
    PARAMETER_LENGTH,
    SAVING_NOT_SUPPORTED,
    CheckCondition,
)

TRESPASS = 0x22
WRITE_PROTECT = 0x80
DPO_FUA = 0x10

PAGES = {
    0x01: bytes((0x01, 0x0A, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0)),
    0x08: bytes((0x08, 0x12, 0x04)) + bytes(17),  # WCE: SYNCHRONIZE CACHE and FUA mean something
    0x0A: bytes((0x0A, 0x0A, 0x02, 0x10, 0, 0x40, 0, 0, 0, 0, 0, 0)),  # TST 0, TAS
    0x1C: bytes((0x1C, 0x0A, 0x08)) + bytes(9),  # DEXCPT
    TRESPASS: bytes((TRESPASS, 0x02, 0x01, 0xFF)),
}


def sense(cdb: bytes, blocks: int, read_only: bool = False) -> bytes:
    """The mode parameter list; none of the values can be changed, or saved."""
    ten = cdb[0] == MODE_SENSE_10
    control, code, subpage = cdb[2] >> 6, cdb[2] & 0x3F, cdb[3]
    if control == 3:
        raise CheckCondition(SAVING_NOT_SUPPORTED)
    if (subpage and subpage != 0xFF) or (code != 0x3F and code not in PAGES):
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    chosen = sorted(PAGES) if code == 0x3F else [code]
    pages = b"".join(_changeable(PAGES[page]) if control == 1 else PAGES[page] for page in chosen)
    descriptor = b"" if cdb[1] & 0x08 else _descriptor(blocks, bool(ten and cdb[1] & 0x10))
    device = DPO_FUA | (WRITE_PROTECT if read_only else 0)
    if ten:
        long = 1 if len(descriptor) == 16 else 0
        length = 6 + len(descriptor) + len(pages)
        return struct.pack(">HxBBxH", length, device, long, len(descriptor)) + descriptor + pages
    return (
        struct.pack(">BxBB", 3 + len(descriptor) + len(pages), device, len(descriptor))
        + descriptor
        + pages
    )


def _changeable(page: bytes) -> bytes:
    return page[:2] + bytes(len(page) - 2)


def _descriptor(blocks: int, long: bool) -> bytes:
    """SBC-3 6.5.2."""
    if long:
        return struct.pack(">Q4xI", blocks, BLOCK)
    return struct.pack(">II", min(blocks, 0xFFFFFFFF), BLOCK)


def trespass_asked(cdb: bytes, data: bytes) -> bool:
    """Whether MODE SELECT's ``data`` ask for the LUN to move to the SP that got the command: a page 22h with
    trespass code 1 (bit 7: honour reservations) for SP FFh or FFFFh. Raises CheckCondition for anything
    that would change another page."""
    if not cdb[1] & 0x10 or cdb[1] & 0x01:  # PF; SP: nothing can be saved
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    if not data:
        return False
    header = 8 if cdb[0] == MODE_SELECT_10 else 4
    if len(data) < header:
        raise CheckCondition(PARAMETER_LENGTH)
    skip = struct.unpack_from(">H", data, 6)[0] if header == 8 else data[3]
    rest = data[header + skip :]
    asked = False
    while rest:
        if len(rest) < 2 or len(rest) < 2 + rest[1]:
            raise CheckCondition(PARAMETER_LENGTH)
        page, rest = rest[: 2 + rest[1]], rest[2 + rest[1] :]
        if page[0] & 0x3F == TRESPASS:
            _check_trespass(page)
            asked = True
        elif PAGES.get(page[0] & 0x3F) != bytes((page[0] & 0x3F, *page[1:])):
            raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
    return asked


def _check_trespass(page: bytes) -> None:
    if len(page) < 4 or page[2] & 0x7F != 1 or page[3] != 0xFF:
        raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
