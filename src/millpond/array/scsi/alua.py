"""Asymmetric logical unit access (SPC-4 5.15, 6.37 and 6.45): each SP is a target port group."""

import struct
from collections.abc import Mapping

from millpond.array.exports import SpName
from millpond.array.scsi.nexus import GROUPS, relative_port
from millpond.array.scsi.sense import (
    INVALID_FIELD_IN_CDB,
    INVALID_FIELD_IN_PARAMETERS,
    PARAMETER_LENGTH,
    CheckCondition,
)

OPTIMIZED, NON_OPTIMIZED, STANDBY, UNAVAILABLE = range(4)
SUPPORTED = 0x8B
"""T_SUP, U_SUP, AN_SUP and AO_SUP."""


def report_groups(
    cdb: bytes, owner: SpName, default: SpName, ports: Mapping[SpName, tuple[int, ...]]
) -> bytes:
    """REPORT TARGET PORT GROUPS. ``ports``: numbers of each SP's; of one that is down, none."""
    layout = cdb[1] >> 5
    if layout > 1:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    groups = b"".join(_group(sp, owner, default, numbers) for sp, numbers in sorted(ports.items()))
    header = b"\x10\0\0\0" if layout else b""
    return struct.pack(">I", len(header) + len(groups)) + header + groups


def _group(sp: SpName, owner: SpName, default: SpName, numbers: tuple[int, ...]) -> bytes:
    state = UNAVAILABLE if not numbers else OPTIMIZED if sp == owner else NON_OPTIMIZED
    preferred = 0x80 if sp == default else 0
    ports = b"".join(struct.pack(">2xH", relative_port(sp, port)) for port in numbers)
    return (
        struct.pack(">BBHxBxB", preferred | state, SUPPORTED, GROUPS[sp], 2, len(numbers)) + ports
    )


def owner_asked(data: bytes, owner: SpName) -> SpName:
    """SET TARGET PORT GROUPS: who is to own the LUN that ``owner`` owns now."""
    if not data:
        return owner
    if len(data) < 4 or len(data) % 4:
        raise CheckCondition(PARAMETER_LENGTH)
    names = {group: sp for sp, group in GROUPS.items()}
    wanted = owner
    for state, group in struct.iter_unpack(">BxH", data[4:]):
        sp = names.get(group)
        if sp is None or state & 0x0F not in (OPTIMIZED, NON_OPTIMIZED):
            raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
        if state & 0x0F == OPTIMIZED:
            wanted = sp
        elif sp == owner and wanted == owner:
            wanted = "B" if sp == "A" else "A"
    return wanted
