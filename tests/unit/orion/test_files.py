"""The files of results, from what fio said to their last byte."""

from datetime import datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from millpond.orion.matrix import Point, loads
from millpond.orion.report import Report
from millpond.orion.request import Matrix, Request, Run
from millpond.orion.results import BUCKETS, LAST_BOUND, Measured, bounds, bucket, measured
from millpond.orion.summary import Plan
from millpond.orion.volumes import Volume

GOLDEN = Path(__file__).parent / "golden"
NOTHING = {"iops": 0.0, "bw_bytes": 0, "lat_ns": {"N": 0}}


def way(iops: float, bins: dict[int, int], bw: int = 0, stddev: float = 0.0) -> dict[str, Any]:
    """One direction of a job, as fio tells it; ``bins`` are latencies in nanoseconds."""
    n = sum(bins.values())
    mean = sum(ns * count for ns, count in bins.items()) / n
    spread = {"min": min(bins), "max": max(bins), "mean": mean, "stddev": stddev, "N": n}
    return {
        "iops": iops,
        "bw_bytes": bw,
        "lat_ns": spread | {"bins": {str(ns): count for ns, count in bins.items()}},
    }


def job(
    name: str, read: dict[str, Any] = NOTHING, write: dict[str, Any] = NOTHING
) -> dict[str, Any]:
    return {"jobname": name, "read": read, "write": write}


def small(iops: float, bins: dict[int, int]) -> dict[str, Any]:
    return job("small", way(iops, bins), way(iops / 4, {900_000: 5}))


def large(mib: float) -> dict[str, Any]:
    return job("large", way(mib, {2_000_000: 8}, bw=int(mib * 1048576)))


ANSWERS = {
    Point(1, 0): [small(400.4, {20_000: 10, 100_000: 85, 5_000_000: 5})],
    Point(2, 0): [small(720.0, {40_000: 50, 130_000: 50})],
    Point(0, 1): [large(31.25)],
    Point(1, 1): [small(300.0, {64_000: 7}), large(28.5)],
    Point(2, 1): [small(500.0, {64_000: 7}), large(24.0)],
}


@pytest.fixture
def report(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Report:
    monkeypatch.chdir(tmp_path)
    request = Request(
        Run.ADVANCED, 2, "mytest", write=20, matrix=Matrix.MAX, num_small=2, num_large=1
    )
    volumes = (Volume("/dev/mapper/lun7", 21474836480), Volume("/dev/mapper/lun8", 21474836480))
    test = Plan("Millpond 0.1.0, fio-3.33", "-run advanced …", request, loads(request), volumes)
    return Report(test, datetime(2026, 11, 28, 9, 5))


def add(report: Report, *points: Point) -> None:
    for point in points:
        report.add(measured(point, {"jobs": ANSWERS[point]}), {"small": point.small})


def golden(report: Report, folder: str) -> None:
    """What is written is what lies in ``golden``, to be read there."""
    for ending in ("summary.txt", "iops.csv", "lat.csv", "mbps.csv", "hist.txt"):
        wanted = (GOLDEN / folder / ending).read_text()
        assert Path(f"mytest_20261128_0905_{ending}").read_text() == wanted, ending


def test_a_whole_matrix(report: Report) -> None:
    add(report, *ANSWERS)
    golden(report, "whole")


def test_a_run_that_was_broken_off_leaves_what_it_has(report: Report) -> None:
    add(report, Point(1, 0), Point(2, 0))
    golden(report, "broken-off")


def test_each_point_has_a_line_in_the_trace(report: Report) -> None:
    add(report, Point(1, 0), Point(0, 1))
    lines = Path("mytest_20261128_0905_trace.txt").read_text().splitlines()
    assert lines == ['{"small": 1}', '{"small": 0}']


def test_streams_are_added_up() -> None:
    streams = [
        job("large0", way(1, {1_000_000: 2}, bw=2 << 20)),
        job("large1", write=way(1, {3_000_000: 2}, bw=1 << 20)),
        job("large2", way(1, {3_000_000: 2}, bw=1 << 20)),
    ]
    found = measured(Point(0, 3), {"jobs": streams})
    assert (found.mbps, found.iops, found.latency) == (4, 0, None)
    assert found.large_read is not None
    assert (found.large_read.ios, found.large_read.mean, found.large_read.deviation) == (
        4,
        2000,
        1000,
    )
    assert found.large_write is not None
    assert found.large_write.ios == 2


def test_the_latency_of_small_ios_is_of_reads_and_writes() -> None:
    found: Measured = measured(Point(1, 0), {"jobs": [small(1, {100_000: 15})]})
    assert found.latency == (15 * 100 + 5 * 900) / 20


@given(st.floats(0, 1e12))
def test_every_latency_has_its_bucket(microseconds: float) -> None:
    start, end = bounds(bucket(microseconds))
    assert start <= microseconds
    assert microseconds < end or end == LAST_BOUND


def test_buckets_leave_no_gap() -> None:
    ends = [bounds(index) for index in range(BUCKETS)]
    assert ends[0] == (0, 32)
    assert ends[-1][1] == LAST_BOUND
    assert all(left[1] == right[0] for left, right in pairwise(ends))
