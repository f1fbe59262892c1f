"""A VM's disks to another repository."""

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
    """Move all disks of a VM to another repository, while it runs and writes too. Its record and its lease,
    which take next to no room, stay where the VM was created.

    Example: millpond vm move web1 data1
    """
    send_move(path("vms", vm, "move"), repository, rate, output, wait=wait)
