"""Disks of a VM: plugged, grown, limited and unplugged while it runs."""

from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.devices import kilobytes, parse_disk
from millpond.cli.errors import usage
from millpond.cli.jobs import run
from millpond.cli.options import OutputOption, VmName, WaitOption, WatchOption
from millpond.cli.output import Output, table
from millpond.cli.session import connect
from millpond.cli.sizes import size_bytes
from millpond.cli.vm_edit import run_edit
from millpond.cli.vm_views import DISK_COLUMNS
from millpond.cli.watch import present
from millpond.domain.vm import DiskFormat

app = typer.Typer(no_args_is_help=True, help="Disks of a VM, changed while it runs.")

Target = Annotated[str, typer.Argument(metavar="TARGET", help="Its name in the VM, such as vdb.")]


@app.command("list")
def list_(vm: VmName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List a VM's disks, as its record has them.

    Example: millpond vm disk list web1
    """
    with connect() as client:
        present(
            client,
            lambda: client.get(path("vms", vm))["config"]["disks"],
            table(DISK_COLUMNS, "no disks"),
            output,
            watch=watch,
        )


@app.command()
def add(
    vm: VmName,
    disk: Annotated[str, typer.Argument(metavar="TARGET:SIZE[:FORMAT]", help="As in vm create.")],
    thick: Annotated[bool, typer.Option("--thick", help="Allocate all of its blocks now.")] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a new disk and plug it in, at once if the VM runs. It is thin unless it shall be thick.

    Example: millpond vm disk add web1 vdb:10G:qcow2
    """
    body = parse_disk(disk) | ({"thick": True} if thick else {})
    _change(vm, "POST", path("vms", vm, "disks"), body, output, wait=wait)


@app.command()
def attach(
    vm: VmName,
    source: Annotated[
        str,
        typer.Argument(
            metavar="SOURCE",
            help="file:NAME, a file in the VM's directory; shared:IMAGE, an approved image of kind "
            "disk; or phy:/dev/PATH.",
        ),
    ],
    target: Target,
    readonly: Annotated[bool, typer.Option("--readonly", help="Never written to.")] = False,
    sharable: Annotated[
        bool,
        typer.Option(
            "--sharable",
            help="Other VMs may have it at the same time, each attached so. Their guests need a file "
            "system made for that.",
        ),
    ] = False,
    format_: Annotated[
        DiskFormat | None,
        typer.Option("--format", help="Of a file whose name does not end in it."),
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Plug in a disk that exists, at once if the VM runs.

    Example: millpond vm disk attach web1 shared:quorum vdc --sharable
    """
    body: Json = {"source": source, "target": target, "readonly": readonly, "sharable": sharable}
    if format_ is not None:
        body["format"] = format_
    _change(vm, "POST", path("vms", vm, "disks", "attach"), body, output, wait=wait)


@app.command()
def detach(
    vm: VmName, target: Target, wait: WaitOption = True, output: OutputOption = Output.TABLE
) -> None:
    """Unplug a disk and leave its file or device as it is. Fails if the guest does not let go of it.

    Example: millpond vm disk detach web1 vdb
    """
    with connect() as client:
        asked = client.submit("POST", path("vms", vm, "disks", target, "detach"))
        run(client, asked, output, wait=wait)


@app.command()
def remove(
    vm: VmName, target: Target, wait: WaitOption = True, output: OutputOption = Output.TABLE
) -> None:
    """Unplug a disk and delete its file, for good.

    Example: millpond vm disk remove web1 vdb
    """
    with connect() as client:
        asked = client.submit("DELETE", path("vms", vm, "disks", target))
        run(client, asked, output, wait=wait)


@app.command()
def grow(
    vm: VmName,
    target: Target,
    size: Annotated[str, typer.Argument(metavar="SIZE", help="What it shall have, such as 20G.")],
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a disk larger. A running guest sees that at once; its partitions and file systems are its own.

    Example: millpond vm disk grow web1 vdb 20G
    """
    with connect() as client:
        where = path("vms", vm, "disks", target, "grow")
        run(client, client.submit("POST", where, {"size": size_bytes(size)}), output, wait=wait)


@app.command()
def limit(
    vm: VmName,
    target: Target,
    iops: Annotated[
        int | None, typer.Option(min=0, help="Reads and writes a second; 0 = no limit.")
    ] = None,
    rate: Annotated[
        str | None, typer.Option(help="Bytes a second, such as 50M; 0 = no limit.")
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Limit how much a VM reads from and writes to a disk, at once if it runs.

    Example: millpond vm disk limit web1 vdb --iops 500 --rate 50M
    """
    changes: Json = {}
    if iops is not None:
        changes["iops_limit"] = iops
    if rate is not None:
        changes["rate_limit"] = kilobytes(rate)
    if not changes:
        raise usage("nothing to change", "give --iops or --rate")
    _change(vm, "PATCH", path("vms", vm, "disks", target), changes, output, wait=wait)


Repository = Annotated[
    str,
    typer.Argument(metavar="REPOSITORY", help="Where to; root is the cluster root."),
]
RateOption = Annotated[
    str | None,
    typer.Option(help="Bytes a second at most while the VM runs, such as 50M; default: no limit."),
]


@app.command()
def move(
    vm: VmName,
    target: Target,
    repository: Repository,
    rate: RateOption = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Move a disk to another repository, while the VM runs and writes to it too.

    Example: millpond vm disk move web1 vdb data1 --rate 100M
    """
    send_move(path("vms", vm, "disks", target, "move"), repository, rate, output, wait=wait)


def send_move(where: str, repository: str, rate: str | None, output: Output, *, wait: bool) -> None:
    body: Json = {"repository": repository, "rate": kilobytes(rate) if rate else 0}
    with connect() as client:
        run(client, client.submit("POST", where, body), output, wait=wait)


def _change(vm: str, method: str, where: str, body: Json, output: Output, *, wait: bool) -> None:
    with connect() as client:
        run_edit(client, vm, client.submit(method, where, body), {"disks"}, output, wait=wait)
