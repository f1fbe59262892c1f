"""``millpond repository``: where a pool keeps its VMs."""

from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.jobs import run
from millpond.cli.options import (
    OutputOption,
    PoolName,
    WaitOption,
    WatchOption,
    YesOption,
    complete_pool,
)
from millpond.cli.output import Block, Column, Fields, Output, table
from millpond.cli.repository_adopt import adopt
from millpond.cli.session import connect, of_pools
from millpond.cli.sizes import show_bytes
from millpond.cli.watch import present
from millpond.domain.repository import RepositoryKind

app = typer.Typer(no_args_is_help=True, help="Repositories: the storage that a pool's VMs lie in.")

_COLUMNS = (
    Column("NAME", "name"),
    Column("POOL", "pool"),
    Column("KIND", lambda r: r["kind"] or "cluster root", fixed=True),
    Column("FREE", lambda r: show_bytes(r["free"]), fixed=True, right=True),
    Column("TOTAL", lambda r: show_bytes(r["total"]), fixed=True, right=True),
    Column("VIRTUAL", lambda r: show_bytes(r["virtual"]), fixed=True, right=True),
    Column("VMS", "vms", fixed=True, right=True),
    Column("SERVERS", "servers"),
    Column("MISSING ON", lambda r: [*r["problems"], *r["unknown"]]),
    Column("SOURCE", "source", wide=True),
    Column("MOUNT", "mount", wide=True),
    Column("ID", "id", wide=True, fixed=True),
)

RepositoryName = Annotated[
    str, typer.Argument(metavar="REPOSITORY", help="Name or id; root is the cluster root.")
]
NewName = Annotated[str, typer.Argument(metavar="NAME", help="What it shall be called.")]
KindOption = Annotated[RepositoryKind, typer.Option(help="What the storage is.")]
SourceOption = Annotated[
    str, typer.Option(help="A directory (local), SERVER:/EXPORT (nfs), a device (ocfs2).")
]
ServersOption = Annotated[
    list[str] | None,
    typer.Option("--server", "-s", help="A server that has it (local); repeat. Default: all."),
]
MountOption = Annotated[
    str | None, typer.Option(help="Where to mount it; default: below /var/ovs/mount.")
]


def _view(found: Json) -> list[Block]:
    thin = found["virtual"] > found["total"] > 0
    over = f", {100 * found['virtual'] // found['total']} % of the total" if thin else ""
    return [
        Fields(
            [
                ("Name", found["name"]),
                ("Id", found["id"]),
                ("Kind", found["kind"] or "cluster root"),
                ("Source", found["source"]),
                ("Mounted on", found["mount"]),
                ("Total", show_bytes(found["total"])),
                ("Free", show_bytes(found["free"])),
                ("Virtual", f"{show_bytes(found['virtual'])}{over}"),
                ("VMs", found["vms"]),
                ("Servers", found["servers"]),
                ("Problems", [f"{s}: {why}" for s, why in found["problems"].items()]),
                ("No answer", found["unknown"]),
            ]
        )
    ]


def source_body(
    name: str, kind: RepositoryKind, source: str, servers: list[str] | None, mount: str | None
) -> Json:
    """Storage as the API takes it."""
    return {
        "name": name,
        "kind": kind.value,
        "source": source,
        "servers": servers or [],
        "mount": mount,
    }


@app.command("list")
def list_(
    pool: Annotated[
        str | None,
        typer.Argument(help="Only of this pool; name or id.", autocompletion=complete_pool),
    ] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List repositories with their room, and the servers that have or lack them.

    Example: millpond repository list pool1
    """
    with connect() as client:
        present(
            client,
            lambda: of_pools(client, pool, "repositories"),
            table(_COLUMNS, "no repositories"),
            output,
            watch=watch,
        )


@app.command("show")
def show(
    pool: PoolName,
    repository: RepositoryName,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show one repository.

    Example: millpond repository show pool1 data1
    """
    with connect() as client:
        where = path("pools", pool, "repositories", repository)
        present(client, lambda: client.get(where), _view, output, watch=watch)


@app.command()
def create(
    pool: PoolName,
    name: NewName,
    source: SourceOption,
    kind: KindOption = RepositoryKind.NFS,
    server: ServersOption = None,
    mount: MountOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Take storage that is not empty; see adopt.")
    ] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a repository of empty storage and mount it on the pool's servers.

    Example: millpond repository create pool1 data1 --kind nfs --source filer1:/vol/data1
    """
    body = source_body(name, kind, source, server, mount) | {"keep": keep}
    with connect() as client:
        job = client.submit("POST", path("pools", pool, "repositories"), body)
        run(client, job, output, wait=wait)


@app.command()
def attach(
    pool: PoolName,
    name: NewName,
    source: SourceOption,
    kind: KindOption = RepositoryKind.NFS,
    server: ServersOption = None,
    mount: MountOption = None,
    force: Annotated[
        bool, typer.Option("--force", help="Even if it says that it is another pool's.")
    ] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Give a pool a repository that is there already, with its VMs; they are off then.

    Example: millpond repository attach pool1 data1 --kind nfs --source filer1:/vol/data1
    """
    body = source_body(name, kind, source, server, mount) | {"force": force}
    with connect() as client:
        job = client.submit("POST", path("pools", pool, "repositories", "attach"), body)
        run(client, job, output, wait=wait)


app.command()(adopt)


@app.command()
def refresh(
    pool: PoolName,
    repository: RepositoryName,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Mount a repository where it is missing, and read anew what lies in it.

    Example: millpond repository refresh pool1 data1
    """
    with connect() as client:
        where = path("pools", pool, "repositories", repository, "refresh")
        run(client, client.submit("POST", where, {}), output, wait=wait)


def ask_to_detach(repository: str, pool: str) -> None:
    """Raises typer.Abort unless the answer is yes."""
    typer.confirm(f"Detach {repository} and its VMs from {pool}?", abort=True, err=True)


@app.command()
def detach(
    pool: PoolName,
    repository: RepositoryName,
    force: Annotated[
        bool, typer.Option("--force", help="Even if its storage is not there.")
    ] = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Take a repository from a pool, with the VMs in it. Refused while guests run from it.

    Example: millpond repository detach pool1 data1
    """
    if not yes:
        ask_to_detach(repository, pool)
    with connect() as client:
        where = path("pools", pool, "repositories", repository, "detach")
        run(client, client.submit("POST", where, {"force": force}), output, wait=wait)


@app.command()
def delete(
    pool: PoolName,
    repository: RepositoryName,
    contents: Annotated[
        bool, typer.Option("--contents", help="Delete what lies in its folders, for good.")
    ] = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Remove a repository that has no VMs; its contents stay unless told otherwise.

    Example: millpond repository delete pool1 data1
    """
    if not yes:
        what = "and all its contents " if contents else ""
        typer.confirm(f"Delete {repository} {what}from {pool}?", abort=True, err=True)
    with connect() as client:
        where = path("pools", pool, "repositories", repository)
        job = client.submit("DELETE", where, contents=contents)
        run(client, job, output, wait=wait)
