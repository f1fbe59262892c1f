"""A run: load point after load point, with the files written as it goes."""

from collections.abc import Callable
from datetime import datetime
from importlib.metadata import version

from millpond.orion import fio, workload
from millpond.orion.matrix import Point, loads
from millpond.orion.report import Report
from millpond.orion.request import Request, check
from millpond.orion.results import Measured, measured
from millpond.orion.summary import Plan
from millpond.orion.volumes import Volume, check_sizes

SETTLE_SECONDS = 2
"""What fio needs for a load point besides its duration, about."""


def plan(request: Request, volumes: tuple[Volume, ...], command_line: str) -> Plan:
    """What a request comes to on its volumes. Raises ``Refused(request.invalid)``,
    ``Refused(volume.unfit)`` and, without fio, ``Failed``."""
    check(request)
    found = loads(request)
    check_sizes(volumes, request, max(point.large for point in found.points))
    programs = f"Millpond {version('millpond')}, {fio.version()}"
    return Plan(programs, command_line, request, found, volumes)


def seconds(test: Plan) -> int:
    """How long it will take, about."""
    return sum(
        test.request.duration + SETTLE_SECONDS + _warm_seconds(test, point)
        for point in test.loads.points
    )


def begin(test: Plan) -> Report:
    return Report(test, datetime.now().astimezone())


def measure(test: Plan, report: Report, heard: Callable[[Measured], None]) -> None:
    """Measures all points; ``heard`` is told of each. Raises ``Failed``."""
    for point in test.loads.points:
        warm = workload.warming(point, test.request, test.volumes)
        if warm:
            fio.run(warm)
        arguments = workload.measuring(point, test.request, test.volumes)
        output = fio.run(arguments)
        found = measured(point, output)
        report.add(found, {**point._asdict(), "arguments": arguments, "output": output})
        heard(found)


def _warm_seconds(test: Plan, point: Point) -> int:
    """By time alone: how long a cache of a size takes to fill, nobody knows."""
    warm = workload.warming(point, test.request, test.volumes)
    return workload.WARM_SECONDS if warm and test.request.cache_size is None else 0
