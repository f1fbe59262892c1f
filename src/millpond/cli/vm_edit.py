"""Change VMs: hot where the hypervisor can, else at the next start."""

import sys
from typing import Annotated

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import usage
from millpond.cli.jobs import run
from millpond.cli.options import ForceOption, OutputOption, VmName, WaitOption
from millpond.cli.output import Output
from millpond.cli.session import connect
from millpond.cli.sizes import mebibytes
from millpond.domain.vm import BootDevice, Keyboard

app = typer.Typer()


@app.command()
def edit(
    vm: VmName,
    memory: Annotated[str | None, typer.Option(help="Such as 512M or 1G.")] = None,
    max_memory: Annotated[str | None, typer.Option(help="Most it can get while running.")] = None,
    vcpus: Annotated[int | None, typer.Option(help="Virtual CPUs.")] = None,
    max_vcpus: Annotated[int | None, typer.Option(help="Most it can get while running.")] = None,
    cpu_weight: Annotated[int | None, typer.Option(help="Share of CPU time; 100 is usual.")] = None,
    cpu_cap: Annotated[
        int | None, typer.Option(help="Percent of one CPU it may use; 0 = no cap.")
    ] = None,
    io_weight: Annotated[
        int | None, typer.Option(help="Share of disk time, 1 to 1000; 100 is usual.")
    ] = None,
    boot: Annotated[
        list[BootDevice] | None, typer.Option(help="New boot order; repeat for more.")
    ] = None,
    keyboard: Annotated[Keyboard | None, typer.Option(help="Keymap of the VNC console.")] = None,
    description: Annotated[str | None, typer.Option(help="Free text.")] = None,
    tag: Annotated[
        list[str] | None,
        typer.Option(help='The new tags, in place of all old ones; repeat for more, "" for none.'),
    ] = None,
    prefer: Annotated[
        list[str] | None,
        typer.Option(help='The servers to prefer; repeat for more, "" for none.'),
    ] = None,
    ha: Annotated[
        bool | None, typer.Option("--ha/--no-ha", help="Restart it elsewhere if its server fails.")
    ] = None,
    restart_priority: Annotated[
        int | None, typer.Option(min=1, max=1000, help="Highest first; 100 is usual.")
    ] = None,
    force: ForceOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Change a VM. What cannot change while it runs waits for its next start (shown as pending).

    Example: millpond vm edit web1 --memory 1G --vcpus 2
    """
    changes: Json = {
        "memory": None if memory is None else mebibytes(memory),
        "max_memory": None if max_memory is None else mebibytes(max_memory),
        "vcpus": vcpus,
        "max_vcpus": max_vcpus,
        "cpu_weight": cpu_weight,
        "cpu_cap": cpu_cap,
        "io_weight": io_weight,
        "boot": boot or None,
        "keyboard": keyboard,
        "description": description,
        "tags": _replacement(tag),
        "preferred_servers": _replacement(prefer),
        "ha": ha,
        "restart_priority": restart_priority,
    }
    changes = {field: value for field, value in changes.items() if value is not None}
    if not changes:
        raise usage("nothing to change", "name a field, such as --memory 1G (see --help)")
    with connect() as client:
        change(client, vm, changes, output, wait=wait, force=force)


@app.command()
def rename(
    vm: VmName,
    name: Annotated[str, typer.Argument(help="The new name.")],
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Give a VM that is off another name.

    Example: millpond vm rename web1 shop1
    """
    with connect() as client:
        change(client, vm, {"name": name}, output, wait=wait)


def change(
    client: Client,
    vm: str,
    changes: Json,
    output: Output,
    *,
    wait: bool = True,
    force: bool = False,
) -> None:
    """Change fields of a VM; says which of them wait for its next start."""
    asked = client.submit("PATCH", path("vms", vm), changes, force=force or None)
    run_edit(client, vm, asked, set(changes), output, wait=wait)


def run_edit(
    client: Client, vm: str, asked: Json, fields: set[str], output: Output, *, wait: bool
) -> None:
    """See a job that changes ``fields`` of a VM to its end; says which of them wait for its next start."""
    job = run(client, asked, output, wait=wait)
    if wait:
        # By id: the name may be what was changed.
        key = str(job["subject"]).removeprefix("vm:")
        waiting = sorted(set(client.get(path("vms", key)).get("pending") or {}) & fields)
        if waiting:
            sys.stderr.write(
                f"Pending until the next start: {', '.join(waiting)} (millpond vm reboot {vm})\n"
            )


def _replacement(values: list[str] | None) -> list[str] | None:
    """The list as given; ``[""]`` empties it; None (or Typer's []) leaves it as it is."""
    return [v for v in values if v] if values else None
