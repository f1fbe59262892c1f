"""PERSISTENT RESERVE IN and OUT (SPC-4 6.13 and 6.14): parameter lists to state and back."""

import struct

from millpond.array.scsi import reservations
from millpond.array.scsi.nexus import Nexus, initiator_of, transport_id
from millpond.array.scsi.reservations import Outcome, Registering, Reservations
from millpond.array.scsi.sense import (
    INVALID_FIELD_IN_CDB,
    INVALID_FIELD_IN_PARAMETERS,
    PARAMETER_LENGTH,
    CheckCondition,
)

REGISTER, RESERVE, RELEASE, CLEAR, PREEMPT, PREEMPT_AND_ABORT = range(6)
REGISTER_AND_IGNORE = 6
REGISTER_AND_MOVE = 7

READ_KEYS, READ_RESERVATION, REPORT_CAPABILITIES, READ_FULL_STATUS = range(4)

ALL_TG_PT, SPEC_I_PT, APTPL, UNREG = 0x04, 0x08, 0x01, 0x02
MOVED_LIST = 24
"""Bytes of REGISTER AND MOVE's parameters before the TransportID."""


def persistent_reserve_out(
    state: Reservations, nexus: Nexus, cdb: bytes, data: bytes, ports: tuple[int, ...]
) -> Outcome:
    """``ports``: all of the array's target ports, for ALL_TG_PT."""
    action, kind = cdb[1] & 0x1F, cdb[2] & 0x0F
    if cdb[2] >> 4 or action > REGISTER_AND_MOVE:
        raise CheckCondition(INVALID_FIELD_IN_CDB)
    if action == REGISTER_AND_MOVE:
        return _move(state, nexus, data, ports)
    if len(data) < 24:
        raise CheckCondition(PARAMETER_LENGTH)
    key, service_key = struct.unpack_from(">QQ", data)
    flags = data[20]
    if action in (REGISTER, REGISTER_AND_IGNORE):
        asked = Registering(
            key,
            service_key,
            ports if flags & ALL_TG_PT else (),
            bool(flags & APTPL),
            _named(data) if flags & SPEC_I_PT else (),
        )
        if flags & SPEC_I_PT and action == REGISTER_AND_IGNORE:
            raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
        return reservations.register(state, nexus, asked, ignore=action == REGISTER_AND_IGNORE)
    if flags & SPEC_I_PT:
        raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
    if len(data) != 24:
        raise CheckCondition(PARAMETER_LENGTH)
    if action == RESERVE:
        return reservations.reserve(state, nexus, key, kind)
    if action == RELEASE:
        return reservations.release(state, nexus, key, kind)
    if action == CLEAR:
        return reservations.clear(state, nexus, key)
    return reservations.preempt(
        state, nexus, key, service_key, kind, abort=action == PREEMPT_AND_ABORT
    )


def _named(data: bytes) -> tuple[tuple[str, str], ...]:
    """The initiator ports of SPEC_I_PT's list (SPC-4 6.14.3)."""
    if len(data) < 28:
        raise CheckCondition(PARAMETER_LENGTH)
    (length,) = struct.unpack_from(">I", data, 24)
    rest = data[28 : 28 + length]
    if len(rest) != length or len(data) != 28 + length:
        raise CheckCondition(PARAMETER_LENGTH)
    found = []
    while rest:
        found.append(_initiator(rest))
        rest = rest[found[-1][1] :]
    return tuple(initiator for initiator, _ in found)


def _initiator(data: bytes) -> tuple[tuple[str, str], int]:
    try:
        return initiator_of(data)
    except ValueError:
        raise CheckCondition(INVALID_FIELD_IN_PARAMETERS) from None


def _move(state: Reservations, nexus: Nexus, data: bytes, ports: tuple[int, ...]) -> Outcome:
    if len(data) < MOVED_LIST:
        raise CheckCondition(PARAMETER_LENGTH)
    key, service_key, flags, port, length = struct.unpack_from(">QQxBHI", data)
    if len(data) != MOVED_LIST + length:
        raise CheckCondition(PARAMETER_LENGTH)
    if port not in ports:
        raise CheckCondition(INVALID_FIELD_IN_PARAMETERS)
    (name, isid), _ = _initiator(data[MOVED_LIST:])
    return reservations.move(
        state,
        nexus,
        key,
        service_key,
        Nexus(name, isid, port),
        unregister=bool(flags & UNREG),
        aptpl=bool(flags & APTPL),
    )


def persistent_reserve_in(state: Reservations, cdb: bytes) -> bytes:
    """The whole answer; the caller cuts it to the allocation length."""
    action = cdb[1] & 0x1F
    if action == READ_KEYS:
        keys = b"".join(struct.pack(">Q", key) for _, key in sorted(state.keys.items()))
        return struct.pack(">II", state.generation, len(keys)) + keys
    if action == READ_RESERVATION:
        return _reservation(state)
    if action == REPORT_CAPABILITIES:
        return _capabilities(state)
    if action == READ_FULL_STATUS:
        found = b"".join(_full_status(state, nexus) for nexus in sorted(state.keys))
        return struct.pack(">II", state.generation, len(found)) + found
    raise CheckCondition(INVALID_FIELD_IN_CDB)


def _reservation(state: Reservations) -> bytes:
    """SPC-4 6.13.3. Where all registrants hold it the key is zero."""
    if not state.kind:
        return struct.pack(">II", state.generation, 0)
    key = state.keys[state.holder] if state.holder else 0
    return struct.pack(">IIQ5xB2x", state.generation, 16, key, state.kind)


def _capabilities(state: Reservations) -> bytes:
    """SPC-4 6.13.4: SPEC_I_PT, ALL_TG_PT and APTPL are supported, and all six types."""
    return struct.pack(">HBBBB2x", 8, 0x0D, 0x80 | state.aptpl, 0xEA, 0x01)


def _full_status(state: Reservations, nexus: Nexus) -> bytes:
    """SPC-4 6.13.5. Registrations are kept per target port, so ALL_TG_PT is never set here."""
    holds = state.holds(nexus)
    name = transport_id(nexus)
    return (
        struct.pack(
            ">Q4xBB4xHI",
            state.keys[nexus],
            0x01 if holds else 0,
            state.kind if holds else 0,
            nexus.port,
            len(name),
        )
        + name
    )
