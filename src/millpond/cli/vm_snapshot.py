"""``millpond vm snapshot``: a VM as it was at some moments, and the way back."""

from collections.abc import Iterator
from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.jobs import run
from millpond.cli.options import (
    ForceOption,
    OutputOption,
    VmName,
    WaitOption,
    WatchOption,
    YesOption,
)
from millpond.cli.output import Block, Column, Fields, Output, Rows, table
from millpond.cli.session import connect
from millpond.cli.sizes import show_bytes, show_mib, show_time
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="Snapshots: a VM as it was, and the way back.")

SnapshotName = Annotated[str, typer.Argument(metavar="SNAPSHOT", help="Name of the snapshot.")]


def _tree(snapshots: list[Json]) -> list[Json]:
    """Each after the one that it came after, its name moved in beneath it."""

    def beneath(parent: str | None, depth: int) -> Iterator[Json]:
        for one in sorted(snapshots, key=lambda s: s["created"]):
            if one["parent"] == parent:
                yield one | {"tree": "  " * depth + one["name"]}
                yield from beneath(one["name"], depth + 1)

    return list(beneath(None, 0))


def _state(snapshot: Json) -> str:
    if snapshot["deleting"]:
        return "deleting"
    return "current" if snapshot["current"] else ""


_SNAPSHOTS = (
    Column("SNAPSHOT", "tree"),
    Column("CREATED", lambda s: show_time(s["created"]), fixed=True),
    Column("MEMORY", "memory", fixed=True),
    Column("SCHEDULE", "schedule"),
    Column("STATE", _state, fixed=True),
    Column("DESCRIPTION", "description"),
)


@app.command("list")
def list_(vm: VmName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List a VM's snapshots as a tree. The VM goes on from the current one.

    Example: millpond vm snapshot list web1
    """
    draw = table(_SNAPSHOTS, "no snapshots")
    with connect() as client:
        where = path("vms", vm, "snapshots")
        present(
            client,
            lambda: client.items(where),
            lambda found: draw(_tree(found)),
            output,
            watch=watch,
        )


@app.command()
def show(
    vm: VmName,
    snapshot: SnapshotName,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show a snapshot, and the VM as it was then.

    Example: millpond vm snapshot show web1 before-upgrade
    """
    with connect() as client:
        where = path("vms", vm, "snapshots", snapshot)
        present(client, lambda: client.get(where), snapshot_view, output, watch=watch)


def snapshot_view(snapshot: Json) -> list[Block]:
    config = snapshot["config"]
    return [
        Fields(
            [
                ("Name", snapshot["name"]),
                ("Created", show_time(snapshot["created"])),
                ("Parent", snapshot["parent"]),
                ("State", _state(snapshot)),
                ("With memory", snapshot["memory"]),
                ("Made by schedule", snapshot["schedule"]),
                ("Description", snapshot["description"]),
                ("Memory", show_mib(config["memory"])),
                ("vCPUs", config["vcpus"]),
            ]
        ),
        Rows(
            (
                Column("DISK", "target", fixed=True),
                Column("SIZE", lambda d: show_bytes(d["size"]), fixed=True),
                Column("IMAGE", "source"),
                Column("LAYERS BENEATH", lambda d: len(d["backing"]), fixed=True),
            ),
            config["disks"],
            "Disks",
            "no disks",
        ),
    ]


@app.command()
def create(
    vm: VmName,
    snapshot: SnapshotName,
    memory: Annotated[
        bool, typer.Option("--memory", help="Keep the guest's memory too; it pauses for that.")
    ] = False,
    quiesce: Annotated[
        bool,
        typer.Option("--quiesce", help="Have its agent freeze its file systems for the moment."),
    ] = False,
    description: Annotated[str, typer.Option(help="Free text.")] = "",
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Keep a VM as it is now, off or running.

    Example: millpond vm snapshot create web1 before-upgrade
    """
    body = {
        "snapshot": snapshot,
        "memory": memory,
        "quiesce": quiesce,
        "description": description,
    }
    with connect() as client:
        job = client.submit("POST", path("vms", vm, "snapshots"), body)
        run(client, job, output, wait=wait)


@app.command()
def revert(
    vm: VmName,
    snapshot: SnapshotName,
    force: ForceOption = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Take a VM back to a snapshot; what it wrote since is lost. With memory, it goes on exactly there.

    Example: millpond vm snapshot revert web1 before-upgrade
    """
    if not yes:
        typer.confirm(
            f"What {vm} wrote since snapshot {snapshot} is lost. Go on?", abort=True, err=True
        )
    with connect() as client:
        where = path("vms", vm, "snapshots", snapshot, "revert")
        run(client, client.submit("POST", where, {"force": force}), output, wait=wait)


@app.command()
def delete(
    vm: VmName,
    snapshot: SnapshotName,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Delete a snapshot. The VM and its other snapshots stay what they are; a guest may stand still for
    a moment.

    Example: millpond vm snapshot delete web1 before-upgrade
    """
    with connect() as client:
        job = client.submit("DELETE", path("vms", vm, "snapshots", snapshot))
        run(client, job, output, wait=wait)
