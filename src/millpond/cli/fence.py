"""``millpond fence``: the devices that can cut a server off, so that its VMs may start elsewhere."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import usage
from millpond.cli.login import read_password
from millpond.cli.options import (
    OutputOption,
    PoolOption,
    ServerName,
    WatchOption,
    YesOption,
    complete_server,
)
from millpond.cli.output import Block, Column, Fields, Output, Rows, table
from millpond.cli.output import show as show_value
from millpond.cli.session import connect, no_pool, of_pools
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="Fence devices: what can cut a server off.")

_DEVICES = (
    Column("SERVER", "server"),
    Column("DEVICE", "name"),
    Column("AGENT", "agent"),
    Column("LEVEL", "level", fixed=True, right=True),
    Column("ARGUMENTS", lambda d: [f"{k}={v}" for k, v in d["arguments"].items()]),
    Column("SECRETS", lambda d: list(d["secrets"]), wide=True),
    Column("TIMEOUT", lambda d: f"{d['timeout']:g} s", wide=True, fixed=True, right=True),
)
_AGENTS = (Column("AGENT", "name"),)
_PARAMETERS = (
    Column("ARGUMENT", "name"),
    Column("NEEDED", "required", fixed=True),
    Column("SECRET", "secret", fixed=True),
    Column("DEFAULT", "default"),
    Column("WHAT", "description"),
)
_ANSWERS = (Column("ANSWER", "answer"),)

DeviceName = Annotated[str, typer.Argument(metavar="DEVICE", help="Name of the device.")]


@app.command("list")
def list_(
    server: Annotated[
        str | None,
        typer.Argument(
            metavar="[SERVER]", help="Only of this one.", autocompletion=complete_server
        ),
    ] = None,
    pool: PoolOption = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List fence devices. Secrets are never shown.

    Example: millpond fence list srv2
    """

    def fetch() -> list[Json]:
        if server:
            return _rows([client.get(path("servers", server, "fencing"))])
        return _rows(of_pools(client, pool, "fencing"))

    with connect() as client:
        present(client, fetch, table(_DEVICES, "no fence devices"), output, watch=watch)


def _rows(found: list[Json]) -> list[Json]:
    return [{"server": f["server"]["name"], **device} for f in found for device in f["devices"]]


@app.command("set")
def set_(
    server: ServerName,
    device: DeviceName,
    agent: Annotated[
        str, typer.Option(help="Its agent, such as fence_ipmilan (see fence agents).")
    ],
    argument: Annotated[
        list[str] | None,
        typer.Option("--argument", "-a", metavar="NAME=VALUE", help="Repeat for each."),
    ] = None,
    secret: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME[@FILE]",
            help="An argument nobody shall read, such as password: asked for here, or the first "
            "line of FILE (- is the standard input). Repeat for each.",
        ),
    ] = None,
    level: Annotated[
        int,
        typer.Option(
            min=1, max=9, help="All of one level must confirm; the lowest is tried first."
        ),
    ] = 1,
    timeout: Annotated[float, typer.Option(help="Seconds each call may take.")] = 20,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say how a server can be cut off. A device of that name is replaced; secrets it has stay.

    Example: millpond fence set srv2 ipmi1 --agent fence_ipmilan -a ip=192.0.2.21 --secret password
    """
    arguments = dict(_pair(text) for text in argument or [])
    secrets = dict(_secret(text) for text in secret or [])
    with connect() as client:
        body = {
            "agent": agent,
            "level": level,
            "arguments": arguments,
            "secrets": _known(client, server, device, agent) | secrets,
            "timeout": timeout,
        }
        found = client.call("PUT", path("servers", server, "fencing", device), body)
        show_value(_rows([found]), table(_DEVICES, "no fence devices"), output)


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise usage(f"{text!r} is not NAME=VALUE", "such as --argument ip=192.0.2.21")
    return name, value


def _secret(text: str) -> tuple[str, str]:
    """Its name and value. What is written on a command line is no secret."""
    name, at, file = text.partition("@")
    if "=" in name:
        raise usage(
            "a secret on the command line can be read by everybody on this machine",
            f"give --secret {name.partition('=')[0]} and type it when asked, or name a file",
        )
    if not at:
        return name, read_password(False, f"{name}: ")
    try:
        value = sys.stdin.readline() if file == "-" else Path(file).read_text().partition("\n")[0]
    except (OSError, UnicodeDecodeError) as error:
        raise usage(f"{file} cannot be read: {error}") from error
    return name, value.rstrip("\r\n")


def _known(client: Client, server: str, device: str, agent: str) -> dict[str, str]:
    """The secrets the device has, as the manager shows them: sent back, they stay."""
    for found in client.get(path("servers", server, "fencing"))["devices"]:
        if (found["name"], found["agent"]) == (device, agent):
            secrets: dict[str, str] = found["secrets"]
            return secrets
    return {}


@app.command()
def remove(server: ServerName, device: DeviceName, yes: YesOption = False) -> None:
    """Remove a fence device. Without any, VMs start elsewhere once the server's leases run out.

    Example: millpond fence remove srv2 ipmi1
    """
    if not yes:
        typer.confirm(f"Remove fence device {device} of {server}?", abort=True, err=True)
    with connect() as client:
        client.call("DELETE", path("servers", server, "fencing", device))
    typer.echo(f"fence device {device} of {server} removed")


@app.command()
def check(server: ServerName, output: OutputOption = Output.TABLE) -> None:
    """Ask each fence device of a server whether it is on. Changes nothing.

    Example: millpond fence check srv2
    """
    with connect() as client:
        found = client.call("POST", path("servers", server, "fencing", "check"))
        rows = [{"answer": answer} for answer in found["answers"]]
        show_value(rows, table(_ANSWERS, "no fence devices"), output)


def _agent_view(agent: Json) -> list[Block]:
    return [
        Fields([("Agent", agent["name"]), ("What", agent["description"])]),
        Rows(_PARAMETERS, agent["parameters"], "Arguments"),
    ]


@app.command()
def agents(
    agent: Annotated[
        str | None, typer.Argument(metavar="[AGENT]", help="Show what this one takes.")
    ] = None,
    pool: PoolOption = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List the fence agents a pool's master has, or show one's arguments.

    Example: millpond fence agents fence_ipmilan
    """

    def names() -> list[Json]:
        found = {a["name"] for a in of_pools(client, pool, "fence-agents")}
        return [{"name": name} for name in sorted(found)]

    with connect() as client:
        if agent is None:
            present(client, names, table(_AGENTS, "no fence agents"), output, watch=watch)
            return
        keys = [pool] if pool else [p["id"] for p in client.items("/pools", limit=1)]
        if not keys:
            raise no_pool()
        where = path("pools", keys[0], "fence-agents", agent)
        present(client, lambda: client.get(where), _agent_view, output, watch=watch)
