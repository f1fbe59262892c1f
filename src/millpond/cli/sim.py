"""``millpond sim``: whole pools, simulated, with every invariant checked after every event."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from millpond.cli.errors import CliError, ExitCode, usage
from millpond.cli.options import OutputOption
from millpond.cli.output import Column, Output, Rows, show

if TYPE_CHECKING:  # it brings half of the system along: it is loaded when it is used
    from millpond.sim.scenario import Scenario

app = typer.Typer(no_args_is_help=True, help="Simulate pools, and check what must always hold.")


@app.callback()
def sim() -> None:
    """Simulate pools, and check what must always hold."""


@app.command("list")
def list_(output: OutputOption = Output.TABLE) -> None:
    """The scenarios that come with Millpond, and what each shows.

    Example: millpond sim list
    """
    from millpond.sim.scenario import shipped

    rows = [{"name": s.name, "intent": s.intent} for s in shipped()]
    show(rows, lambda found: [Rows(_SCENARIO, found)], output)


_SCENARIO = (Column("NAME", "name", fixed=True), Column("INTENT", "intent"))


@app.command()
def run(
    scenario: Annotated[
        str, typer.Argument(metavar="SCENARIO", help="A name, a folder of your own, or: all.")
    ],
    update: Annotated[bool, typer.Option(help="Make this log the expected one.")] = False,
) -> None:
    """Play a scenario and compare its log with the expected one.

    One scenario prints its log, all print those that differ. Exit code 1 if any does, or if an
    invariant is violated.

    Example: millpond sim run all
    """
    from millpond.sim.scenario import BadScenario

    found = _scenarios(scenario)
    bad = 0
    for one in found:
        try:
            outcome = one.run()
        except BadScenario as error:
            raise CliError(ExitCode.FAILED, one.name, str(error)) from error
        if len(found) == 1:
            typer.echo("\n".join(outcome.lines))
        if update and outcome.problem is None:
            one.update(outcome)
        difference = one.difference(outcome)
        if outcome.problem or difference:
            bad += 1
            typer.echo(f"{one.name}: {outcome.problem or 'the log differs'}\n{difference}")
    typer.echo(f"{len(found) - bad} of {len(found)} scenarios as expected", err=True)
    if bad:
        raise typer.Exit(1)


def _scenarios(name: str) -> "list[Scenario]":
    from millpond.sim.scenario import CLUSTER, SCENARIOS, Scenario, shipped

    if name == "all":
        return shipped()
    for folder in (SCENARIOS / name, Path(name)):
        if (folder / CLUSTER).is_file():
            return [Scenario(folder)]
    raise usage(f"there is no scenario {name}", "list them with: millpond sim list")


@app.command()
def fuzz(
    seeds: Annotated[int, typer.Option(min=1, help="How many seeds to run.")] = 1000,
    start: Annotated[int, typer.Option(min=0, help="The first of them.")] = 0,
    jobs: Annotated[int, typer.Option(min=1, help="Processes to run them in.")] = 2,
) -> None:
    """Play random clusters in random trouble, one for each seed.

    The first seed that violates an invariant ends the run, with its shortest replay as a folder for
    ``millpond sim run``. Exit code 1 if there is one.

    Example: millpond sim fuzz --seeds 1000 --jobs 2
    """
    from millpond.sim.many import run_seeds

    done = 0
    for result in run_seeds(range(start, start + seeds), jobs):
        done += 1
        if result.problem is not None:
            typer.echo(f"seed {result.seed}: {result.problem}")
            replay(result.seed)
            raise typer.Exit(1)
        if done % 1000 == 0:
            typer.echo(f"{done} seeds without a violation", err=True)
    typer.echo(f"{done} seeds without a violation")


@app.command()
def replay(
    seed: Annotated[int, typer.Argument(metavar="SEED")],
    directory: Annotated[
        Path | None, typer.Option("--to", help="Where to write it  [default: ./seed-SEED]")
    ] = None,
) -> None:
    """Play one seed again. If it fails, write its shortest failing form as a scenario.

    Example: millpond sim replay 4711
    """
    from millpond.sim.fuzz import case_of
    from millpond.sim.shrink import shrink
    from millpond.sim.write import write

    case = case_of(seed)
    outcome = case.run()
    if outcome.problem is not None:
        case, outcome = shrink(case, outcome.problem.partition(":")[0])
        folder = write(case, outcome, directory or Path(f"seed-{seed}"))
        typer.echo((folder / "timeline.toml").read_text())
    typer.echo("\n".join(outcome.lines))
    typer.echo(f"seed {seed}: {outcome.problem or 'no violation'}")
    if outcome.problem is not None:
        typer.echo(f"play it again with: millpond sim run {folder}", err=True)
        raise typer.Exit(1)
