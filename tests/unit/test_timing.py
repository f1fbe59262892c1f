"""One number, every patience: the inequalities hold for whatever outage is asked for."""

import math
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.domain.timing import Timing, inequalities, timing_for

OUTAGES = st.integers(5, 100)


@given(OUTAGES)
def test_every_inequality_holds(outage: int) -> None:
    broken = [i for i in inequalities(timing_for(outage)) if not i.holds]
    assert broken == []


@given(OUTAGES)
def test_the_chain_of_the_storage(outage: int) -> None:
    t = timing_for(outage)
    assert t.path_failover < outage < t.lease_lost <= t.o2cb_dead <= t.host_dead
    assert t.lease_lost <= t.queueing < t.host_dead


@given(OUTAGES)
def test_sanlocks_own_formulas(outage: int) -> None:
    """sanlock 3.8.5, timeouts.h."""
    t = timing_for(outage)
    assert t.io_timeout == max(2, math.ceil(outage / 5))
    assert (t.renewal, t.lease_lost) == (2 * t.io_timeout, 8 * t.io_timeout)
    assert t.host_dead == 8 * t.io_timeout + 60


@given(OUTAGES)
def test_silence_is_noticed_long_before_leases_run_out_and_never_in_health(outage: int) -> None:
    t = timing_for(outage)
    assert t.renewal + t.pulse <= t.storage_silent
    assert 3 * t.pulse < t.network_silent
    assert t.detection <= t.lease_lost < t.mass_detection < t.host_dead


@given(OUTAGES)
def test_bounds(outage: int) -> None:
    t = timing_for(outage)
    assert t.bound_fenced <= t.bound_fenced_ocfs2 < t.bound_by_leases
    assert t.bound_fenced <= t.isolated < t.bound_by_leases
    assert t.promised(None) == t.promised(300.0) == t.bound_by_leases
    assert t.promised(5.0) == t.bound_fenced - t.fence + 5.0
    assert t.mass_detection + t.fence + t.start < t.bound_by_leases


@given(st.integers(5, 99))
def test_more_patience_is_never_less_somewhere(outage: int) -> None:
    less, more = timing_for(outage), timing_for(outage + 1)
    for name in (f.name for f in fields(Timing) if f.name != "no_path_retry"):
        assert getattr(less, name) <= getattr(more, name), name


@pytest.mark.parametrize(("io_timeout", "measured"), [(2, 79.8), (5, 103.8), (10, 133.0)])
def test_measured_take_overs_are_within_the_bound(io_timeout: int, measured: float) -> None:
    """From a server's kill to its lease elsewhere, real sanlock daemons."""
    t = timing_for(5 * io_timeout)
    assert t.io_timeout == io_timeout
    assert measured <= t.bound_by_leases - t.start


def test_ten_seconds_of_outage_leave_time_for_a_quick_failover() -> None:
    """Failure to QEMU running in 15 s: what is left is for the fence device and the start."""
    t = timing_for(10)
    assert (t.io_timeout, t.renewal, t.storage_silent) == (2, 4, 5)
    assert t.detection <= 7


def test_o2cb_recovery_agrees_with_what_was_measured() -> None:
    """A node killed at threshold 7 and an idle timeout of 10 s: its files were free after 17 s."""
    seen = replace(timing_for(10), o2cb_threshold=7, o2cb_idle_ms=10_000, fence=0.0)
    assert seen.bound_fenced_ocfs2 - seen.start >= 17


def test_an_inequality_that_does_not_hold_says_so() -> None:
    first = inequalities(timing_for(10))[0]
    assert first.holds
    assert not type(first)("a < b", 2, 2, "", strict=True).holds
    assert type(first)("a <= b", 2, 2, "").holds
    assert not type(first)("a <= b", 3, 2, "").holds


def test_devices_slower_than_the_leases_are_told_of() -> None:
    slow = timing_for(10).with_devices(100.0)
    assert [i.name for i in inequalities(slow) if not i.holds] == [
        "failover bound with fencing < by leases"
    ]
    assert timing_for(10).with_devices(None) == timing_for(10)
