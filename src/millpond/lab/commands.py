"""``millpond lab``: whole servers on one machine."""

import json
import os
import sys
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
import yaml
from rich.console import Console
from rich.table import Table

from millpond.lab.demo import NAME as DEMO
from millpond.lab.demo import Demo
from millpond.lab.lab import Lab, LabStatus, list_labs
from millpond.lab.processes import clean_environment

app = typer.Typer(no_args_is_help=True, help="Whole servers on one machine, made of namespaces.")
manager = typer.Typer(no_args_is_help=True, help="The lab's manager.")
app.add_typer(manager, name="manager")

LabName = Annotated[str, typer.Option("--name", help="The lab.", envvar="MILLPOND_LAB")]
ServerName = Annotated[str, typer.Argument(metavar="SRV", help="A server, such as srv1.")]
NicName = Annotated[str, typer.Option("--nic", help="eth0 or eth1.")]


class Output(StrEnum):
    """How a list is shown."""

    json = "json"
    yaml = "yaml"
    table = "table"


OutputOption = Annotated[Output, typer.Option("--output", "-o", help="How to show it.")]


@app.command()
def up(
    servers: Annotated[int, typer.Option(help="How many servers.", min=1)] = 3,
    name: LabName = "lab",
) -> None:
    """Make sure a lab with so many servers runs."""
    Lab(name).up(servers)
    status(name)


@app.command()
def down(name: LabName = "lab") -> None:
    """Remove a lab with everything in it, its shared directory included."""
    Lab(name).down()


@app.command("list")
def list_command(output: OutputOption = Output.table) -> None:
    """List the labs of this machine."""
    labs = [{"name": name} for name in list_labs()]
    if not _structured(labs, output):
        for lab in labs:
            print(lab["name"])


@app.command()
def status(name: LabName = "lab", output: OutputOption = Output.table) -> None:
    """Show the servers of a lab and what runs on them."""
    shown = Lab(name).status()
    if not _structured(asdict(shown), output):
        _print_table(shown)


@app.command(context_settings={"ignore_unknown_options": True})
def exec(  # noqa: A001 - the command's name
    server: ServerName,
    command: Annotated[list[str], typer.Argument(metavar="CMD...")],
    name: LabName = "lab",
) -> None:
    """Run a command inside a server: millpond lab exec srv1 -- virsh list."""
    argv = Lab(name).exec_argv(server, command)
    os.execvpe(  # noqa: S606
        argv[0], argv, clean_environment(Path(sys.executable).parent)
    )


@app.command()
def crash(server: ServerName, name: LabName = "lab") -> None:
    """Cut a server's power."""
    Lab(name).crash(server)


@app.command()
def boot(server: ServerName, name: LabName = "lab") -> None:
    """Switch a server on."""
    Lab(name).boot(server)


@app.command()
def freeze(server: ServerName, name: LabName = "lab") -> None:
    """Make a server hang: every process of it stops where it stands."""
    Lab(name).freeze(server)


@app.command()
def thaw(server: ServerName, name: LabName = "lab") -> None:
    """End a freeze."""
    Lab(name).thaw(server)


@app.command()
def unplug(server: ServerName, nic: NicName = "eth0", name: LabName = "lab") -> None:
    """Pull a network cable of a server."""
    Lab(name).unplug(server, nic)


@app.command()
def plug(server: ServerName, nic: NicName = "eth0", name: LabName = "lab") -> None:
    """Put a network cable back."""
    Lab(name).plug(server, nic)


@app.command()
def bmc(
    server: ServerName,
    lit: Annotated[
        bool | None, typer.Option("--lit/--dark", help="Whether it answers at all.")
    ] = None,
    lie: Annotated[
        bool | None, typer.Option("--lie/--honest", help="Whether it says off and does nothing.")
    ] = None,
    name: LabName = "lab",
) -> None:
    """Break or mend a server's BMC, and show what fence_ipmilan needs for it."""
    lab = Lab(name)
    lab.set_bmc(server, lit, lie)
    arguments, _ = lab.fence_arguments(server)
    print(" ".join(f"{key}={value}" for key, value in arguments.items()))
    print(f"its password stands in {lab.layout.bmc_login}")


@app.command()
def demo(
    port: Annotated[int, typer.Option(help="The manager's, on 127.0.0.1.")] = 8443,
    name: LabName = DEMO,
) -> None:
    """Bring up three servers, a pool and three guests that count."""
    Demo(Lab(name), port, {"HOME": str(Path.home())}).run()


@app.command("demo-stop")
def demo_stop(name: LabName = DEMO) -> None:
    """Remove the demonstration wholly."""
    Lab(name).down()


@manager.command("start")
def manager_start(
    port: Annotated[int, typer.Option(help="On 127.0.0.1; 0 chooses a free one.")] = 0,
    name: LabName = "lab",
) -> None:
    """Start the manager on the lab's network and print its address."""
    print(Lab(name).manager_up(port))


@manager.command("stop")
def manager_stop(
    kill: Annotated[bool, typer.Option("--kill", help="As in a crash.")] = False,
    name: LabName = "lab",
) -> None:
    """Stop the manager; its state stays."""
    lab = Lab(name)
    if kill:
        lab.manager_kill()
    else:
        lab.manager_down()


def _structured(value: object, output: Output) -> bool:
    """Print ``value`` if the output is meant for programs."""
    if output is Output.json:
        print(json.dumps(value, indent=2))
    elif output is Output.yaml:
        print(yaml.safe_dump(value, sort_keys=False), end="")
    return output is not Output.table


def _print_table(status: LabStatus) -> None:
    table = Table(box=None, pad_edge=False)
    for column in ("SERVER", "STATE", "ADDRESS", "BMC", "DAEMONS", "UNPLUGGED"):
        table.add_column(column)
    for server in status.servers:
        bmc = server.bmc if server.bmc_state == "lit" else f"{server.bmc} ({server.bmc_state})"
        daemons, unplugged = " ".join(server.daemons), " ".join(server.unplugged)
        table.add_row(server.name, server.state, server.address, bmc, daemons, unplugged)
    console = Console()
    console.print(table)
    console.print(f"shared directory  {status.shared}", soft_wrap=True)
    if status.manager:
        running = "" if status.manager_running else " (stopped)"
        console.print(f"manager           {status.manager}{running}", soft_wrap=True)
