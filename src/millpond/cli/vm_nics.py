"""Network interfaces (VIFs) of a VM: plugged and unplugged while it runs."""

from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.devices import kilobytes, parse_nic
from millpond.cli.errors import usage
from millpond.cli.jobs import run
from millpond.cli.options import OutputOption, VmName, WaitOption
from millpond.cli.output import Output
from millpond.cli.session import connect

app = typer.Typer()

MacArgument = Annotated[str, typer.Argument(metavar="MAC", help="Address of the interface.")]


@app.command("nic-add")
def add(
    vm: VmName,
    nic: Annotated[
        str, typer.Argument(metavar="BRIDGE[,mac=..,model=..,rate=..]", help="As in vm create.")
    ],
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Plug a network interface into a VM, at once if it runs.

    Example: millpond vm nic-add web1 xenbr1,rate=10M
    """
    with connect() as client:
        job = client.submit("POST", path("vms", vm, "vifs"), parse_nic(nic))
        run(client, job, output, wait=wait)


@app.command("nic-remove")
def remove(
    vm: VmName, mac: MacArgument, wait: WaitOption = True, output: OutputOption = Output.TABLE
) -> None:
    """Unplug a network interface from a VM.

    Example: millpond vm nic-remove web1 00:16:3e:01:02:03
    """
    with connect() as client:
        job = client.submit("DELETE", path("vms", vm, "vifs", mac))
        run(client, job, output, wait=wait)


@app.command("nic-set")
def set_(
    vm: VmName,
    mac: MacArgument,
    bridge: Annotated[str | None, typer.Option(help="Plug it into this bridge.")] = None,
    rate: Annotated[
        str | None, typer.Option(help="Bytes per second each way, such as 10M; 0 = no limit.")
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Move a network interface to another bridge, or limit its rate.

    Example: millpond vm nic-set web1 00:16:3e:01:02:03 --rate 10M
    """
    changes: Json = {}
    if bridge is not None:
        changes["bridge"] = bridge
    if rate is not None:
        changes["rate_limit"] = kilobytes(rate)
    if not changes:
        raise usage("nothing to change", "give --bridge or --rate")
    with connect() as client:
        job = client.submit("PATCH", path("vms", vm, "vifs", mac), changes)
        run(client, job, output, wait=wait)
