"""Waiting for jobs: a bar with percent, rate, time left and step; Ctrl-C leaves them running."""

import sys
import time
from collections.abc import Sequence

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn
from rich.table import Column as ProgressColumn

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import CliError, ExitCode, from_job
from millpond.cli.output import Output, document, visible
from millpond.cli.report import print_error
from millpond.cli.sizes import between, show_bytes, show_seconds

ENDED = frozenset({"done", "failed", "cancelled"})
SETTLED = ENDED | {"held"}
"""States in which waiting longer changes nothing."""

PATIENCE = 120.0
"""Seconds a waiting command bears a manager that does not answer (it may be restarting)."""


def settle(
    client: Client,
    jobs: Sequence[Json],
    output: Output,
    *,
    wait: bool = True,
    errors: Sequence[CliError] = (),
) -> list[Json]:
    """See the ``jobs`` of one command to their end and report them.

    ``errors`` are requests of the same command that were refused.
    """
    jobs = list(jobs)
    if wait and jobs:
        jobs = _wait(client, jobs)
    _print(jobs, output, single=len(jobs) + len(errors) == 1, waited=wait)
    end_with([*errors, *(from_job(j) for j in jobs if wait and j["state"] != "done")])
    return jobs


def end_with(problems: Sequence[CliError]) -> None:
    """End the command if there are ``problems``: a single one is raised; several are printed, and
    the first decides the exit code."""
    if len(problems) == 1:
        raise problems[0]
    for problem in problems:
        print_error(problem)
    if problems:
        raise typer.Exit(problems[0].exit_code)


def run(client: Client, job: Json, output: Output, *, wait: bool = True) -> Json:
    """``settle`` for the one job of a command."""
    return settle(client, [job], output, wait=wait)[0]


def subject(job: Json) -> str:
    """What the job is about, in words."""
    return str(job.get("subject_name") or job.get("subject") or "")


def _print(jobs: list[Json], output: Output, *, single: bool, waited: bool) -> None:
    if output in (Output.JSON, Output.YAML):
        if jobs:
            sys.stdout.write(document(jobs[0] if single else jobs, output))
        return
    for job in jobs:
        title = visible(f"{job['kind']} {subject(job)}".strip())
        if waited and job["state"] == "done":
            took = show_seconds(between(job.get("started"), job.get("ended")))
            sys.stdout.write(f"{title}: done in {took}{_results(job)}\n")
        elif not waited:
            sys.stdout.write(f"{title}: {job['state']}; millpond job wait {job['id']}\n")


def _results(job: Json) -> str:
    """Measured times of the job's result, such as a migration's downtime."""
    result = job.get("result") or {}
    return "".join(
        f", {key.removesuffix('_ms').replace('_', ' ')} {value:.0f} ms"
        for key, value in result.items()
        if key.endswith("_ms") and isinstance(value, int | float)
    )


def _wait(client: Client, jobs: list[Json]) -> list[Json]:
    current = {job["id"]: job for job in jobs}
    with _progress() as progress:
        bars = {job["id"]: progress.add_task("", total=None, figures="", step="") for job in jobs}
        try:
            while open_jobs := [i for i, job in current.items() if job["state"] not in SETTLED]:
                for index, identifier in enumerate(open_jobs):
                    # The first is waited for, a second at most; the others are only looked at.
                    job = _look(client, identifier, 1.0 if index == 0 else 0.0)
                    current[identifier] = job
                    _advance(progress, bars[identifier], job)
        except KeyboardInterrupt:
            progress.stop()
            _left_running(list(current.values()))
            raise SystemExit(ExitCode.INTERRUPTED) from None
    return list(current.values())


def _look(client: Client, identifier: str, seconds: float) -> Json:
    """The job, after up to ``seconds`` if it has not ended sooner."""
    deadline = time.monotonic() + PATIENCE
    while True:
        try:
            job: Json = (
                client.get(path("jobs", identifier, "wait"), timeout=seconds)
                if seconds
                else client.get(path("jobs", identifier))
            )
        except CliError as error:
            if error.exit_code is not ExitCode.UNREACHABLE or time.monotonic() > deadline:
                raise
            time.sleep(1)
        else:
            return job


def _progress() -> Progress:
    """On stderr, so that stdout holds the result alone; nothing where that is no terminal."""
    console = Console(stderr=True, markup=False, highlight=False)
    return Progress(
        TextColumn(
            "{task.description}",
            markup=False,
            table_column=ProgressColumn(ratio=3, no_wrap=True, overflow="ellipsis"),
        ),
        BarColumn(bar_width=None, table_column=ProgressColumn(ratio=2, min_width=8)),
        TextColumn("{task.fields[figures]}", markup=False),
        TextColumn(
            "{task.fields[step]}",
            markup=False,
            table_column=ProgressColumn(ratio=3, no_wrap=True, overflow="ellipsis"),
        ),
        console=console,
        transient=True,
        expand=True,
        disable=not console.is_terminal,
    )


def _advance(progress: Progress, bar: TaskID, job: Json) -> None:
    done = job.get("progress") or {}
    percent, rate, left = done.get("percent"), done.get("rate"), done.get("seconds_left")
    figures = [
        f"{percent:3.0f}%" if percent is not None else "",
        f"{show_bytes(rate)}/s" if rate else "",
        f"{show_seconds(left)} left" if left is not None else "",
    ]
    progress.update(
        bar,
        description=visible(f"{job['kind']} {subject(job)}"),
        total=100.0 if percent is not None else None,
        completed=percent or 0.0,
        figures=" ".join(filter(None, figures)),
        step=visible(str(done.get("message") or job.get("step") or job["state"])),
    )


def _left_running(jobs: list[Json]) -> None:
    for job in jobs:
        if job["state"] not in SETTLED:
            sys.stderr.write(
                f"{job['kind']} {subject(job)} goes on.\n"
                f"  follow it: millpond job wait {job['id']}\n"
                f"  cancel it: millpond job cancel {job['id']}\n"
            )
