"""Files that VMs were exported to."""

from pathlib import Path
from typing import Annotated

import typer

from millpond.cli.client import path
from millpond.cli.download import download as fetch
from millpond.cli.options import OutputOption, PoolName, PoolOption, WatchOption
from millpond.cli.output import Column, Output, table
from millpond.cli.session import connect, of_pools
from millpond.cli.sizes import show_bytes, show_time
from millpond.cli.watch import present

app = typer.Typer()

_COLUMNS = (
    Column("FILE", "name"),
    Column("POOL", "pool"),
    Column("SIZE", lambda e: show_bytes(e["size"]), fixed=True, right=True),
    Column("WRITTEN", lambda e: show_time(e["modified"]), fixed=True),
)


@app.command("exports")
def exports(
    pool: PoolOption = None, output: OutputOption = Output.TABLE, watch: WatchOption = False
) -> None:
    """List exported files, which lie in publish_pool.

    Example: millpond vm exports
    """
    with connect() as client:
        present(
            client,
            lambda: of_pools(client, pool, "exports"),
            table(_COLUMNS, "no exported files"),
            output,
            watch=watch,
        )


@app.command("download")
def download(
    pool: PoolName,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Its name in publish_pool.")],
    to: Annotated[
        Path | None, typer.Argument(metavar="[TO]", help="Where to; here by its own name.")
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="Fail if it is not this.")] = None,
) -> None:
    """Fetch an exported file, and print its SHA-256.

    Example: millpond vm download pool1 web1.ova
    """
    target = to if to is not None and not to.is_dir() else (to or Path()) / Path(file).name
    with connect() as client:
        where = path("pools", pool, "exports", file)
        found = fetch(client, where, target, sha256.lower() if sha256 else None)
    typer.echo(f"{found}  {target}")
