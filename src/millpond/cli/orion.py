"""``millpond orion``, and ``orion`` by itself: Oracle's tool of that name, by its options."""

import shlex
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from millpond.cli.program import run as run_program
from millpond.domain.errors import Failed
from millpond.orion import request as asked
from millpond.orion.request import Matrix, Run, Simulate, Type
from millpond.orion.results import Measured

if TYPE_CHECKING:  # it brings fio's and gnuplot's side along, which -help does without
    from millpond.orion.report import Report

HELP = {"help_option_names": ["-help", "--help"]}


def orion(
    run: Annotated[Run, typer.Option("-run", help="The kind of workload.", case_sensitive=False)],
    testname: Annotated[
        str, typer.Option("-testname", help="Of TESTNAME.lun, and of the files of results.")
    ] = "orion",
    num_disks: Annotated[
        int | None,
        typer.Option(
            "-num_disks",
            min=1,
            max=1000,
            help="Physical disks, which set the loads  [default: volumes]",
        ),
    ] = None,
    size_small: Annotated[
        int, typer.Option("-size_small", min=1, max=65536, help="KB of a small I/O.")
    ] = 8,
    size_large: Annotated[
        int, typer.Option("-size_large", min=1, max=65536, help="KB of a large I/O.")
    ] = 1024,
    type_: Annotated[
        Type | None,
        typer.Option("-type", case_sensitive=False, help="Of large I/Os  [default: rand]"),
    ] = None,
    num_stream_io: Annotated[
        int | None,
        typer.Option(
            "-num_streamIO", min=1, max=256, help="Outstanding I/Os of a stream  [default: 4]"
        ),
    ] = None,
    simulate: Annotated[
        Simulate,
        typer.Option("-simulate", case_sensitive=False, help="What the volumes are together."),
    ] = Simulate.CONCAT,
    stripe: Annotated[
        int | None,
        typer.Option("-stripe", min=1, help="KB of a stripe, with raid0  [default: 1024]"),
    ] = None,
    write: Annotated[
        int,
        typer.Option(
            "-write", min=0, max=100, help="Percent of writes, which destroy what is there."
        ),
    ] = 0,
    cache_size: Annotated[
        int | None,
        typer.Option(
            "-cache_size",
            min=0,
            help="MB to fill an array's cache with before sequential loads; 0: none"
            "  [default: two minutes' worth]",
        ),
    ] = None,
    duration: Annotated[
        int, typer.Option("-duration", min=1, help="Seconds of a load point.")
    ] = 60,
    matrix: Annotated[
        Matrix | None,
        typer.Option(
            "-matrix", case_sensitive=False, help="Which loads are combined  [default: basic]"
        ),
    ] = None,
    num_small: Annotated[
        int | None,
        typer.Option("-num_small", min=0, help="Outstanding small I/Os: point, col, max."),
    ] = None,
    num_large: Annotated[
        int | None,
        typer.Option(
            "-num_large", min=0, help="Outstanding large I/Os or streams: point, row, max."
        ),
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("-overwrite", help="Write even to what is in use, or holds something."),
    ] = False,
    verbose: Annotated[bool, typer.Option("-verbose", help="Print each load point.")] = False,
) -> None:
    """Measure devices or files, which TESTNAME.lun names one a line, at rising loads.

    simple: small random I/Os, then large ones; normal: all combinations of these; oltp: small ones
    up to 20 for each disk; dss: large ones up to 15 for each disk; advanced: what -matrix says.
    The results are in files that begin with TESTNAME and the time. `orion` is the same command.

    Example: millpond orion -run simple -testname mytest -num_disks 8
    """
    from millpond.orion import guard, measure, volumes

    found = volumes.read(testname)
    request = asked.Request(
        run,
        num_disks or len(found),
        testname,
        size_small,
        size_large,
        type_,
        num_stream_io,
        simulate,
        stripe,
        write,
        cache_size,
        duration,
        matrix,
        num_small,
        num_large,
    )
    test = measure.plan(request, found, _command_line())
    if write and not overwrite:
        guard.check_free(found)
    report = measure.begin(test)
    typer.echo(f"ORION: I/O numbers -- {test.version}\n{report.name}")
    typer.echo(f"Test will take approximately {-(-measure.seconds(test) // 60)} minutes.\n")
    points = len(test.loads.points)
    try:
        measure.measure(test, report, lambda m: _tell(m, len(report.found), points, verbose))
    except KeyboardInterrupt:
        done = f"{len(report.found)} of {points} data points"
        typer.echo(f"interrupted: {done} are in {report.path('summary.txt')}", err=True)
        raise
    finally:
        _draw(report)
    typer.echo("\n".join(report.best()))


def _draw(report: "Report") -> None:
    """The figures are what counts, so plots that cannot be drawn are no failure."""
    from millpond.orion import plots

    try:
        plots.draw(report)
    except Failed as error:
        typer.echo(f"no plots: {error.cause}", err=True)


def _command_line() -> str:
    """The options as they were typed."""
    words = sys.argv[1:]
    return shlex.join(words[1:] if words[:1] == ["orion"] else words)


def _tell(measured: Measured, done: int, points: int, verbose: bool) -> None:
    """Progress, and with ``-verbose`` the figures."""
    if not verbose:
        typer.echo(f"data point {done} of {points}", err=True)
        return
    latency = "" if measured.latency is None else f", {measured.latency:.2f} usecs"
    figures = f"{measured.iops:.0f} IOPS{latency}, {measured.mbps:.2f} MBPS"
    where = f"Small={measured.point.small} and Large={measured.point.large}"
    typer.echo(f"data point {done} of {points} @ {where}: {figures}")


app = typer.Typer(pretty_exceptions_enable=False, context_settings=HELP)
app.command(context_settings=HELP)(orion)


def main() -> None:
    """Run ``orion``."""
    run_program(app)
