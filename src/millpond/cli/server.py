"""``millpond server``: the machines that run VMs."""

from contextlib import suppress
from typing import Annotated

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import CliError
from millpond.cli.jobs import run
from millpond.cli.options import (
    ForceOption,
    OutputOption,
    ServerName,
    WaitOption,
    WatchOption,
    YesOption,
)
from millpond.cli.output import Block, Column, Fields, Line, Output, Rows, table
from millpond.cli.output import show as show_value
from millpond.cli.session import connect
from millpond.cli.sizes import show_bytes, show_mib, show_time
from millpond.cli.watch import present
from millpond.domain.server import AGENT_PORT

app = typer.Typer(no_args_is_help=True, help="Servers: enrol, look into, empty for maintenance.")


def state_of(server: Json) -> str:
    """One word for how a server is."""
    if not server["enrolled"]:
        return "not enrolled"
    if not server["up"]:
        return "unreachable"
    return "maintenance" if server["maintenance"] else "ready"


_COLUMNS = (
    Column("NAME", "name"),
    Column("POOL", "pool.name"),
    Column("ROLES", lambda s: ",".join(s["roles"])),
    Column("STATE", state_of, fixed=True),
    Column("VMS", "vms", fixed=True, right=True),
    Column("FREE", lambda s: show_mib(s["memory_free"]), fixed=True, right=True),
    Column("MEMORY", lambda s: show_mib(s["memory"]), fixed=True, right=True),
    Column("CPUS", "cpus", wide=True, right=True),
    Column("ADDRESS", lambda s: f"{s['address']}:{s['port']}", wide=True),
    Column("HYPERVISOR", "hypervisor", wide=True),
    Column("ACCELERATION", "acceleration", wide=True),
    Column("ID", "id", wide=True, fixed=True),
)


def _view(server: Json) -> list[Block]:
    busy = server.get("busy")
    return [
        Fields(
            [
                ("Name", server["name"]),
                ("Id", server["id"]),
                ("State", state_of(server)),
                ("Address", f"{server['address']} port {server['port']}"),
                ("Pool", (server["pool"] or {}).get("name")),
                ("Roles", server["roles"]),
                ("VMs", server["vms"]),
                ("Busy", f"{busy['kind']} (job {busy['job']})" if busy else None),
                ("Memory", show_mib(server["memory"])),
                ("Memory free", show_mib(server["memory_free"])),
                ("CPUs", server["cpus"]),
                ("Hypervisor", server["hypervisor"]),
                ("Acceleration", server["acceleration"]),
                ("Last heard", show_time(server["seen"])),
                ("Host id", server["host_id"]),
                *_guard(server.get("ha")),
            ]
        )
    ]


def _guard(host: Json | None) -> list[tuple[str, object]]:
    """The server as its pool master sees it."""
    if host is None:
        return []
    return [
        ("HA state", host["state"]),
        ("Fence devices", host["devices"]),
        ("Watchdog", host["watchdog"]),
        ("Alarms", "; ".join(host["alarms"])),
    ]


def _shown(client: Client, server: str) -> Json:
    """The server, with what its pool master says of it (``ha``; None if it does not answer)."""
    found: Json = client.get(path("servers", server))
    hosts: list[Json] = []
    if found["pool"] is not None:
        with suppress(CliError):
            hosts = client.get(path("pools", found["pool"]["id"], "ha"))["hosts"]
    return found | {"ha": next((h for h in hosts if h["server"] == found["id"]), None)}


def _token_view(reply: Json) -> list[Block]:
    return [
        Line(f"On {reply['server']['name']}, as root, within an hour, type:"),
        # From the standard input: arguments can be read by every process of the server.
        Line(f"millpond-agent enrol - <<< {reply['token']}"),
    ]


