"""``millpond vm``: list, show, create. The other verbs stand in their own files."""

from typing import Annotated

import typer

from millpond.cli import (
    cloud_init,
    migrate,
    vm_cdrom,
    vm_clone,
    vm_console,
    vm_describe,
    vm_disks,
    vm_edit,
    vm_exports,
    vm_lifecycle,
    vm_move,
    vm_nics,
    vm_packages,
    vm_schedule,
    vm_snapshot,
    vm_stats,
    vm_warm,
)
from millpond.cli.client import Json, path
from millpond.cli.devices import parse_disk, parse_nic
from millpond.cli.jobs import run
from millpond.cli.options import (
    DryRunOption,
    ForceOption,
    OutputOption,
    PoolOption,
    RepositoryOption,
    VmName,
    WaitOption,
    WatchOption,
    complete_pool,
    complete_server,
)
from millpond.cli.output import Output, table
from millpond.cli.session import connect, only_pool
from millpond.cli.sizes import mebibytes
from millpond.cli.vm_clone import CloningOption
from millpond.cli.vm_views import COLUMNS, vm_view
from millpond.cli.watch import present
from millpond.domain.cloning import Cloning
from millpond.domain.vm import BootDevice, Keyboard, Power

app = typer.Typer(no_args_is_help=True, help="Virtual machines: create, run, change, move them.")


