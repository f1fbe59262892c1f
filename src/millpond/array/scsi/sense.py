"""Status and sense data (SAM-5 5.3.1, SPC-4 4.5)."""

import struct
from typing import NamedTuple

GOOD = 0x00
CHECK_CONDITION = 0x02
BUSY = 0x08
RESERVATION_CONFLICT = 0x18
TASK_ABORTED = 0x40

NOT_READY = 0x2
MEDIUM_ERROR = 0x3
ILLEGAL_REQUEST = 0x5
UNIT_ATTENTION = 0x6
ABORTED_COMMAND = 0xB
MISCOMPARE = 0xE


class Sense(NamedTuple):
    """Sense key, additional sense code and its qualifier. ``information`` is the byte offset of a
    miscompare (SBC-3 5.2)."""

    key: int
    asc: int
    ascq: int
    information: int | None = None


# SPC-4 annex D.
MANUAL_INTERVENTION = Sense(NOT_READY, 0x04, 0x03)
"""What a passive-not-ready SP answers: the LUN has to be trespassed first."""
WRITE_ERROR = Sense(MEDIUM_ERROR, 0x0C, 0x00)
READ_ERROR = Sense(MEDIUM_ERROR, 0x11, 0x00)
WRITE_PROTECTED = Sense(0x7, 0x27, 0x00)
SPACE_EXHAUSTED = Sense(0x7, 0x27, 0x07)
"""DATA PROTECT, SPACE ALLOCATION FAILED WRITE PROTECT (SBC-3 4.7.3.6): a thin LUN's pool is full."""
TARGET_FAILURE = Sense(0x4, 0x44, 0x00)
"""HARDWARE ERROR, INTERNAL TARGET FAILURE."""
UNIT_FAILURE = Sense(0x4, 0x3E, 0x01)
"""HARDWARE ERROR, LOGICAL UNIT FAILURE: too many of its disks have failed."""
PARAMETER_LENGTH = Sense(ILLEGAL_REQUEST, 0x1A, 0x00)
MISCOMPARED = Sense(MISCOMPARE, 0x1D, 0x00)
INVALID_OPCODE = Sense(ILLEGAL_REQUEST, 0x20, 0x00)
LBA_OUT_OF_RANGE = Sense(ILLEGAL_REQUEST, 0x21, 0x00)
INVALID_FIELD_IN_CDB = Sense(ILLEGAL_REQUEST, 0x24, 0x00)
LUN_NOT_SUPPORTED = Sense(ILLEGAL_REQUEST, 0x25, 0x00)
INACTIVE_SNAPSHOT = Sense(ILLEGAL_REQUEST, 0x25, 0x01)
"""The vendor's own, which Linux's handlers of CLARiiON paths know."""
INVALID_FIELD_IN_PARAMETERS = Sense(ILLEGAL_REQUEST, 0x26, 0x00)
INVALID_RELEASE = Sense(ILLEGAL_REQUEST, 0x26, 0x04)
SAVING_NOT_SUPPORTED = Sense(ILLEGAL_REQUEST, 0x39, 0x00)
DATA_PHASE_ERROR = Sense(ABORTED_COMMAND, 0x4B, 0x00)

POWER_ON = Sense(UNIT_ATTENTION, 0x29, 0x00)
RESET = Sense(UNIT_ATTENTION, 0x29, 0x03)
RESERVATIONS_PREEMPTED = Sense(UNIT_ATTENTION, 0x2A, 0x03)
RESERVATIONS_RELEASED = Sense(UNIT_ATTENTION, 0x2A, 0x04)
REGISTRATIONS_PREEMPTED = Sense(UNIT_ATTENTION, 0x2A, 0x05)
ACCESS_CHANGED = Sense(UNIT_ATTENTION, 0x2A, 0x06)
CAPACITY_CHANGED = Sense(UNIT_ATTENTION, 0x2A, 0x09)
SOFT_THRESHOLD = Sense(UNIT_ATTENTION, 0x38, 0x07)
"""THIN PROVISIONING SOFT THRESHOLD REACHED (SBC-3 4.7.3.7)."""
LUNS_CHANGED = Sense(UNIT_ATTENTION, 0x3F, 0x0E)


class CheckCondition(Exception):
    """A command ends with CHECK CONDITION."""

    def __init__(self, sense: Sense) -> None:
        super().__init__(f"sense {sense.key:x}/{sense.asc:02x}/{sense.ascq:02x}")
        self.sense = sense


class ReservationConflict(Exception):
    """A command ends with RESERVATION CONFLICT."""


def fixed(sense: Sense) -> bytes:
    """Fixed format, current error (SPC-4 4.5.3): 18 bytes, with VALID where there is information."""
    information = sense.information
    return struct.pack(
        ">BxB4sB4xBB4x",
        0x70 if information is None else 0xF0,
        sense.key,
        struct.pack(">I", information or 0),
        10,
        sense.asc,
        sense.ascq,
    )
