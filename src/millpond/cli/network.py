"""``millpond network``: the bridges of a pool, and who is plugged into them."""

from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.errors import usage
from millpond.cli.jobs import run
from millpond.cli.options import (
    OutputOption,
    PoolName,
    PoolOption,
    WaitOption,
    WatchOption,
    YesOption,
    complete_pool,
)
from millpond.cli.output import Column, Output, table
from millpond.cli.session import connect, of_pools
from millpond.cli.vm_views import VIF_COLUMNS
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="Networks: bridges on all servers of a pool.")

_BRIDGES = (
    Column("BRIDGE", "name"),
    Column("POOL", "pool"),
    Column("NIC", "nic"),
    Column("VLAN", "vlan", fixed=True, right=True),
    Column("SERVERS", "servers"),
    Column("MISSING ON", "missing"),
    Column("NO ANSWER", "unknown"),
    Column("BOND", "bond", wide=True),
    Column("MANAGED", "managed", wide=True),
)

_VIFS = (Column("VM", "vm"), *VIF_COLUMNS)

BridgeName = Annotated[str, typer.Argument(metavar="BRIDGE", help="Such as xenbr1.")]


def parse_bridge(text: str) -> Json:
    """``NAME[,nic=eth1][,vlan=12][,bond=eth1+eth2]`` as the API takes it."""
    name, *settings = text.split(",")
    bridge: Json = {"name": name}
    for setting in settings:
        key, _, value = setting.partition("=")
        if not value or key not in ("nic", "vlan", "bond") or key in bridge:
            raise usage(
                f"{setting!r} in {text!r} is not nic=, vlan= or bond=",
                "write it as xenbr1,nic=eth1,vlan=12 or xenbr1,nic=bond0,bond=eth1+eth2",
            )
        bridge[key] = value
    if "vlan" in bridge:
        if not bridge["vlan"].isdigit():
            raise usage(f"{bridge['vlan']!r} is not a VLAN", "give a number from 1 to 4094")
        bridge["vlan"] = int(bridge["vlan"])
    if "bond" in bridge:
        bridge["bond"] = bridge["bond"].split("+")
    return bridge


@app.command("list")
def list_(
    pool: Annotated[
        str | None,
        typer.Argument(help="Only of this pool; name or id.", autocompletion=complete_pool),
    ] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List bridges, and the servers that have or lack them.

    Example: millpond network list pool1
    """
    with connect() as client:
        present(
            client,
            lambda: of_pools(client, pool, "bridges"),
            table(_BRIDGES, "no bridges"),
            output,
            watch=watch,
        )


@app.command()
def create(
    pool: PoolName,
    bridge: BridgeName,
    nic: Annotated[
        str | None, typer.Option(help="NIC it leads out by; left out, it is internal.")
    ] = None,
    vlan: Annotated[
        int | None, typer.Option(help="Tag what leaves by the NIC.", min=1, max=4094)
    ] = None,
    bond: Annotated[
        list[str] | None,
        typer.Option(help="NIC to make the bond --nic of (active-backup); repeat for each."),
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a bridge on every server of a pool.

    Example: millpond network create pool1 xenbr1 --nic eth1
    """
    body = {"name": bridge, "nic": nic, "vlan": vlan, "bond": bond or []}
    with connect() as client:
        run(client, client.submit("POST", path("pools", pool, "bridges"), body), output, wait=wait)


@app.command()
def delete(
    pool: PoolName,
    bridge: BridgeName,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Remove a bridge from every server of a pool. Refused while VMs are plugged into it.

    Example: millpond network delete pool1 xenbr1
    """
    if not yes:
        typer.confirm(f"Remove bridge {bridge} from all servers of {pool}?", abort=True, err=True)
    with connect() as client:
        job = client.submit("DELETE", path("pools", pool, "bridges", bridge))
        run(client, job, output, wait=wait)


@app.command()
def vifs(
    pool: PoolOption = None,
    bridge: Annotated[str | None, typer.Option(help="Only those in this bridge.")] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List the network interfaces of all VMs.

    Example: millpond network vifs --bridge xenbr1
    """

    def fetch() -> list[Json]:
        return [
            {"vm": vm["name"], **vif}
            for vm in client.items("/vms", pool=pool)
            for vif in vm["config"]["vifs"]
            if bridge in (None, vif["bridge"])
        ]

    with connect() as client:
        present(client, fetch, table(_VIFS, "no network interfaces"), output, watch=watch)
