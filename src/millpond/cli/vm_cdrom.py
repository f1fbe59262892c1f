"""The CD in a VM's drive: changed while it runs."""

from typing import Annotated

import typer

from millpond.cli.client import path
from millpond.cli.options import OutputOption, VmName, WaitOption
from millpond.cli.output import Output
from millpond.cli.session import connect
from millpond.cli.vm_edit import run_edit

app = typer.Typer(no_args_is_help=True, help="The CD in a VM's drive.")


@app.command()
def insert(
    vm: VmName,
    iso: Annotated[str, typer.Argument(metavar="ISO", help="An approved one, by its name.")],
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Put a CD into a VM's drive, at once if it runs. A VM without a drive gets one at its next start.

    Example: millpond vm cdrom insert web1 debian-12
    """
    with connect() as client:
        asked = client.submit("PUT", path("vms", vm, "cdrom"), {"iso": iso})
        run_edit(client, vm, asked, {"disks"}, output, wait=wait)


@app.command()
def eject(vm: VmName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Take the CD out of a VM's drive. A guest that has locked the drive keeps it until its next start.

    Example: millpond vm cdrom eject web1
    """
    with connect() as client:
        asked = client.submit("DELETE", path("vms", vm, "cdrom"))
        run_edit(client, vm, asked, {"disks"}, output, wait=wait)
