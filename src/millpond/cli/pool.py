"""``millpond pool``: servers that share storage and run VMs together."""

from typing import Annotated

import typer

from millpond.cli import pool_ha, pool_rule
from millpond.cli.client import Json, path
from millpond.cli.errors import CliError, ExitCode
from millpond.cli.jobs import run
from millpond.cli.network import parse_bridge
from millpond.cli.options import (
    OutputOption,
    PoolName,
    ServerName,
    WaitOption,
    WatchOption,
    YesOption,
)
from millpond.cli.output import Block, Column, Fields, Output, Rows, table
from millpond.cli.output import show as show_value
from millpond.cli.pool_ha import ha_words
from millpond.cli.report import difference_table
from millpond.cli.session import connect
from millpond.cli.sizes import mebibytes
from millpond.cli.watch import present
from millpond.domain.ha.settings import HaSettings, Isolation
from millpond.domain.server import Role

app = typer.Typer(no_args_is_help=True, help="Pools: make them of servers, change them.")
app.add_typer(pool_rule.app, name="rule")

_COLUMNS = (
    Column("NAME", "name"),
    Column("MASTER", "master.name"),
    Column("SERVERS", lambda p: len(p["members"]), fixed=True, right=True),
    Column("VMS", "vms", fixed=True, right=True),
    Column("DESCRIPTION", "description"),
    Column("CLUSTER ROOT", "cluster_root", wide=True),
    Column("BRIDGES", lambda p: [b["name"] for b in p["bridges"]], wide=True),
    Column("ID", "id", wide=True, fixed=True),
)


def _member_state(member: Json) -> str:
    if not member["up"]:
        return "unreachable"
    return "maintenance" if member["maintenance"] else "ready"


_MEMBERS = (
    Column("SERVER", "name"),
    Column("ROLES", lambda m: ",".join(m["roles"])),
    Column("STATE", _member_state, fixed=True),
    Column("ADDRESS", lambda m: f"{m['address']}:{m['port']}"),
    Column("HOST ID", "host_id", wide=True, right=True),
    Column("ID", "id", wide=True, fixed=True),
)


def _view(pool: Json) -> list[Block]:
    busy, bandwidth, ha = pool.get("busy"), pool["bandwidth"], pool["ha"]
    return [
        Fields(
            [
                ("Name", pool["name"]),
                ("Id", pool["id"]),
                ("Description", pool["description"]),
                ("Master", f"{pool['master']['name']}, term {pool['term']}"),
                ("HA", ha_words(ha)),
                ("Isolation", ha["isolation"]),
                ("Storage outage", f"{ha['outage']} s have no consequences"),
                ("Rules", [r["name"] for r in ha["rules"]]),
                ("Cluster root", pool["cluster_root"]),
                ("Reserve", f"{pool['reserve']} % of each repository"),
                ("Bridges", [b["name"] for b in pool["bridges"]]),
                ("VMs", pool["vms"]),
                ("Migration limit", f"{bandwidth} MiB/s" if bandwidth else "none"),
                ("Migrations", f"{pool['migrations']} at once from one server"),
                ("Busy", f"{busy['kind']} (job {busy['job']})" if busy else None),
                ("Generation", pool["generation"]),
            ]
        ),
        Rows(_MEMBERS, pool["members"], "Members"),
    ]


def _report_view(report: Json) -> list[Block]:
    verdict = "the servers fit together" if report["fits"] else "the servers do not fit together"
    return [Fields([("Result", verdict)]), difference_table(report["differences"])]


def _member(text: str) -> Json:
    """``srv1:master,utility,vm``; without roles it is a VM server."""
    name, _, roles = text.partition(":")
    return {"server": name, "roles": parse_roles(roles or Role.VM)}


def parse_roles(text: str) -> list[str]:
    """``master,utility,vm`` as the API takes it."""
    try:
        return [Role(r.strip()).value for r in text.split(",")]
    except ValueError as error:
        raise typer.BadParameter(
            f"{text!r}: roles are {', '.join(Role)}, separated by commas"
        ) from error


ServersOption = Annotated[
    list[str],
    typer.Option(
        "--server",
        "-s",
        metavar="NAME[:ROLES]",
        help="A member and its roles, such as srv1:master,utility,vm. Repeat for each.",
    ),
]
RootOption = Annotated[str, typer.Option("--cluster-root", help="The directory all servers share.")]
BridgesOption = Annotated[
    list[str] | None,
    typer.Option(
        "--bridge",
        metavar="NAME[,nic=..,vlan=..,bond=A+B]",
        help="A bridge every member shall have, such as xenbr1,nic=eth1. Repeat for more.",
    ),
]


def _creation(name: str, server: list[str], root: str, bridge: list[str] | None) -> Json:
    return {
        "name": name,
        "cluster_root": root,
        "members": [_member(s) for s in server],
        "bridges": [parse_bridge(b) for b in bridge or []],
    }


