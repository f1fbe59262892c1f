"""Which loads a run measures, and what contradicts itself."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.domain.errors import Refused
from millpond.orion.matrix import MOST_LOADS, Loads, Point, loads, rising
from millpond.orion.request import Matrix, Request, Run, Simulate, Type, check

DISKS = st.integers(1, 1000)
LOADS = st.integers(0, 5000)


def advanced(disks: int = 1, **options: Any) -> Request:
    request = Request(Run.ADVANCED, disks, **options)
    check(request)
    return request


def asked(run: Run, disks: int) -> Loads:
    request = Request(run, disks)
    check(request)
    return loads(request)


@given(LOADS)
def test_loads_rise_evenly_from_one_to_the_most(most: int) -> None:
    found = rising(most)
    if most == 0:
        assert found == ()
        return
    assert found[0] == 1
    assert found[-1] == most
    assert list(found) == sorted(set(found))
    assert len(found) <= MOST_LOADS + 2
    if most <= MOST_LOADS:
        assert found == tuple(range(1, most + 1))


@given(DISKS)
def test_simple_is_small_ios_alone_and_then_large_ones_alone(disks: int) -> None:
    found = asked(Run.SIMPLE, disks)
    small = [p for p in found.points if p.small]
    large = [p for p in found.points if p.large]
    assert found.points == (*small, *large)
    assert (small[-1], large[-1]) == (Point(5 * disks, 0), Point(0, 2 * disks))
    assert found == loads(advanced(disks))
    assert found == loads(advanced(disks, matrix=Matrix.BASIC))


@given(DISKS)
def test_normal_is_every_combination(disks: int) -> None:
    found = asked(Run.NORMAL, disks)
    every = {Point(s, n) for s in found.small for n in found.large} - {Point(0, 0)}
    assert set(found.points) == every
    assert set(asked(Run.SIMPLE, disks).points) < every
    assert found == loads(advanced(disks, matrix=Matrix.DETAILED))


@given(DISKS)
def test_oltp_and_dss_rise_by_the_number_of_disks(disks: int) -> None:
    assert asked(Run.OLTP, disks).points == tuple(Point(n * disks, 0) for n in range(1, 21))
    assert asked(Run.DSS, disks).points == tuple(Point(0, n * disks) for n in range(1, 16))


@given(DISKS, st.integers(1, 500), st.integers(0, 500))
def test_parts_of_the_matrix(disks: int, small: int, large: int) -> None:
    both: dict[str, Any] = {"num_small": small, "num_large": large}
    whole = asked(Run.NORMAL, disks)
    point = loads(advanced(disks, matrix=Matrix.POINT, **both))
    assert point.points == (Point(small, large),)
    column = loads(advanced(disks, matrix=Matrix.COL, num_small=small))
    assert column.points == tuple(Point(small, n) for n in whole.large)
    row = loads(advanced(disks, matrix=Matrix.ROW, num_large=large))
    assert row.points == tuple(Point(s, large) for s in whole.small if s or large)
    top = loads(advanced(disks, matrix=Matrix.MAX, **both))
    assert (max(top.small), max(top.large)) == (small, large)
    assert Point(small, large) == top.points[-1]


@given(DISKS, st.sampled_from([run for run in Run if run is not Run.ADVANCED]))
def test_a_point_has_io_and_is_measured_once(disks: int, run: Run) -> None:
    found = asked(run, disks)
    assert len(set(found.points)) == len(found.points)
    assert all(p.small or p.large for p in found.points)
    assert all(p.small in found.small and p.large in found.large for p in found.points)


def test_eight_disks_have_every_second_of_forty_small_loads() -> None:
    """As many as in published runs of the original."""
    assert asked(Run.SIMPLE, 8).small == (0, 1, *range(2, 41, 2))
    assert asked(Run.SIMPLE, 8).large == tuple(range(17))
    assert asked(Run.SIMPLE, 6).small == tuple(range(31))


@pytest.mark.parametrize(
    ("options", "subject", "fix"),
    [
        ({"run": Run.SIMPLE, "type": Type.SEQ}, "-type", "-run advanced"),
        ({"run": Run.OLTP, "num_small": 4}, "-num_small", "-run advanced"),
        ({"run": Run.DSS, "matrix": Matrix.ROW}, "-matrix", "-run advanced"),
        ({"num_small": 4}, "-num_small", "-matrix col"),
        ({"matrix": Matrix.ROW, "num_small": 4, "num_large": 1}, "-num_small", "-matrix point"),
        ({"matrix": Matrix.COL}, "-num_small", "add: -num_small"),
        ({"matrix": Matrix.POINT, "num_small": 1}, "-num_large", "add: -num_large"),
        ({"matrix": Matrix.MAX, "num_small": 0, "num_large": 0}, "-num_small", "raise"),
        ({"num_streamIO": 2}, "-num_streamIO", "-type seq"),
        ({"stripe": 64}, "-stripe", "-simulate raid0"),
        ({"type": Type.SEQ, "simulate": Simulate.RAID0, "stripe": 1000}, "-stripe", "-stripe 1024"),
    ],
)
def test_contradictions_are_refused_with_what_to_type(
    options: dict[str, Any], subject: str, fix: str
) -> None:
    request = Request(**{"run": Run.ADVANCED, "num_disks": 2} | options)
    with pytest.raises(Refused) as refused:
        check(request)
    assert refused.value.code == "request.invalid"
    assert refused.value.subject.endswith(subject)
    assert fix in refused.value.fix
