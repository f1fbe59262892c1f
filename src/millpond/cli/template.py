"""``millpond template``: what new VMs are cloned from."""

from pathlib import Path
from typing import Annotated

import typer

from millpond.cli.errors import usage
from millpond.cli.options import OutputOption, PoolOption, WatchOption
from millpond.cli.output import Column, Output, table
from millpond.cli.session import connect, of_pools
from millpond.cli.sizes import show_bytes, show_mib
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="Templates: list them, build those that ship.")

_COLUMNS = (
    Column("NAME", "name"),
    Column("POOL", "pool"),
    Column("MEMORY", lambda t: show_mib(t["memory"]), fixed=True, right=True),
    Column("VCPUS", "vcpus", fixed=True, right=True),
    Column("DISKS", lambda t: [f"{d['target']} {show_bytes(d['size'])}" for d in t["disks"]]),
    Column("DESCRIPTION", "description"),
)


@app.command("list")
def list_(
    pool: PoolOption = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List templates.

    Example: millpond template list --pool pool1
    """
    with connect() as client:
        present(
            client,
            lambda: of_pools(client, pool, "templates"),
            table(_COLUMNS, "no templates"),
            output,
            watch=watch,
        )


@app.command()
def build(
    template: Annotated[
        str, typer.Argument(help="Name of a template that ships: tiny or debian-12.")
    ],
    into: Annotated[
        Path,
        typer.Option(help="The pool's seed_pool directory; the template gets a folder in it."),
    ],
) -> None:
    """Build a template on this machine: tiny, a small Linux that boots in seconds, from its installed
    packages; debian-12, with cloud-init and the guest agent, from its apt sources (as root).

    Example: millpond template build debian-12 --into /OVS/seed_pool
    """
    from millpond.adapters.templates import debian, tiny  # heavy, needed here alone

    if template == "tiny":
        tiny.build_tiny(into / template)
    elif template == debian.NAME:
        debian.build_debian(into / template, typer.echo)
    else:
        raise usage(f"no template {template!r} ships", "build tiny or debian-12")
    typer.echo(f"built {into / template}")