@app.command("list")
def list_(
    pool: PoolOption = None,
    server: Annotated[
        str | None, typer.Option(help="Only VMs on this server.", autocompletion=complete_server)
    ] = None,
    power: Annotated[Power | None, typer.Option(help="Only VMs in this power state.")] = None,
    tag: Annotated[str | None, typer.Option(help="Only VMs with this tag.")] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List VMs and where they run.

    Example: millpond vm list --pool pool1 --power running
    """
    with connect() as client:
        present(
            client,
            lambda: client.items("/vms", pool=pool, server=server, power=power, tag=tag),
            table(COLUMNS, "no VMs"),
            output,
            watch=watch,
        )


@app.command()
def show(vm: VmName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """Show one VM: its configuration, where it runs, and changes that wait for its next start.

    Example: millpond vm show web1
    """
    with connect() as client:
        present(client, lambda: client.get(path("vms", vm)), vm_view, output, watch=watch)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the new VM.")],
    pool: Annotated[
        str | None,
        typer.Option(
            "--pool",
            "-p",
            help="Pool to create it in; may be left out if there is only one.",
            autocompletion=complete_pool,
        ),
    ] = None,
    template: Annotated[
        str | None, typer.Option("--template", "-t", help="Template to clone.")
    ] = None,
    repository: RepositoryOption = None,
    cloning: CloningOption = Cloning.FULL,
    memory: Annotated[str | None, typer.Option(help="Such as 512M or 1G.")] = None,
    max_memory: Annotated[str | None, typer.Option(help="Most it can get while running.")] = None,
    vcpus: Annotated[int | None, typer.Option(help="Virtual CPUs.")] = None,
    max_vcpus: Annotated[int | None, typer.Option(help="Most it can get while running.")] = None,
    cpu_weight: Annotated[
        int, typer.Option(help="Share of CPU time when servers are busy; 100 is usual.")
    ] = 100,
    cpu_cap: Annotated[int, typer.Option(help="Percent of one CPU it may use; 0 = no cap.")] = 0,
    io_weight: Annotated[
        int, typer.Option(help="Share of disk time when its server's are busy; 100 is usual.")
    ] = 100,
    disk: Annotated[
        list[str] | None,
        typer.Option(
            metavar="TARGET:SIZE[:FORMAT]",
            help="A further disk, such as vdb:10G or vdb:10G:qcow2; a block device as "
            "vdb:/dev/mapper/lun1:10G. Repeat for more.",
        ),
    ] = None,
    cdrom: Annotated[
        str | None,
        typer.Option(help="ISO in its CD drive, tried last at boot unless --boot says otherwise."),
    ] = None,
    nic: Annotated[
        list[str] | None,
        typer.Option(
            metavar="BRIDGE[,mac=..,model=..,rate=..]",
            help="A network interface, such as xenbr0 or xenbr0,model=e1000,rate=10M (bytes per "
            "second). Repeat for more.",
        ),
    ] = None,
    hostname: cloud_init.HostnameOption = None,
    user: cloud_init.UserOption = None,
    ssh_key: cloud_init.SshKeyOption = None,
    password_stdin: cloud_init.UserPasswordOption = False,
    network: cloud_init.NetworkOption = None,
    user_data: cloud_init.UserDataOption = None,
    boot: Annotated[
        list[BootDevice] | None, typer.Option(help="Boot order; repeat for more.")
    ] = None,
    keyboard: Annotated[Keyboard, typer.Option(help="Keymap of the VNC console.")] = (
        Keyboard.EN_US
    ),
    description: Annotated[str, typer.Option(help="Free text.")] = "",
    tag: Annotated[list[str] | None, typer.Option(help="Repeat for more.")] = None,
    prefer: Annotated[
        list[str] | None,
        typer.Option(help="Server to prefer; repeat for more.", autocompletion=complete_server),
    ] = None,
    ha: Annotated[
        bool, typer.Option("--ha/--no-ha", help="Restart it elsewhere if its server fails.")
    ] = False,
    restart_priority: Annotated[
        int, typer.Option(min=1, max=1000, help="Highest first; 100 is usual.")
    ] = 100,
    start: Annotated[bool, typer.Option("--start", help="Start it when it is made.")] = False,
    on: Annotated[
        str | None,
        typer.Option(help="Start it on this server and no other.", autocompletion=complete_server),
    ] = None,
    force: ForceOption = False,
    dry_run: DryRunOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Create a VM from a template, or with empty disks.

    Example: millpond vm create web1 --template tiny --memory 512M --nic xenbr0 --start
    """
    told = cloud_init.cloud_init(hostname, user, ssh_key, password_stdin, network, user_data)
    with connect() as client:
        body: Json = {
            "pool": pool or only_pool(client),
            "name": name,
            "template": template,
            "repository": repository,
            "cloning": cloning,
            "memory": None if memory is None else mebibytes(memory),
            "max_memory": None if max_memory is None else mebibytes(max_memory),
            "vcpus": vcpus,
            "max_vcpus": max_vcpus,
            "cpu_weight": cpu_weight,
            "io_weight": io_weight,
            "cpu_cap": cpu_cap,
            "disks": [parse_disk(d) for d in disk or []],
            "cdrom": cdrom,
            "vifs": [parse_nic(n) for n in nic or []],
            "cloud_init": told,
            "keyboard": keyboard,
            "description": description,
            "tags": tag or [],
            "preferred_servers": prefer or [],
            "ha": ha,
            "restart_priority": restart_priority,
            # A dry run is asked where the VM would go, so it has to ask for a start.
            "start": start or on is not None or dry_run,
            "on": on,
            "force": force,
        }
        if boot:
            body["boot"] = boot
        body = {key: value for key, value in body.items() if value is not None}
        if dry_run:
            vm_lifecycle.explain_placement(output, body, "/vms")
            return
        run(client, client.submit("POST", "/vms", body), output, wait=wait)


for part in (
    vm_lifecycle,
    vm_clone,
    vm_edit,
    vm_nics,
    vm_packages,
    vm_exports,
    vm_move,
    migrate,
    vm_console,
    vm_stats,
    vm_describe,
):
    app.add_typer(part.app)
app.add_typer(cloud_init.app, name="cloud-init")
app.add_typer(vm_warm.app, name="warm")
app.add_typer(vm_snapshot.app, name="snapshot")
app.add_typer(vm_schedule.app, name="schedule")
app.add_typer(vm_cdrom.app, name="cdrom")
app.add_typer(vm_disks.app, name="disk")
