"""``millpond template``: what new VMs are cloned from."""

from pathlib import Path
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
)
from millpond.cli.output import Block, Column, Fields, Output, Rows, table
from millpond.cli.session import connect, of_pools
from millpond.cli.sizes import show_bytes, show_mib
from millpond.cli.watch import present

app = typer.Typer(
    no_args_is_help=True,
    help="Templates: list, show, delete, deploy to other pools, build those that ship.",
)

_COLUMNS = (
    Column("NAME", "name"),
    Column("POOL", "pool"),
    Column("MEMORY", lambda t: show_mib(t["memory"]), fixed=True, right=True),
    Column("VCPUS", "vcpus", fixed=True, right=True),
    Column("REPOSITORY", lambda t: t["repository"] or "root", wide=True),
    Column("DISKS", lambda t: [f"{d['target']} {show_bytes(d['size'])}" for d in t["disks"]]),
    Column("DESCRIPTION", "description"),
)


_DISKS = (
    Column("DISK", "target", fixed=True),
    Column("SIZE", lambda d: show_bytes(d["size"]), right=True),
    Column("FORMAT", "format", fixed=True),
    Column("FILE", "file"),
)

TemplateName = Annotated[str, typer.Argument(metavar="TEMPLATE", help="Its name.")]


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


def _view(template: Json) -> list[Block]:
    return [
        Fields(
            [
                ("Name", template["name"]),
                ("Description", template["description"]),
                ("Repository", template["repository"] or "root"),
                ("Memory", show_mib(template["memory"])),
                ("vCPUs", template["vcpus"]),
            ]
        ),
        Rows(_DISKS, template["disks"], empty="no disks"),
    ]


@app.command("show")
def show_(
    pool: PoolName,
    template: TemplateName,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show one template and its disks.

    Example: millpond template show pool1 tiny
    """
    with connect() as client:
        where = path("pools", pool, "templates", template)
        present(client, lambda: client.get(where), _view, output, watch=watch)


@app.command()
def delete(
    pool: PoolName,
    template: TemplateName,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Delete a template and its files. Refused while disks of VMs lie over it.

    Example: millpond template delete pool1 golden
    """
    if not yes:
        typer.confirm(f"Delete template {template} of pool {pool}?", abort=True, err=True)
    with connect() as client:
        job = client.submit("DELETE", path("pools", pool, "templates", template))
        run(client, job, output, wait=wait)


@app.command()
def deploy(
    pool: PoolName,
    template: TemplateName,
    to: Annotated[str, typer.Option("--to", metavar="POOL", help="The other pool.")],
    name: Annotated[
        str | None, typer.Option(help="What it shall be called there; its own name if left out.")
    ] = None,
    repository: Annotated[
        str | None, typer.Option(help="Of that pool; its cluster root if left out.")
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Copy a template to another pool, through the manager.

    Example: millpond template deploy pool1 golden --to pool2
    """
    body = {"to": to, "name": name, "repository": repository}
    with connect() as client:
        job = client.submit("POST", path("pools", pool, "templates", template, "deploy"), body)
        run(client, job, output, wait=wait)


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
