"""INQUIRY, as a CLARiiON answers it (SPC-4 6.6 and 7.8, SBC-3 6.6; page C0h is EMC's own)."""

import struct
from dataclasses import dataclass

from millpond.array.exports import ArrayIdentity, ExportedLun, SpName
from millpond.array.scsi.blocks import (
    MAX_COMPARE,
    MAX_EXTENTS,
    MAX_SAME,
    MAX_TRANSFER,
    MAX_UNMAP,
)
from millpond.array.scsi.nexus import GROUPS
from millpond.array.scsi.sense import INVALID_FIELD_IN_CDB, CheckCondition

VENDOR = b"DGC     "
REVISION = b"0533"
MODEL = b"VNX5800"
NO_DEVICE = 0x7F
"""Peripheral qualifier 011b, type 1Fh: there can be nothing at this LUN."""
NOT_CONNECTED = 0x20
"""Qualifier 001b: LUN 0, where it is not mapped (the CLARiiON's LUNZ)."""
# SAM-5, SPC-4, SBC-3 and iSCSI, no version claimed (SPC-4 annex D.4).
STANDARDS = struct.pack(">4H", 0x00A0, 0x0460, 0x04C0, 0x0960)


@dataclass(frozen=True)
class Asked:
    """Through which port one asks, and what the LUN's state is."""

    array: ArrayIdentity
    target: str
    sp: SpName
    port: int
    relative_port: int
    failover_mode: int
    owner: SpName = "A"


def standard(asked: Asked, lun: ExportedLun | None, hlu: int) -> bytes:
    """Standard INQUIRY data. Behind the first 96 bytes EMC puts the array's serial number and the SP's
    model, their lengths in bytes 160 and 99, where Linux' EMC device handler looks for them."""
    qualifier = 0 if lun else NOT_CONNECTED if hlu == 0 else NO_DEVICE
    tpgs = 0x30 if asked.failover_mode == 4 else 0
    serial = asked.array.serial.encode("ascii")
    product = b"VRAID" if lun else b"LUNZ"
    data = bytearray(161) + serial + MODEL
    struct.pack_into(
        ">BBBBBBBB8s16s4s",
        data,
        0,
        qualifier,
        0,
        6,
        0x12,
        len(data) - 5,
        tpgs,
        0x10,
        0x02,
        VENDOR,
        product.ljust(16),
        REVISION,
    )
    data[58 : 58 + len(STANDARDS)] = STANDARDS
    data[99], data[160] = len(MODEL), len(serial)
    return bytes(data)


def page(code: int, asked: Asked, lun: ExportedLun) -> bytes:
    """A vital product data page."""
    if code not in _PAGES:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    body = _PAGES[code](asked, lun)
    return struct.pack(">BBH", 0, code, len(body)) + body


def _supported(_asked: Asked, _lun: ExportedLun) -> bytes:
    return bytes(sorted(_PAGES))


def _serial(_asked: Asked, lun: ExportedLun) -> bytes:
    return lun.wwn.hex().upper().encode("ascii")


def _identification(asked: Asked, lun: ExportedLun) -> bytes:
    """SPC-4 7.8.6: the LUN by NAA and T10 vendor name, then the port by number, group and iSCSI name."""
    name = f"{asked.target},t,0x{asked.port + 1:04x}".encode() + b"\0"
    name = name.ljust((len(name) + 3) & ~3, b"\0")
    return b"".join(
        (
            _designator(0x01, 0x03, lun.wwn),
            _designator(0x02, 0x01, VENDOR + lun.wwn.hex().upper().encode("ascii")),
            _designator(0x51, 0x94, struct.pack(">2xH", asked.relative_port)),
            _designator(0x51, 0x95, struct.pack(">2xH", GROUPS[asked.sp])),
            _designator(0x53, 0x98, name),
        )
    )


def _designator(code_set: int, kind: int, value: bytes) -> bytes:
    return struct.pack(">BBxB", code_set, kind, len(value)) + value


def _limits(_asked: Asked, _lun: ExportedLun) -> bytes:
    """SBC-3 6.6.4; 4 KiB granules."""
    return struct.pack(
        ">xBHIIIIIIIQ20x",
        MAX_COMPARE,
        8,
        MAX_TRANSFER,
        2048,
        MAX_TRANSFER,
        MAX_UNMAP,
        MAX_EXTENTS,
        8,
        0x80000000,
        MAX_SAME,
    )


def _characteristics(_asked: Asked, _lun: ExportedLun) -> bytes:
    """SBC-3 6.6.2: how fast the disks behind a LUN turn is not told."""
    return bytes(60)


def _provisioning(_asked: Asked, lun: ExportedLun) -> bytes:
    """SBC-3 6.6.7: UNMAP and both WRITE SAMEs return space, and unmapped blocks read as zeros."""
    return struct.pack(">BBBx", 0, 0xE4 if lun.thin else 0, 2 if lun.thin else 0)


def _clariion(asked: Asked, lun: ExportedLun) -> bytes:
    """What dm-multipath's emc_clariion checker and prioritizer and scsi_dh_emc read (by byte of the page):
    4 owned or only bound, 5 default SP, 7 port, 8 this SP, 10 to 25 the LUN's name, 27 more of a version,
    28 failover mode, 30 arraycommpath."""
    body = bytearray(124)
    body[0] = 2 if asked.owner == asked.sp else 1
    body[1] = lun.default_sp == "B"
    body[3] = asked.port
    body[4] = asked.sp == "B"
    body[6:22] = lun.wwn
    body[23] = 3
    body[24] = 6 if asked.failover_mode == 4 else 4
    body[26] = 0x04
    return bytes(body)


_PAGES = {
    0x00: _supported,
    0x80: _serial,
    0x83: _identification,
    0xB0: _limits,
    0xB1: _characteristics,
    0xB2: _provisioning,
    0xC0: _clariion,
}