@app.command("list")
def list_(output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List pools.

    Example: millpond pool list
    """
    with connect() as client:
        present(
            client, lambda: client.items("/pools"), table(_COLUMNS, "no pools"), output, watch=watch
        )


@app.command()
def show(pool: PoolName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """Show one pool and its members.

    Example: millpond pool show pool1
    """
    with connect() as client:
        present(client, lambda: client.get(path("pools", pool)), _view, output, watch=watch)


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="Name of the new pool.")],
    server: ServersOption,
    cluster_root: RootOption = "/OVS",
    bridge: BridgesOption = None,
    description: Annotated[str, typer.Option(help="Free text.")] = "",
    bandwidth: Annotated[
        str, typer.Option(help="Limit of each live migration per second, such as 100M; 0 = none.")
    ] = "0",
    migrations: Annotated[
        int, typer.Option(help="Live migrations at once from one server.", min=1)
    ] = 2,
    ha: Annotated[
        bool, typer.Option("--ha/--no-ha", help="Guard the VMs that ask for it.")
    ] = False,
    tolerate: Annotated[
        int, typer.Option(min=0, max=16, help="Server failures to keep room for.")
    ] = 0,
    isolation: Annotated[
        Isolation, typer.Option(help="What a server that hears no master does with its HA VMs.")
    ] = Isolation.KEEP,
    outage: Annotated[
        int,
        typer.Option(
            min=5,
            max=100,
            help="Seconds the storage may be gone without consequences, for good; see pool timing.",
        ),
    ] = HaSettings().outage,
    lab: Annotated[
        bool, typer.Option("--lab", help="Let `millpond chaos` break its servers.")
    ] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a pool of enrolled servers. Refused, with every difference, if they do not fit together.

    Example: millpond pool create pool1 -s srv1:master,utility,vm -s srv2:vm -s srv3:vm
    """
    body = _creation(name, server, cluster_root, bridge) | {
        "description": description,
        "bandwidth": mebibytes(bandwidth),
        "migrations": migrations,
        "ha": {
            "enabled": ha,
            "tolerate": tolerate,
            "isolation": isolation,
            "outage": outage,
        },
        "lab": lab,
    }
    with connect() as client:
        run(client, client.submit("POST", "/pools", body), output, wait=wait)


@app.command()
def preflight(
    server: ServersOption,
    cluster_root: RootOption = "/OVS",
    bridge: BridgesOption = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Say whether servers would make a pool, and what is in the way; changes nothing.

    Example: millpond pool preflight -s srv1:master,utility,vm -s srv2:vm
    """
    body = _creation("preflight", server, cluster_root, bridge)
    with connect() as client:
        _report(client.call("POST", "/pools/preflight", body), output)


@app.command()
def check(pool: PoolName, output: OutputOption = Output.TABLE) -> None:
    """Compare the members of a pool as they are now.

    Example: millpond pool check pool1
    """
    with connect() as client:
        _report(client.call("POST", path("pools", pool, "check")), output)


def _report(report: Json, output: Output) -> None:
    show_value(report, _report_view, output)
    if not report["fits"]:
        raise typer.Exit(ExitCode.REFUSED)


@app.command()
def edit(
    pool: PoolName,
    name: Annotated[str | None, typer.Option(help="New name.")] = None,
    description: Annotated[str | None, typer.Option(help="Free text.")] = None,
    bandwidth: Annotated[
        str | None, typer.Option(help="Limit of each live migration per second; 0 = none.")
    ] = None,
    migrations: Annotated[
        int | None, typer.Option(help="Live migrations at once from one server.", min=1)
    ] = None,
    reserve: Annotated[
        int | None, typer.Option(help="Percent of each repository to keep free.", min=0, max=90)
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Change a pool's name, description, migration limits or reserve.

    Example: millpond pool edit pool1 --bandwidth 200M
    """
    changes: Json = {
        "name": name,
        "description": description,
        "bandwidth": None if bandwidth is None else mebibytes(bandwidth),
        "migrations": migrations,
        "reserve": reserve,
    }
    changes = {key: value for key, value in changes.items() if value is not None}
    if not changes:
        raise CliError(ExitCode.USAGE, "", "nothing to change", "name a field (see --help)")
    with connect() as client:
        run(client, client.submit("PATCH", path("pools", pool), changes), output, wait=wait)


@app.command()
def delete(
    pool: PoolName,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Dissolve a pool without VMs. Its servers stay known, its shared directory stays as it is.

    Example: millpond pool delete pool1
    """
    if not yes:
        typer.confirm(f"Dissolve pool {pool}?", abort=True, err=True)
    with connect() as client:
        run(client, client.submit("DELETE", path("pools", pool)), output, wait=wait)


RolesOption = Annotated[
    str, typer.Option("--roles", "-r", help="Such as vm or utility,vm; commas between.")
]


@app.command("add-server")
def add_server(
    pool: PoolName,
    server: ServerName,
    roles: RolesOption = Role.VM.value,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Add an enrolled server to a pool it fits into.

    Example: millpond pool add-server pool1 srv4 --roles utility,vm
    """
    body = {"server": server, "roles": parse_roles(roles)}
    with connect() as client:
        run(client, client.submit("POST", path("pools", pool, "servers"), body), output, wait=wait)


@app.command("remove-server")
def remove_server(
    pool: PoolName,
    server: ServerName,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Take a server without VMs out of its pool.

    Example: millpond pool remove-server pool1 srv4
    """
    with connect() as client:
        job = client.submit("DELETE", path("pools", pool, "servers", server))
        run(client, job, output, wait=wait)


@app.command()
def roles(
    pool: PoolName,
    server: ServerName,
    new: Annotated[str, typer.Argument(metavar="ROLES", help="Such as master,vm.")],
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Change what a member does. The role master moves to it from the present master.

    Example: millpond pool roles pool1 srv2 master,utility,vm
    """
    body = {"roles": parse_roles(new)}
    with connect() as client:
        job = client.submit("PATCH", path("pools", pool, "servers", server), body)
        run(client, job, output, wait=wait)


@app.command()
def adopt(server: ServerName, wait: WaitOption = True, output: OutputOption = Output.TABLE) -> None:
    """Take over an existing pool, with its VMs, from its pool master: after the manager was lost.

    Example: millpond pool adopt srv1
    """
    with connect() as client:
        job = client.submit("POST", "/pools/adopt", {"server": server})
        run(client, job, output, wait=wait)


app.add_typer(pool_ha.app)
