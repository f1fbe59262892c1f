"""``millpond job``: work under way, and its history."""

from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.jobs import SETTLED, run, subject
from millpond.cli.options import OutputOption, WaitOption, WatchOption
from millpond.cli.output import Block, Column, Fields, Output, Rows, table
from millpond.cli.output import show as show_value
from millpond.cli.session import connect
from millpond.cli.sizes import between, show_bytes, show_seconds, show_time
from millpond.cli.watch import present
from millpond.domain.job import JobState

app = typer.Typer(no_args_is_help=True, help="Jobs: follow, cancel or resume work.")

JobId = Annotated[str, typer.Argument(metavar="JOB", help="Id of the job.")]


def _percent(job: Json) -> str | None:
    percent = (job.get("progress") or {}).get("percent")
    return None if percent is None or job["state"] in SETTLED else f"{percent:.0f}%"


def _error(error: Json | None) -> str | None:
    return None if not error else str(error.get("message") or error.get("cause") or error)


_COLUMNS = (
    Column("ID", "id", fixed=True),
    Column("KIND", "kind"),
    Column("SUBJECT", subject),
    Column("STATE", "state", fixed=True),
    Column("DONE", _percent, fixed=True, right=True),
    Column("STEP", "step", wide=True),
    Column("USER", "user", wide=True),
    Column("CREATED", lambda j: show_time(j["created"]), wide=True, fixed=True),
    Column("TOOK", lambda j: show_seconds(between(j["started"], j["ended"])), wide=True),
    Column("ERROR", lambda j: _error(j.get("error")), wide=True),
)

_STEPS = (
    Column("N", "n", fixed=True, right=True),
    Column("STEP", "name"),
    Column("STATE", "state", fixed=True),
    Column("ERROR", lambda s: _error(s.get("error"))),
)


def _view(job: Json) -> list[Block]:
    progress, error = job.get("progress") or {}, job.get("error") or {}
    rate = progress.get("rate")
    fields: list[tuple[str, object]] = [
        ("Id", job["id"]),
        ("Kind", job["kind"]),
        ("Subject", subject(job)),
        ("State", job["state"]),
        ("User", job["user"]),
        ("Created", show_time(job["created"])),
        ("Started", show_time(job["started"])),
        ("Ended", show_time(job["ended"])),
    ]
    if job["state"] not in SETTLED:
        fields += [
            ("Progress", _percent(job)),
            ("Rate", f"{show_bytes(rate)}/s" if rate else None),
            ("Time left", show_seconds(progress.get("seconds_left"))),
            ("Doing", progress.get("message")),
        ]
    if job.get("cancel_requested"):
        fields.append(("Cancel", "asked for"))
    if job.get("parent"):
        fields.append(("Started by", f"job {job['parent']}"))
    fields += [(name.replace("_", " "), value) for name, value in (job.get("result") or {}).items()]
    if error:
        fields += [("Error", _error(error)), ("Fix", error.get("fix"))]
    return [Fields(fields), Rows(_STEPS, job.get("steps") or [], "Steps", "no steps yet")]


@app.command("list")
def list_(
    state: Annotated[JobState | None, typer.Option(help="Only jobs in this state.")] = None,
    about: Annotated[
        str | None, typer.Option("--subject", help="Only jobs about this, as vm:ID.")
    ] = None,
    limit: Annotated[int, typer.Option(help="At most so many, the newest first.", min=1)] = 50,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List jobs, the newest first.

    Example: millpond job list --state running --watch
    """
    with connect() as client:
        present(
            client,
            lambda: client.items("/jobs", state=state, subject=about, limit=limit),
            table(_COLUMNS, "no jobs"),
            output,
            watch=watch,
        )


@app.command()
def show(job: JobId, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """Show one job, step by step.

    Example: millpond job show 8f3c1c5e-0d7b-4a30-9f6e-0b6f4f1f7f10
    """
    with connect() as client:
        present(client, lambda: client.get(path("jobs", job)), _view, output, watch=watch)


@app.command()
def wait(job: JobId, output: OutputOption = Output.TABLE) -> None:
    """Wait for a job, showing its progress. Ctrl-C leaves it running.

    Example: millpond job wait 8f3c1c5e-0d7b-4a30-9f6e-0b6f4f1f7f10
    """
    with connect() as client:
        run(client, client.get(path("jobs", job)), output)


@app.command()
def cancel(job: JobId, output: OutputOption = Output.TABLE) -> None:
    """Ask a job to stop and to undo what it did.

    Example: millpond job cancel 8f3c1c5e-0d7b-4a30-9f6e-0b6f4f1f7f10
    """
    with connect() as client:
        show_value(client.call("POST", path("jobs", job, "cancel")), _view, output)


@app.command()
def resume(job: JobId, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Let a held job look at the world again and go on.

    Example: millpond job resume 8f3c1c5e-0d7b-4a30-9f6e-0b6f4f1f7f10
    """
    with connect() as client:
        run(client, client.call("POST", path("jobs", job, "resume")), output, wait=wait)
