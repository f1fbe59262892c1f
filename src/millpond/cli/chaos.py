"""``millpond chaos``: break a lab at random and see whether anything was promised in vain."""

import random
import re
import time
from collections.abc import Iterable
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from millpond.cli import config
from millpond.cli.client import Client, Json
from millpond.cli.errors import usage
from millpond.cli.options import OutputOption
from millpond.cli.output import Block, Column, Fields, Output, Rows, show

if TYPE_CHECKING:  # the lab brings half of the system along: it is loaded when it is used
    from millpond.lab.chaos.report import Report

app = typer.Typer(no_args_is_help=True, help="Break a lab's servers at random, under a checker.")

_PROBLEM = (Column("WHAT", "what"),)
_UNITS = {"s": 1, "m": 60, "h": 3600}


@app.callback()
def chaos() -> None:
    """Break a lab's servers at random, under a checker."""


@app.command()
def run(
    pool: Annotated[str, typer.Argument(metavar="POOL", help="A pool made with --lab.")],
    duration: Annotated[str, typer.Option(help="Such as 90s, 10m or 2h.")] = "10m",
    lab: Annotated[str, typer.Option("--name", help="The lab.", envvar="MILLPOND_LAB")] = "lab",
    seed: Annotated[int | None, typer.Option(help="Repeat the faults of an earlier run.")] = None,
    guests: Annotated[int, typer.Option(min=2, max=32, help="HA guests to run.")] = 4,
    output: OutputOption = Output.TABLE,
) -> None:
    """Cut power, freeze, unplug and kill, with guests that write and jobs that run meanwhile.

    Exit code 1 if a guest ever had two writers or was back later than promised, an accepted job did
    not end, a guest is missing at the end, or the run was interrupted. The order of faults repeats
    with the seed; what is asked of the manager meanwhile, and what the faults meet, does not.

    Example: millpond chaos run pool1 --name demo --duration 10m
    """
    from millpond.lab.chaos.run import Chaos
    from millpond.lab.lab import Lab

    match = re.fullmatch(r"(\d+)([smh])", duration)
    if match is None:
        raise usage(f"{duration!r} is no duration", "give seconds, minutes or hours: 90s, 10m, 2h")
    began = time.monotonic()

    def say(sentence: str) -> None:
        typer.echo(f"{time.monotonic() - began:7.1f}  {sentence}", err=True)

    chosen = seed if seed is not None else random.SystemRandom().randrange(1 << 32)
    run_ = Chaos(Lab(lab), pool, lambda: Client(config.load()), chosen, say, guests)
    report = run_.run(float(match[1]) * _UNITS[match[2]])
    _show(report, output)
    if not report.clean:
        raise typer.Exit(1)


def _show(report: "Report", output: Output) -> None:
    show(asdict(report), _draw, output)


def _draw(report: Json) -> list[Block]:
    return [
        Fields(
            [
                ("Seed", report["seed"]),
                ("Time", f"{report['seconds']:.0f} s, {report['looks']} looks at the world"),
                ("Faults", ", ".join(f"{n} x {name}" for name, n in report["faults"].items())),
                ("Jobs", f"{report['accepted']} accepted, {report['refused']} refused"),
                *_returns(report["returns"]),
                ("Aborted", report["aborted"] or "no"),
            ]
        ),
        _problems("Violations", report["violations"]),
        _problems("Promises broken", report["broken"]),
        _problems("Jobs without an end", report["unended"].values()),
        _problems("Guests missing at the end", report["missing"]),
        _problems("Faults left out", report["skipped"]),
    ]


def _problems(title: str, sentences: Iterable[str]) -> Rows:
    return Rows(_PROBLEM, [{"what": sentence} for sentence in sentences], title)


def _returns(returns: list[Json]) -> list[tuple[str, str]]:
    """One line for each promise that guests came back under."""
    if not returns:
        return [("Back", "no guest was gone that the load leaves alone")]
    lines = []
    for promised in sorted({r["promised"] for r in returns}):
        seconds = [r["seconds"] for r in returns if r["promised"] == promised]
        slowest = f"the slowest after {max(seconds):.1f} s of {promised:g} s promised"
        lines.append(("Back", f"{len(seconds)} guests, {slowest}"))
    return lines
