"""What one load point gave, out of fio's JSON (the format json+ of fio 3)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

from millpond.orion.matrix import Point

FIRST_BUCKET = 32
LAST_BOUND = 1 << 28
"""Of the latencies' histogram, in microseconds: its first bucket's end, and its last one's. Each bucket but the
first is as wide as all before it."""

BUCKETS = (LAST_BOUND // FIRST_BUCKET).bit_length()
MIB = 1 << 20


@dataclass(frozen=True)
class Latency:
    """Of ``ios`` I/Os, from submission to completion, in microseconds. ``buckets`` counts them by latency."""

    ios: int
    mean: float
    least: float
    most: float
    deviation: float
    buckets: tuple[int, ...]


@dataclass(frozen=True)
class Measured:
    """One load point. Rates are per second; latencies are ``None`` for what there was no I/O of."""

    point: Point
    iops: float
    mbps: float
    small_read: Latency | None
    small_write: Latency | None
    large_read: Latency | None
    large_write: Latency | None

    @property
    def latency(self) -> float | None:
        """The mean of all small I/Os, in microseconds."""
        found = [part for part in (self.small_read, self.small_write) if part]
        ios = sum(part.ios for part in found)
        return sum(part.mean * part.ios for part in found) / ios if ios else None


def measured(point: Point, output: Mapping[str, Any]) -> Measured:
    """MBPS are MiB per second: a large I/O of 1024 KB is one."""
    small = [job for job in output["jobs"] if job["jobname"] == "small"]
    large = [job for job in output["jobs"] if job["jobname"].startswith("large")]
    return Measured(
        point,
        iops=sum(job[way]["iops"] for job in small for way in ("read", "write")),
        mbps=sum(job[way]["bw_bytes"] for job in large for way in ("read", "write")) / MIB,
        small_read=_latency(job["read"]["lat_ns"] for job in small),
        small_write=_latency(job["write"]["lat_ns"] for job in small),
        large_read=_latency(job["read"]["lat_ns"] for job in large),
        large_write=_latency(job["write"]["lat_ns"] for job in large),
    )


def bucket(microseconds: float) -> int:
    """The histogram's bucket of a latency."""
    return min((int(microseconds) // FIRST_BUCKET).bit_length(), BUCKETS - 1)


def bounds(index: int) -> tuple[int, int]:
    """From and to, in microseconds."""
    return (FIRST_BUCKET << index >> 1 if index else 0, FIRST_BUCKET << index)


def _latency(parts: Iterable[Mapping[str, Any]]) -> Latency | None:
    """Of several jobs as one. fio gives nanoseconds."""
    found = [part for part in parts if part["N"]]
    ios = sum(part["N"] for part in found)
    if not ios:
        return None
    mean = sum(part["mean"] * part["N"] for part in found) / ios
    squares = sum((part["stddev"] ** 2 + part["mean"] ** 2) * part["N"] for part in found) / ios
    counts = [0] * BUCKETS
    for part in found:
        for nanoseconds, count in part["bins"].items():
            counts[bucket(int(nanoseconds) / 1000)] += count
    return Latency(
        ios=ios,
        mean=mean / 1000,
        least=min(part["min"] for part in found) / 1000,
        most=max(part["max"] for part in found) / 1000,
        deviation=sqrt(max(0.0, squares - mean**2)) / 1000,
        buckets=tuple(counts),
    )
