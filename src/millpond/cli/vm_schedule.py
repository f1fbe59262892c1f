"""``millpond vm schedule``: snapshots and backups that come, and go, by themselves."""

import re
import time
from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from millpond.cli.backup import PLACE, OnOption, place
from millpond.cli.client import Json, path
from millpond.cli.errors import usage
from millpond.cli.jobs import run as run_job
from millpond.cli.options import OutputOption, VmName, WaitOption, WatchOption
from millpond.cli.output import Column, Output, table
from millpond.cli.session import connect
from millpond.cli.sizes import show_seconds, show_time
from millpond.cli.watch import present

app = typer.Typer(
    no_args_is_help=True, help="Snapshots and backups of a VM, made and deleted by schedule."
)

ScheduleName = Annotated[str, typer.Argument(metavar="SCHEDULE", help="Name of the schedule.")]

_UNITS = {"m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_EVERY = re.compile(r"^(\d{1,6})([mhdw])$")


def period(text: str) -> int:
    """``12h`` -> seconds."""
    match = _EVERY.match(text)
    if match is None:
        raise usage(f"{text!r} is no period", "write minutes, hours, days or weeks, such as 12h")
    return int(match[1]) * _UNITS[match[2]]


def first_time(text: str | None, now: float) -> float:
    """When it begins: the next time (UTC) that the clock shows ``02:00``, a whole time such as
    ``2027-01-31T02:00``, or, for None, ``now``."""
    if text is None:
        return float(int(now))
    try:
        if len(text) > 5:
            moment = datetime.fromisoformat(text)
            return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        clock = datetime.strptime(text, "%H:%M")
    except ValueError:
        raise usage(f"{text!r} is no time", "write 02:00 or 2027-01-31T02:00, in UTC") from None
    today = datetime.fromtimestamp(now, UTC)
    at = today.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return (at if at >= today else at + timedelta(days=1)).timestamp()


def _state(view: Json) -> str:
    return f"failed: {view['failure']['error']}" if view["failure"] else "ok"


def _kind(view: Json) -> str:
    """What is made, and how."""
    how = next((k for k in ("memory", "quiesce") if view["schedule"][k]), "disks")
    place = view["schedule"]["backup"]
    return how if place is None else f"{how} to {place['repository'] or place['directory']}"


_SCHEDULES = (
    Column("SCHEDULE", lambda v: v["schedule"]["name"]),
    Column("EVERY", lambda v: show_seconds(v["schedule"]["every"]), fixed=True),
    Column("KEEP", lambda v: v["schedule"]["keep"], fixed=True),
    Column("KIND", _kind, wide=True),
    Column("THERE", "snapshots", fixed=True, wide=True),
    Column("LAST", lambda v: show_time(v["last"]), fixed=True, wide=True),
    Column("NEXT", lambda v: show_time(v["next"]), fixed=True),
    Column("STATE", _state),
)


@app.command("list")
def list_(vm: VmName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List a VM's schedules, and whether they work.

    Example: millpond vm schedule list web1
    """
    with connect() as client:
        where = path("vms", vm, "schedules")
        draw = table(_SCHEDULES, "no schedules")
        present(client, lambda: client.items(where), draw, output, watch=watch)


@app.command("set")
def set_(
    vm: VmName,
    schedule: ScheduleName,
    every: Annotated[str, typer.Option(help="How often: such as 30m, 12h, 1d or 1w.")],
    keep: Annotated[
        int,
        typer.Option(
            min=1,
            help="How many of its own stay: backups, or 48 snapshots at most.",
        ),
    ],
    at: Annotated[
        str | None,
        typer.Option(help="When first, in UTC: 02:00 or 2027-01-31T02:00; default: now."),
    ] = None,
    quiesce: Annotated[
        bool, typer.Option("--quiesce", help="Have the agent of a guest freeze its file systems.")
    ] = False,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep a guest's memory too; it pauses for that.")
    ] = False,
    backup_to: Annotated[
        str | None,
        typer.Option(metavar="PLACE", help=f"Make backups instead of snapshots. {PLACE}"),
    ] = None,
    on: OnOption = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Have snapshots or backups made by themselves, and all but the last of them deleted again.

    Example: millpond vm schedule set web1 nightly --every 1d --at 02:00 --keep 7
    """
    if on is not None and backup_to is None:
        raise usage("--on is given without --backup-to", "leave it out, or give both")
    body = {
        "name": schedule,
        "first": first_time(at, time.time()),
        "every": period(every),
        "keep": keep,
        "quiesce": quiesce,
        "memory": memory,
        "backup": place(backup_to, on) if backup_to is not None else None,
    }
    with connect() as client:
        job = client.submit("POST", path("vms", vm, "schedules"), body)
        run_job(client, job, output, wait=wait)


@app.command("run")
def run_now(
    vm: VmName,
    schedule: ScheduleName,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a schedule's snapshot or backup now, besides those that are due.

    Example: millpond vm schedule run web1 nightly
    """
    with connect() as client:
        job = client.submit("POST", path("vms", vm, "schedules", schedule, "run"), {})
        run_job(client, job, output, wait=wait)


@app.command()
def delete(
    vm: VmName,
    schedule: ScheduleName,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make no more snapshots or backups by a schedule. Those it made stay until somebody deletes them.

    Example: millpond vm schedule delete web1 nightly
    """
    with connect() as client:
        job = client.submit("DELETE", path("vms", vm, "schedules", schedule))
        run_job(client, job, output, wait=wait)
