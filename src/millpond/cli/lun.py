"""``millpond lun``: LUNs of arrays that a pool's servers have."""

from typing import Annotated

import typer

from millpond.cli.client import path
from millpond.cli.jobs import run
from millpond.cli.options import (
    OutputOption,
    PoolName,
    WaitOption,
    WatchOption,
    YesOption,
    complete_array,
    complete_pool,
)
from millpond.cli.output import Column, Output, table
from millpond.cli.session import connect, of_pools
from millpond.cli.sizes import show_bytes, size_bytes
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="LUNs of arrays that a pool's servers have.")

_COLUMNS = (
    Column("NAME", "name"),
    Column("POOL", "pool"),
    Column("ARRAY", "array"),
    Column("SIZE", lambda lun: show_bytes(lun["size"]), fixed=True, right=True),
    Column("THIN", "thin", fixed=True),
    Column("DEVICE", "device", wide=True),
    Column("VMS", "vms"),
    Column("NUMBER", "number", wide=True, fixed=True, right=True),
    Column("HLU", "hlu", wide=True, fixed=True, right=True),
    Column("GROUP", "group", wide=True),
    Column("UID", "uid", wide=True, fixed=True),
)


@app.command("list")
def list_(
    pool: Annotated[
        str | None,
        typer.Argument(help="Only of this pool; name or id.", autocompletion=complete_pool),
    ] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List the LUNs that pools have of arrays, and the VMs that use them.

    Example: millpond lun list pool1
    """
    with connect() as client:
        present(
            client,
            lambda: of_pools(client, pool, "luns"),
            table(_COLUMNS, "no LUNs"),
            output,
            watch=watch,
        )


@app.command()
def create(
    pool: PoolName,
    name: Annotated[str, typer.Argument(metavar="NAME", help="What it shall be called.")],
    size: Annotated[str, typer.Option("--size", help="Such as 500G.")],
    array: Annotated[
        str, typer.Option("--array", help="Name or id.", autocompletion=complete_array)
    ],
    array_pool: Annotated[str, typer.Option("--from", help="The array's pool.")],
    thick: Annotated[bool, typer.Option("--thick", help="Take all of its space at once.")] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Give a pool a LUN: make it on the array, show it to all servers, and see that they see it.

    Example: millpond lun create pool1 data1 --size 500G --array cx4 --from pool
    """
    body = {
        "name": name,
        "array": array,
        "array_pool": array_pool,
        "size": size_bytes(size),
        "thin": not thick,
    }
    with connect() as client:
        run(client, client.submit("POST", path("pools", pool, "luns"), body), output, wait=wait)


@app.command()
def delete(
    pool: PoolName,
    lun: Annotated[str, typer.Argument(metavar="LUN", help="Name.")],
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Take a LUN from a pool's servers and delete it, with its data. Refused while a VM has it.

    Example: millpond lun delete pool1 data1
    """
    if not yes:
        typer.confirm(f"Delete LUN {lun} of {pool} and all its data?", abort=True, err=True)
    with connect() as client:
        job = client.submit("DELETE", path("pools", pool, "luns", lun))
        run(client, job, output, wait=wait)
