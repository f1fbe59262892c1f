"""Arguments and options that many commands share, and their completion."""

from typing import Annotated

import typer

from millpond.cli import config
from millpond.cli.client import Client
from millpond.cli.output import Output

COMPLETION_LIMIT = 200


def _names(where: str, incomplete: str) -> list[str]:
    """Names for the shell. Completion must never print errors or hang the prompt."""
    try:
        with Client(config.load(), timeout=2.0) as client:
            found = client.items(where, limit=COMPLETION_LIMIT)
    except Exception:
        return []
    return [str(o["name"]) for o in found if str(o["name"]).startswith(incomplete)]


def complete_vm(incomplete: str) -> list[str]:
    return _names("/vms", incomplete)


def complete_pool(incomplete: str) -> list[str]:
    return _names("/pools", incomplete)


def complete_server(incomplete: str) -> list[str]:
    return _names("/servers", incomplete)


def complete_array(incomplete: str) -> list[str]:
    return _names("/arrays", incomplete)


OutputOption = Annotated[
    Output, typer.Option("--output", "-o", help="How to print the result; wide shows more.")
]
WatchOption = Annotated[
    bool, typer.Option("--watch", "-w", help="Print again on every change, until Ctrl-C.")
]
WaitOption = Annotated[
    bool, typer.Option("--wait/--no-wait", help="Wait for the job, or only start it.")
]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]

VmName = Annotated[
    str, typer.Argument(metavar="VM", help="Name or id.", autocompletion=complete_vm)
]
VmNames = Annotated[
    list[str],
    typer.Argument(metavar="VM...", help="Names or ids.", autocompletion=complete_vm),
]
PoolName = Annotated[
    str, typer.Argument(metavar="POOL", help="Name or id.", autocompletion=complete_pool)
]
ServerName = Annotated[
    str, typer.Argument(metavar="SERVER", help="Name or id.", autocompletion=complete_server)
]
PoolOption = Annotated[
    str | None,
    typer.Option("--pool", "-p", help="Name or id of the pool.", autocompletion=complete_pool),
]

RepositoryOption = Annotated[
    str | None,
    typer.Option("--repository", help="Repository to keep it in; default: the cluster root."),
]

ForceOption = Annotated[
    bool,
    typer.Option("--force", help="Even if too little room is left to restart HA VMs elsewhere."),
]

DryRunOption = Annotated[
    bool, typer.Option("--dry-run", help="Change nothing; show which server would be chosen.")
]
