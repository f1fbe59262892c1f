"""``millpond vm warm``: VMs that are imported while they still run elsewhere."""

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.jobs import run
from millpond.cli.options import OutputOption, VmName, WaitOption
from millpond.cli.output import Output
from millpond.cli.session import connect

app = typer.Typer(
    no_args_is_help=True, help="VMs that are imported while they still run elsewhere (--warm)."
)


def submit_sync(client: Client, vm: str) -> Json:
    return client.submit("POST", path("vms", vm, "warm-import", "sync"))


@app.command()
def sync(vm: VmName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Copy what has changed since the last time. What an interrupted copy has copied is kept.

    Example: millpond vm warm sync web1
    """
    with connect() as client:
        run(client, submit_sync(client, vm), output, wait=wait)


@app.command("cut-over")
def cut_over(vm: VmName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Copy the last changes, once the VM is off where it ran; it can be started here then.

    Example: millpond vm warm cut-over web1
    """
    with connect() as client:
        job = client.submit("POST", path("vms", vm, "warm-import", "cut-over"))
        run(client, job, output, wait=wait)


@app.command()
def cancel(vm: VmName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Give the import up and remove what was copied. The original stays as it is.

    Example: millpond vm warm cancel web1
    """
    with connect() as client:
        run(client, client.submit("DELETE", path("vms", vm, "warm-import")), output, wait=wait)