@app.command("list")
def list_(
    pool: Annotated[str | None, typer.Option("--pool", "-p", help="Only of this pool.")] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List servers.

    Example: millpond server list
    """

    def fetch() -> list[Json]:
        servers = client.items("/servers")
        return [s for s in servers if pool is None or pool in (s["pool"] or {}).values()]

    with connect() as client:
        present(client, fetch, table(_COLUMNS, "no servers"), output, watch=watch)


@app.command()
def show(
    server: ServerName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """Show one server.

    Example: millpond server show srv1
    """
    with connect() as client:
        present(client, lambda: _shown(client, server), _view, output, watch=watch)


@app.command()
def add(
    name: Annotated[str, typer.Argument(help="Name of the server, such as its host name.")],
    address: Annotated[
        str, typer.Option("--address", "-a", help="Host name or IP address of its agent.")
    ],
    port: Annotated[int, typer.Option(help="Port of its agent.")] = AGENT_PORT,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a server known; prints the command to type on it, good for once.

    Example: millpond server add srv1 --address 192.0.2.11
    """
    with connect() as client:
        body = {"name": name, "address": address, "port": port}
        show_value(client.call("POST", "/servers", body), _token_view, output)


@app.command()
def token(server: ServerName, output: OutputOption = Output.TABLE) -> None:
    """Make a new enrolment token for a server, such as after it was installed anew.

    Example: millpond server token srv1
    """
    with connect() as client:
        reply = client.call("POST", path("servers", server, "token"))
        show_value(reply, _token_view, output)


@app.command()
def remove(server: ServerName, yes: YesOption = False) -> None:
    """Forget a server that is in no pool.

    Example: millpond server remove srv1
    """
    if not yes:
        typer.confirm(
            f"Forget server {server}? It can no longer be managed from here.", abort=True, err=True
        )
    with connect() as client:
        client.call("DELETE", path("servers", server))
    typer.echo(f"server {server} removed")


@app.command()
def maintenance(
    server: ServerName,
    force: ForceOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Move all VMs away from a server and place no more on it.

    Example: millpond server maintenance srv1
    """
    with connect() as client:
        job = client.submit("POST", path("servers", server, "maintenance"), {"force": force})
        run(client, job, output, wait=wait)


@app.command()
def activate(
    server: ServerName, wait: WaitOption = True, output: OutputOption = Output.TABLE
) -> None:
    """End a server's maintenance.

    Example: millpond server activate srv1
    """
    with connect() as client:
        run(client, client.submit("POST", path("servers", server, "activate")), output, wait=wait)


@app.command()
def shutdown(
    server: ServerName,
    force: ForceOption = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Move all VMs away from a server, then switch it off. It stays in maintenance.

    Example: millpond server shutdown srv2
    """
    if not yes:
        typer.confirm(f"Move all VMs away from {server} and switch it off?", abort=True, err=True)
    with connect() as client:
        job = client.submit("POST", path("servers", server, "shutdown"), {"force": force})
        run(client, job, output, wait=wait)


@app.command()
def reboot(
    server: ServerName,
    back: Annotated[
        bool, typer.Option("--return", help="Wait until it is back, then end its maintenance.")
    ] = False,
    timeout: Annotated[float, typer.Option(help="With --return: seconds it may take.")] = 900,
    force: ForceOption = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Move all VMs away from a server, then start it anew. It stays in maintenance.

    Example: millpond server reboot srv2 --return
    """
    if not yes:
        typer.confirm(f"Move all VMs away from {server} and reboot it?", abort=True, err=True)
    body = {"force": force, "activate": back, "timeout": timeout}
    with connect() as client:
        job = client.submit("POST", path("servers", server, "reboot"), body)
        run(client, job, output, wait=wait)


_NICS = (
    Column("NIC", "name"),
    Column("MAC", "mac", fixed=True),
    Column("UP", "up", fixed=True),
    Column("SPEED", lambda n: f"{n['speed']} Mbit/s" if n["speed"] else None),
    Column("PART OF", "master"),
)
_BRIDGES = (
    Column("BRIDGE", "name"),
    Column("MAC", "mac", fixed=True),
    Column("UP", "up", fixed=True),
    Column("PORTS", "ports"),
    Column("ADDRESSES", "addresses", wide=True),
)
_STORAGE = (
    Column("PATH", "path"),
    Column("THERE", "available", fixed=True),
    Column("TYPE", "filesystem", fixed=True),
    Column("SIZE", lambda s: show_bytes(s["total"]), fixed=True, right=True),
    Column("FREE", lambda s: show_bytes(s["free"]), fixed=True, right=True),
)


def _inventory_view(inventory: Json) -> list[Block]:
    cpu = inventory["cpu"]
    return [
        Fields(
            [
                ("Host name", inventory["hostname"]),
                ("Id", inventory["id"]),
                ("Agent", inventory["agent_version"]),
                (
                    "Hypervisor",
                    f"{inventory['hypervisor']}, libvirt {inventory['libvirt_version']}",
                ),
                ("Acceleration", inventory["acceleration"]),
                ("Proof", inventory["acceleration_proof"]),
                ("CPU", f"{cpu['model']} ({cpu['vendor']}), {cpu['mhz']:.0f} MHz"),
                (
                    "Processors",
                    f"{cpu['sockets']} sockets x {cpu['cores']} cores x {cpu['threads']} threads",
                ),
                ("CPU flags", " ".join(cpu["flags"])),
                ("NUMA", [f"{n['node']}: {show_mib(n['memory'])}" for n in inventory["numa"]]),
                ("Memory", show_mib(inventory["memory"])),
                ("Memory free", show_mib(inventory["memory_free"])),
                ("Kernel", inventory["kernel"]),
                ("Clock", show_time(inventory["clock"])),
            ]
        ),
        Rows(_NICS, inventory["nics"], "NICs", "no NICs"),
        Rows(_BRIDGES, inventory["bridges"], "Bridges", "no bridges"),
        Rows(_STORAGE, inventory["storage"], "Storage", "no repositories"),
    ]


@app.command()
def inventory(
    server: ServerName, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """Show what a server says of itself now: CPU, memory, NICs, bridges, storage.

    Example: millpond server inventory srv1
    """
    with connect() as client:
        where = path("servers", server, "inventory")
        present(client, lambda: client.get(where), _inventory_view, output, watch=watch)
