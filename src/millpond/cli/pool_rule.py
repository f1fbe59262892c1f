"""``millpond pool rule``: which VMs belong together or apart, and where they may run."""

from typing import Annotated

import typer

from millpond.cli.client import path
from millpond.cli.jobs import run
from millpond.cli.options import (
    OutputOption,
    PoolName,
    WaitOption,
    WatchOption,
    complete_server,
    complete_vm,
)
from millpond.cli.output import Column, Output, table
from millpond.cli.session import connect
from millpond.cli.watch import present
from millpond.domain.ha.rules import RuleKind

app = typer.Typer(no_args_is_help=True, help="Rules: VMs together or apart, and on which servers.")

_RULES = (
    Column("RULE", "name"),
    Column("KIND", "kind", fixed=True),
    Column("VMS", "vms"),
    Column("SERVERS", "servers"),
    Column("STRICT", "strict", fixed=True),
)

RuleName = Annotated[str, typer.Argument(metavar="RULE", help="Name of the rule.")]


@app.command("list")
def list_(pool: PoolName, output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List a pool's affinity rules.

    Example: millpond pool rule list pool1
    """
    with connect() as client:
        where = path("pools", pool, "rules")
        present(client, lambda: client.items(where), table(_RULES, "no rules"), output, watch=watch)


@app.command()
def add(
    pool: PoolName,
    rule: RuleName,
    kind: Annotated[RuleKind, typer.Option("--kind", "-k", help="What is said of the VMs.")],
    vm: Annotated[
        list[str],
        typer.Option(help="A VM's name; repeat for each.", autocompletion=complete_vm),
    ],
    server: Annotated[
        list[str] | None,
        typer.Option(
            help="For on and not-on: a server's name; repeat for each.",
            autocompletion=complete_server,
        ),
    ] = None,
    prefer: Annotated[
        bool, typer.Option("--prefer", help="Follow it only where there is a choice.")
    ] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Keep VMs together or apart, or tie them to servers. Holds from the next start or move on.

    Example: millpond pool rule add pool1 web-apart --kind apart --vm web1 --vm web2
    """
    body = {
        "name": rule,
        "kind": kind,
        "vms": vm,
        "servers": server or [],
        "strict": not prefer,
    }
    with connect() as client:
        run(client, client.submit("POST", path("pools", pool, "rules"), body), output, wait=wait)


@app.command()
def remove(
    pool: PoolName, rule: RuleName, wait: WaitOption = True, output: OutputOption = Output.TABLE
) -> None:
    """Drop a rule. Nothing moves because of it.

    Example: millpond pool rule remove pool1 web-apart
    """
    with connect() as client:
        run(client, client.submit("DELETE", path("pools", pool, "rules", rule)), output, wait=wait)
