"""Persistent reservations (SPC-4 5.12) by themselves."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.array.scsi import reservations as pr
from millpond.array.scsi.nexus import Nexus, initiator_of, transport_id
from millpond.array.scsi.reservation_commands import (
    persistent_reserve_in,
    persistent_reserve_out,
)
from millpond.array.scsi.reservations import Outcome, Registering, Reservations
from millpond.array.scsi.sense import (
    INVALID_FIELD_IN_PARAMETERS,
    INVALID_RELEASE,
    REGISTRATIONS_PREEMPTED,
    RESERVATIONS_PREEMPTED,
    RESERVATIONS_RELEASED,
    CheckCondition,
    ReservationConflict,
)

PORTS = (1, 17)
ONE, TWO, THREE = (Nexus(f"iqn.{name}", "800000000001", 1) for name in ("one", "two", "three"))
ONE_B = ONE._replace(port=17)
KEYS = {ONE: 1, TWO: 2, THREE: 3}


def held(kind: int, holder: Nexus | None = ONE) -> Reservations:
    return Reservations(KEYS, kind, None if kind in pr.ALL_REGISTRANTS else holder)


def told(outcome: Outcome) -> dict[Nexus, object]:
    return dict(outcome.attentions)


def test_a_registration_needs_the_key_that_is_there() -> None:
    state = pr.register(Reservations(), ONE, Registering(0, 5, ())).state
    assert state.keys == {ONE: 5}
    with pytest.raises(ReservationConflict):
        pr.register(state, ONE, Registering(4, 6, ()))
    with pytest.raises(ReservationConflict):
        pr.register(state, TWO, Registering(5, 6, ()))
    assert pr.register(state, ONE, Registering(4, 6, ()), ignore=True).state.keys == {ONE: 6}
    gone = pr.register(state, ONE, Registering(5, 0, ())).state
    assert not gone.keys
    assert gone.generation == 2


def test_all_tg_pt_registers_at_every_port_and_leaves_all() -> None:
    state = pr.register(Reservations(), ONE, Registering(0, 5, PORTS)).state
    assert state.keys == {ONE: 5, ONE_B: 5}
    assert not pr.register(state, ONE_B, Registering(5, 0, PORTS)).state.keys


def test_spec_i_pt_registers_others_unless_one_is_registered() -> None:
    asked = Registering(0, 5, (), others=((TWO.initiator, TWO.isid),))
    assert pr.register(Reservations(), ONE, asked).state.keys == {ONE: 5, TWO: 5}
    with pytest.raises(ReservationConflict):
        pr.register(Reservations({TWO: 2}), ONE, asked)


@pytest.mark.parametrize("kind", sorted(pr.TYPES))
def test_who_may_do_what(kind: int) -> None:
    """SPC-4 table 62."""
    state = Reservations({ONE: 1, TWO: 2}, kind, None if kind in pr.ALL_REGISTRANTS else ONE)
    shared, reads_free = kind in pr.FOR_REGISTRANTS, kind in pr.WRITES_ONLY
    assert not state.forbids(ONE, writes=True)
    assert state.forbids(TWO, writes=True) is not shared
    assert state.forbids(TWO, writes=False) is (not shared and not reads_free)
    assert state.forbids(THREE, writes=True)
    assert state.forbids(THREE, writes=False) is not reads_free


def test_a_reservation_is_kept_from_others_and_released_by_its_holder() -> None:
    state = pr.reserve(Reservations(KEYS), ONE, 1, 5).state
    assert pr.reserve(state, ONE, 1, 5).state == state
    with pytest.raises(ReservationConflict):
        pr.reserve(state, TWO, 2, 5)
    with pytest.raises(ReservationConflict):
        pr.reserve(state, ONE, 1, 6)
    assert pr.release(state, TWO, 2, 5).state == state
    with pytest.raises(CheckCondition) as wrong:
        pr.release(state, ONE, 1, 6)
    assert wrong.value.sense == INVALID_RELEASE
    released = pr.release(state, ONE, 1, 5)
    assert not released.state.kind
    assert told(released) == dict.fromkeys((TWO, THREE), RESERVATIONS_RELEASED)


def test_the_last_of_all_registrants_takes_the_reservation_along() -> None:
    state = held(pr.WRITE_EXCLUSIVE_ALL)
    for nexus in (ONE, TWO):
        state = pr.register(state, nexus, Registering(KEYS[nexus], 0, ())).state
        assert state.kind
    assert not pr.register(state, THREE, Registering(3, 0, ())).state.kind


def test_clear_tells_everybody_else() -> None:
    done = pr.clear(held(1), TWO, 2)
    assert (done.state.keys, done.state.kind) == ({}, 0)
    assert told(done) == dict.fromkeys((ONE, THREE), RESERVATIONS_PREEMPTED)


def test_preempting_the_holder_takes_its_place() -> None:
    done = pr.preempt(held(5), TWO, 2, 1, 6, abort=True)
    assert done.state.keys == {TWO: 2, THREE: 3}
    assert (done.state.kind, done.state.holder) == (6, TWO)
    assert told(done) == {ONE: REGISTRATIONS_PREEMPTED, THREE: RESERVATIONS_RELEASED}
    assert done.aborted == {ONE}
    assert not pr.preempt(held(5), TWO, 2, 1, 6, abort=False).aborted


def test_preempting_another_leaves_the_reservation() -> None:
    done = pr.preempt(held(5), TWO, 2, 3, 6, abort=True)
    assert (done.state.kind, done.state.holder) == (5, ONE)
    assert done.state.keys == {ONE: 1, TWO: 2}
    with pytest.raises(ReservationConflict):
        pr.preempt(held(5), TWO, 2, 9, 5, abort=True)
    with pytest.raises(CheckCondition):
        pr.preempt(held(5), TWO, 2, 0, 5, abort=True)


def test_preempting_all_registrants_by_zero() -> None:
    done = pr.preempt(held(8), TWO, 2, 0, 5, abort=True)
    assert (done.state.keys, done.state.kind, done.state.holder) == ({TWO: 2}, 5, TWO)
    assert done.aborted == {ONE, THREE}


def test_a_reservation_moves_to_another_nexus() -> None:
    done = pr.move(held(1), ONE, 1, 7, ONE_B, unregister=True, aptpl=False).state
    assert done.holder == ONE_B
    assert done.keys == {TWO: 2, THREE: 3, ONE_B: 7}
    with pytest.raises(ReservationConflict):
        pr.move(held(1), TWO, 2, 7, ONE_B, unregister=False, aptpl=False)
    data = struct.pack(">QQxBHI", 1, 7, 0, 99, 0) + transport_id(TWO)
    data = data[:20] + struct.pack(">I", len(data) - 24) + data[24:]
    with pytest.raises(CheckCondition) as wrong:
        persistent_reserve_out(held(1), ONE, bytes((0x5F, 7)) + bytes(8), data, PORTS)
    assert wrong.value.sense == INVALID_FIELD_IN_PARAMETERS


def test_full_status_names_every_registration() -> None:
    data = persistent_reserve_in(held(5), bytes((0x5E, 3)))
    found = {}
    at = 8
    while at < len(data):
        key, flags, kind, port, length = struct.unpack_from(">Q4xBB4xHI", data, at)
        (name, isid), size = initiator_of(data[at + 24 :])
        assert size == length
        found[Nexus(name, isid, port)] = (key, flags, kind)
        at += 24 + length
    assert found == {ONE: (1, 1, 5), TWO: (2, 0, 0), THREE: (3, 0, 0)}


@given(
    st.lists(
        st.tuples(
            st.sampled_from((ONE, ONE_B, TWO, THREE)),
            st.integers(0, 7),
            st.integers(0, 9),
            st.integers(0, 4),
            st.integers(0, 4),
            st.sampled_from((0, 1, 4, 5)),
        ),
        max_size=40,
    )
)
def test_whatever_is_asked_the_state_makes_sense(
    steps: list[tuple[Nexus, int, int, int, int, int]],
) -> None:
    state = Reservations()
    for nexus, action, kind, key, service_key, flags in steps:
        data = struct.pack(">QQ4xB3x", key, service_key, flags)
        if action == 7:
            name = transport_id(THREE)
            data = struct.pack(">QQxBHI", key, service_key, flags & 3, 17, len(name)) + name
        try:
            done = persistent_reserve_out(
                state, nexus, bytes((0x5F, action, kind)) + bytes(7), data, PORTS
            )
        except (CheckCondition, ReservationConflict):
            continue
        assert done.state.generation >= state.generation
        assert nexus not in done.aborted
        state = done.state
        assert 0 not in state.keys.values()
        assert state.kind in pr.TYPES or (state.kind == 0 and state.holder is None)
        assert (state.holder is None) == (state.kind in (0, *pr.ALL_REGISTRANTS))
        assert state.holder is None or state.holder in state.keys
        assert not state.kind or state.keys
        assert len(persistent_reserve_in(state, bytes((0x5E, 0)))) == 8 + 8 * len(state.keys)
