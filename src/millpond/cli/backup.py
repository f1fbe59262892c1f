"""``millpond backup``: what a VM can be brought back from."""

import sys
from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.jobs import run
from millpond.cli.options import (
    OutputOption,
    PoolName,
    VmName,
    WaitOption,
    WatchOption,
    YesOption,
    complete_server,
)
from millpond.cli.output import Block, Column, Fields, Output, Rows, table, write
from millpond.cli.session import connect
from millpond.cli.sizes import show_bytes, show_time
from millpond.cli.watch import present
from millpond.domain.backup import Quiesce

app = typer.Typer(no_args_is_help=True, help="Backups of VMs: take, list, verify, restore.")

_COLUMNS = (
    Column("BACKUP", "id", fixed=True),
    Column("VM", "name"),
    Column("TAKEN", lambda b: show_time(b["taken"]), fixed=True),
    Column("KIND", lambda b: "incremental" if b["parent"] else "full", fixed=True),
    Column("FILES", lambda b: show_bytes(b["bytes"]), fixed=True, right=True),
    Column("DISKS", lambda b: show_bytes(b["size"]), fixed=True, right=True),
    Column("WHILE IT", lambda b: "ran" if b["live"] else "was off", wide=True),
    Column("SCHEDULE", lambda b: b["schedule"] or "-", wide=True),
    Column("BUILDS ON", lambda b: b["parent"] or "-", wide=True, fixed=True),
    Column("VM ID", "vm", wide=True, fixed=True),
)
_DISKS = (
    Column("DISK", "target", fixed=True),
    Column("KIND", lambda d: "incremental" if d["incremental"] else "full", fixed=True),
    Column("FILE", lambda d: show_bytes(d["bytes"]), right=True),
    Column("SIZE", lambda d: show_bytes(d["size"]), right=True),
    Column("WHY IN FULL", lambda d: d["why_full"]),
)

PLACE = "A repository, or a directory that was opened for backups on its server."
ToOption = Annotated[str, typer.Option("--to", metavar="PLACE", help=PLACE)]
InOption = Annotated[str, typer.Option("--in", metavar="PLACE", help=PLACE)]
OnOption = Annotated[
    str | None,
    typer.Option(
        "--on",
        help="The server whose directory it is. Default: a utility server.",
        autocompletion=complete_server,
    ),
]
SavedVm = Annotated[
    str, typer.Argument(metavar="VM", help="What the VM was called then, or its id.")
]
BackupName = Annotated[
    str, typer.Argument(metavar="BACKUP", help="A backup of it; latest is the last.")
]


def place(text: str, server: str | None) -> Json:
    """Where backups lie, as the API takes it: a path is a directory, all else a repository."""
    directory = text.startswith("/")
    return {
        "repository": None if directory else text,
        "directory": text if directory else None,
        "server": server,
    }


def _one(pool: str, vm: str, backup: str, *more: str) -> str:
    return path("pools", pool, "backups", vm, backup, *more)


