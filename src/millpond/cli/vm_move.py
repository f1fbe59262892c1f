"""A VM, or its disks, to another repository."""

import typer

from millpond.cli.client import path
from millpond.cli.options import OutputOption, VmName, WaitOption
from millpond.cli.output import Output
from millpond.cli.vm_disks import RateOption, Repository, send_move

app = typer.Typer()


@app.command()
def move(
    vm: VmName,
    repository: Repository,
    rate: RateOption = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Move a VM to another repository. One that is off takes all along: record, lease, disks, snapshots. Of one
    that runs all disks move, while it writes; move it again once it is off, and the rest follows.

    Example: millpond vm move web1 data1
    """
    send_move(path("vms", vm, "move"), repository, rate, output, wait=wait)
