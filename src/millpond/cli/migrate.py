"""Move a VM to another server of its pool."""

from typing import Annotated

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.jobs import run
from millpond.cli.options import (
    DryRunOption,
    ForceOption,
    OutputOption,
    VmName,
    WaitOption,
    complete_server,
)
from millpond.cli.output import Output
from millpond.cli.session import connect
from millpond.cli.sizes import mebibytes
from millpond.cli.vm_lifecycle import explain_placement

app = typer.Typer()


@app.command()
def migrate(
    vm: VmName,
    to: Annotated[
        str | None,
        typer.Option(
            help="Target server; left out, the best one is chosen.", autocompletion=complete_server
        ),
    ] = None,
    live: Annotated[
        bool,
        typer.Option("--live/--no-live", help="Keep it running, or save and restore its memory."),
    ] = True,
    auto_converge: Annotated[
        bool, typer.Option("--auto-converge", help="Slow a guest that writes memory too fast.")
    ] = False,
    post_copy: Annotated[
        bool, typer.Option("--post-copy", help="Run on the target before all memory is there.")
    ] = False,
    parallel: Annotated[int, typer.Option(help="Connections to use; 0 = one plain stream.")] = 0,
    bandwidth: Annotated[
        str, typer.Option(help="Bytes per second it may use, such as 100M; 0 = no limit.")
    ] = "0",
    max_downtime: Annotated[
        int | None, typer.Option(help="Milliseconds of pause to aim for.")
    ] = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Move a VM to another server of its pool, by default while it runs; prints the downtime.

    Example: millpond vm migrate web1 --to srv2
    """
    options: Json = {
        "auto_converge": auto_converge,
        "post_copy": post_copy,
        "parallel": parallel,
        "bandwidth": mebibytes(bandwidth),
    }
    if max_downtime is not None:
        options["max_downtime"] = max_downtime
    body = {"live": live, "options": options, "force": force}
    if dry_run:
        named = {"to": to} if to else {}
        explain_placement(output, body | named, path("vms", vm, "migrate"))
        return
    with connect() as client:
        move(client, vm, body, to, output, wait=wait)


def move(
    client: Client, vm: str, body: Json, to: str | None, output: Output, *, wait: bool = True
) -> Json:
    """Ask for a migration and see it to its end."""
    if to is not None:
        body = body | {"to": to}
    job = client.submit("POST", path("vms", vm, "migrate"), body)
    return run(client, job, output, wait=wait)
