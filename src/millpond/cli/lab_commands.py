"""What ``millpond lab`` can do: whole servers on one machine."""

import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from millpond.cli import lab_demo, lab_san
from millpond.cli.client import Json
from millpond.cli.lab_demo import LabName
from millpond.cli.options import OutputOption, WatchOption
from millpond.cli.output import Block, Column, Fields, Output, Rows, table
from millpond.cli.watch import present
from millpond.lab.lab import Lab, list_labs
from millpond.lab.processes import clean_environment

app = typer.Typer(no_args_is_help=True, help="Whole servers on one machine, made of namespaces.")
manager = typer.Typer(no_args_is_help=True, help="The lab's manager.")
app.add_typer(manager, name="manager")
app.add_typer(lab_san.app, name="san")

ServerName = Annotated[str, typer.Argument(metavar="SRV", help="A server, such as srv1.")]
NicName = Annotated[str, typer.Option("--nic", help="eth0 or eth1.")]

_LABS = (Column("NAME", "name"),)


def _bmc(server: Json) -> str:
    lit = server["bmc_state"] == "lit"
    return str(server["bmc"]) if lit else f"{server['bmc']} ({server['bmc_state']})"


_SERVERS = (
    Column("SERVER", "name", fixed=True),
    Column("STATE", "state", fixed=True),
    Column("ADDRESS", "address"),
    Column("BMC", _bmc),
    Column("DAEMONS", lambda s: " ".join(s["daemons"])),
    Column("UNPLUGGED", "unplugged"),
    Column("PID", "pid", wide=True, fixed=True, right=True),
)


def _manager(lab: Json) -> str | None:
    if lab["manager"] is None:
        return None
    return str(lab["manager"]) + ("" if lab["manager_running"] else " (stopped)")


def _view(lab: Json) -> list[Block]:
    return [
        Rows(_SERVERS, lab["servers"]),
        Fields([("Shared directory", lab["shared"]), ("Manager", _manager(lab))]),
    ]


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
def list_command(output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List the labs of this machine."""
    present(
        None,
        lambda: [{"name": name} for name in list_labs()],
        table(_LABS, "no labs"),
        output,
        watch=watch,
    )


@app.command()
def status(
    name: LabName = "lab", output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """Show the servers of a lab and what runs on them."""
    lab = Lab(name)
    present(None, lambda: asdict(lab.status()), _view, output, watch=watch)


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


app.add_typer(lab_demo.app)


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