@app.command()
def create(
    vm: VmName,
    to: ToOption,
    on: OnOption = None,
    full: Annotated[
        bool, typer.Option("--full", help="Everything, not only what has changed.")
    ] = False,
    quiesce: Annotated[
        Quiesce,
        typer.Option(help="The guest's agent freezes its file systems: if it answers, or must."),
    ] = Quiesce.NO,
    keep: Annotated[
        int | None,
        typer.Option(min=1, help="Then delete old ones taken by hand, but keep at least so many."),
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Back a VM up while it runs or is off: what has changed since the last backup, where that is known.

    Example: millpond backup create web1 --to data1
    """
    body = {**place(to, on), "full": full, "quiesce": quiesce.value, "keep": keep}
    with connect() as client:
        job = client.submit("POST", path("vms", vm, "backups"), body)
        _say(run(client, job, output, wait=wait), output)


@app.command("list")
def list_(
    pool: PoolName,
    in_: InOption,
    on: OnOption = None,
    vm: Annotated[str | None, typer.Option(help="Only of this VM; name or id.")] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List the backups in a place, the oldest first.

    Example: millpond backup list pool1 --in data1
    """
    with connect() as client:
        where, which = path("pools", pool, "backups"), place(in_, on)
        present(
            client,
            lambda: client.items(where, vm=vm, **which),
            table(_COLUMNS, "no backups"),
            output,
            watch=watch,
        )


@app.command("show")
def show(
    pool: PoolName,
    vm: SavedVm,
    backup: BackupName,
    in_: InOption,
    on: OnOption = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show one backup.

    Example: millpond backup show pool1 web1 latest --in data1
    """
    with connect() as client:
        which = place(in_, on)
        present(
            client,
            lambda: client.get(_one(pool, vm, backup), **which),
            _view,
            output,
            watch=watch,
        )


@app.command()
def verify(
    pool: PoolName,
    vm: SavedVm,
    backup: BackupName,
    in_: InOption,
    on: OnOption = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Read a backup with all that it needs, and compare it with what was written.

    Example: millpond backup verify pool1 web1 latest --in data1
    """
    with connect() as client:
        job = client.submit("POST", _one(pool, vm, backup, "verify"), place(in_, on))
        run(client, job, output, wait=wait)


@app.command()
def restore(
    pool: PoolName,
    vm: SavedVm,
    backup: BackupName,
    in_: InOption,
    on: OnOption = None,
    name: Annotated[
        str | None, typer.Option(help="What the new VM shall be called; its own if left out.")
    ] = None,
    to: Annotated[
        str | None, typer.Option("--to", help="Repository of the new VM; default: cluster root.")
    ] = None,
    same_macs: Annotated[
        bool, typer.Option("--same-macs", help="Its MAC addresses of then, not fresh ones.")
    ] = False,
    over: Annotated[
        bool, typer.Option("--over", help="Replace the disks of the VM itself, which is off.")
    ] = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Bring a VM back from a backup: as a new one, or with --over in its place.

    Example: millpond backup restore pool1 web1 latest --in data1 --name web1-again
    """
    if over and not yes:
        typer.confirm(f"Replace what is on the disks of {vm}, for good?", abort=True, err=True)
    new = {"name": name, "to": to, "same_macs": same_macs, "over": over}
    with connect() as client:
        where = _one(pool, vm, backup, "restore")
        job = client.submit("POST", where, {**place(in_, on), **new})
        _say(run(client, job, output, wait=wait), output)


@app.command()
def delete(
    pool: PoolName,
    vm: SavedVm,
    backup: BackupName,
    in_: InOption,
    on: OnOption = None,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Delete a backup that no other builds on.

    Example: millpond backup delete pool1 web1 latest --in data1
    """
    if not yes:
        typer.confirm(f"Delete backup {backup} of {vm}?", abort=True, err=True)
    with connect() as client:
        job = client.submit("DELETE", _one(pool, vm, backup), **place(in_, on))
        run(client, job, output, wait=wait)


def _view(found: Json) -> list[Block]:
    return [
        Fields(
            [
                ("Backup", found["id"]),
                ("VM", found["config"]["name"]),
                ("VM id", found["vm"]),
                ("Pool", found["pool"]),
                ("Taken", show_time(found["taken"])),
                ("Schedule", found["schedule"] or "-"),
                ("While it", "ran" if found["live"] else "was off"),
                ("Quiesced", _quiesced(found)),
                ("Builds on", found["parent"] or "-"),
            ]
        ),
        Rows(_DISKS, found["disks"], empty="no disks"),
    ]


def _quiesced(found: Json) -> str:
    if not found["live"]:
        return "-"
    why = found["why_not_quiesced"]
    return "yes" if found["quiesced"] else f"no: {why}" if why else "no"


def _say(job: Json, output: Output) -> None:
    """What the job's result says of it."""
    notes = (job.get("result") or {}).get("notes")
    if notes and output in (Output.TABLE, Output.WIDE):
        rows = [{"text": text} for text in notes]
        write([Rows((Column("NOTE", "text"),), rows, empty="")], output, sys.stdout)
