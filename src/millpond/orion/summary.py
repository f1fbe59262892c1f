"""``_summary.txt``: what was asked for, and the best of what was found."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from millpond.orion import histogram
from millpond.orion.histogram import where
from millpond.orion.matrix import Loads
from millpond.orion.request import Request, Simulate
from millpond.orion.results import Latency, Measured
from millpond.orion.volumes import Volume


@dataclass(frozen=True)
class Plan:
    """A run: what was typed, what it comes to, and by which programs (``version``)."""

    version: str
    command_line: str
    request: Request
    loads: Loads
    volumes: tuple[Volume, ...]


def text(test: Plan, found: Sequence[Measured]) -> str:
    """The whole file, of a run that may not be over."""
    return "\n".join([*_asked(test), "", *_found(test, found)]) + "\n"


def best(found: Sequence[Measured]) -> Iterator[str]:
    """The lines that scripts look for. Of large and small I/Os at once, only the better side is told."""
    large = [m for m in found if m.point.large]
    if large:
        most = max(large, key=lambda m: m.mbps)
        yield f"Maximum Large MBPS={most.mbps:.2f} @ {where(most)}"
    small = [(m, m.latency) for m in found if m.latency is not None]
    if not small:
        return
    most, _ = max(small, key=lambda each: each[0].iops)
    yield f"Maximum Small IOPS={most.iops:.0f} @ {where(most)}"
    yield from _latencies(most)
    least, latency = min(small, key=lambda each: each[1])
    yield f"Minimum Small Latency={latency:.2f} usecs @ {where(least)}"
    yield from _latencies(least)
    yield histogram.text(most).rstrip("\n")


def _asked(test: Plan) -> Iterator[str]:
    request, loads = test.request, test.loads
    yield f"ORION VERSION {test.version}"
    yield from ("", "Commandline:", test.command_line, "", "This maps to this test:")
    yield f"Test: {request.testname}"
    yield f"Small IO size: {request.size_small} KB"
    yield f"Large IO size: {request.size_large} KB"
    yield f"IO Types: Small Random IOs, Large {_large_type(request)}"
    if request.sequential:
        yield f"Number of Concurrent IOs Per Stream: {request.stream_ios}"
    yield f"Simulated Array Type: {request.simulate.upper()}"
    if request.simulate is Simulate.RAID0:
        yield f"Stripe Depth: {request.stripe_kb} KB"
    yield f"Write: {request.write}%"
    cache = "Not Entered" if request.cache_size is None else f"{request.cache_size} MB"
    yield f"Cache Size: {cache}"
    yield f"Duration for each Data Point: {request.duration} seconds"
    yield _loads("Small Columns:", loads.small)
    yield _loads("Large Columns:", loads.large)
    yield f"Total Data Points: {len(loads.points)}"
    yield ""
    for volume in test.volumes:
        yield f"Name: {volume.path}\tSize: {volume.size}"
    yield f"{len(test.volumes)} FILEs found."


def _found(test: Plan, found: Sequence[Measured]) -> Iterator[str]:
    if len(found) < len(test.loads.points):
        yield f"Measured Data Points: {len(found)}"
        yield ""
    yield from best(found)


def _large_type(request: Request) -> str:
    return "Sequential Streams" if request.sequential else "Random IOs"


def _loads(title: str, values: tuple[int, ...]) -> str:
    return ",".join([title, *(f"{value:>7}" for value in values)])


def _latencies(measured: Measured) -> Iterator[str]:
    for kind, part in (("Read", measured.small_read), ("Write", measured.small_write)):
        if part:
            yield f"Small {kind} Latency: {_spread(part)} @ {where(measured)}"


def _spread(part: Latency) -> str:
    return (
        f"avg={part.mean:.3f} us, min={part.least:.3f} us, max={part.most:.3f} us, "
        f"std dev={part.deviation:.3f} us"
    )
