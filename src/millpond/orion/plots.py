"""The figures of a run as curves, beside its CSV files: an SVG and a PNG of each, drawn by gnuplot."""

import shutil
import subprocess
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from millpond.domain.errors import Failed
from millpond.orion.report import Report
from millpond.orion.results import Measured

_STEP = "draw with gnuplot"
_SECONDS = 60
_TERMINALS = {"svg": "svg size 900,540 dynamic", "png": "pngcairo size 900,540"}


@dataclass(frozen=True)
class _Plot:
    """A curve for each load of one kind, over the load of the other."""

    ending: str
    across: str
    up: str
    curve: Callable[[Measured], str]
    x: Callable[[Measured], int]
    y: Callable[[Measured], float | None]


_PLOTS = (
    _Plot(
        "iops",
        "outstanding small I/Os",
        "small I/Os per second",
        curve=lambda m: f"Large={m.point.large}",
        x=lambda m: m.point.small,
        y=lambda m: m.iops if m.point.small else None,
    ),
    _Plot(
        "lat",
        "outstanding small I/Os",
        "mean latency of small I/Os, microseconds",
        curve=lambda m: f"Large={m.point.large}",
        x=lambda m: m.point.small,
        y=lambda m: m.latency,
    ),
    _Plot(
        "mbps",
        "outstanding large I/Os, or streams",
        "large I/Os, MB per second",
        curve=lambda m: f"Small={m.point.small}",
        x=lambda m: m.point.large,
        y=lambda m: m.mbps if m.point.large else None,
    ),
)


def draw(report: Report) -> None:
    """Raises ``Failed``, also if there is no gnuplot."""
    if shutil.which("gnuplot") is None:
        raise Failed(_STEP, "it is not installed; on Debian: apt-get install gnuplot-nox")
    script = "\n".join(line for plot in _PLOTS for line in _commands(plot, report)) + "\n"
    try:
        done = subprocess.run(
            ["gnuplot"],
            input=script,
            capture_output=True,
            text=True,
            check=False,
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise Failed(_STEP, f"it did not end in {_SECONDS} s") from error
    if done.returncode != 0:
        raise Failed(_STEP, done.stderr.strip() or f"it ended with status {done.returncode}")


def _commands(plot: _Plot, report: Report) -> Iterator[str]:
    """gnuplot's, for the files of one plot; none without a point."""
    curves = _curves(plot, report.found)
    if not curves:
        return
    yield "reset"
    yield f"set title {_quoted(report.name)} noenhanced"
    yield f"set xlabel {_quoted(plot.across)}"
    yield f"set ylabel {_quoted(plot.up)}"
    yield "set xrange [0:*]; set yrange [0:*]; set grid; set key outside right"
    for number, points in enumerate(curves.values()):
        yield f"$curve{number} << EOD"
        yield from (f"{x} {y}" for x, y in sorted(points))
        yield "EOD"
    drawn = (
        f"$curve{number} using 1:2 with linespoints title {_quoted(name)}"
        for number, name in enumerate(curves)
    )
    command = f"plot {', '.join(drawn)}"
    for kind, terminal in _TERMINALS.items():
        yield f"set terminal {terminal}"
        yield f"set output {_quoted(str(report.path(f'{plot.ending}.{kind}')))}"
        yield command
        yield "unset output"


def _curves(plot: _Plot, found: Sequence[Measured]) -> dict[str, list[tuple[int, float]]]:
    curves: dict[str, list[tuple[int, float]]] = {}
    for measured in found:
        y = plot.y(measured)
        if y is not None:
            curves.setdefault(plot.curve(measured), []).append((plot.x(measured), y))
    return curves


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
