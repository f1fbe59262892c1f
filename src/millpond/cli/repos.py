"""``repos``: the storage repositories of a pool by the options of Oracle VM Server's ``repos.py``, over the
same client."""

import re
from typing import Annotated

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import CliError, ExitCode, usage
from millpond.cli.jobs import run as run_job
from millpond.cli.options import PoolOption, YesOption
from millpond.cli.output import Output, visible
from millpond.cli.program import run as run_program
from millpond.cli.repository import ask_to_detach, source_body
from millpond.cli.session import connect, only_pool
from millpond.domain.repository import RepositoryKind

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_NAME_LENGTH = 40

app = typer.Typer(pretty_exceptions_enable=False)


@app.command()
def repos(
    list_: Annotated[
        bool, typer.Option("--list", "-l", help="List them; the cluster root has an asterisk.")
    ] = False,
    new: Annotated[
        str | None,
        typer.Option("--new", "-n", metavar="SOURCE", help="Add one, which must be empty."),
    ] = None,
    delete: Annotated[
        str | None,
        typer.Option("--delete", "-d", metavar="UUID", help="Take one away; its contents stay."),
    ] = None,
    init: Annotated[
        bool, typer.Option("--init", "-i", help="Mount all of them wherever one is missing.")
    ] = False,
    root: Annotated[
        str | None,
        typer.Option("--root", "-r", metavar="UUID", help="Check that it is the cluster root."),
    ] = None,
    pool: PoolOption = None,
    yes: YesOption = False,
) -> None:
    """List, add, delete and mount the storage repositories of a pool, as Oracle VM's repos.py did.

    A SOURCE is a device with OCFS2 (/dev/mapper/lun7), an NFS export (filer:/vol/data1) or a
    directory that all servers have. For the rest see `millpond repository`.

    Example: repos --list
    """
    given = [list_, new is not None, delete is not None, init, root is not None]
    if sum(given) != 1:
        raise usage(
            "give one of --list, --new, --delete, --init and --root",
            "see what they do: repos --help",
        )
    with connect() as client:
        of = pool or only_pool(client)
        if new is not None:
            _new(client, of, new)
        elif delete is not None:
            _delete(client, of, delete, yes)
        elif init:
            _init(client, of)
        elif root is not None:
            _root(client, of, root)
        else:
            typer.echo("\n".join(_lines(client, of)))


def line(repository: Json, uuid: str, mark: str) -> str:
    return f"[ {mark:<3} ] {uuid} => {visible(repository['source'])}"


def _all(client: Client, pool: str) -> list[Json]:
    return client.items(path("pools", pool, "repositories"))


def _lines(client: Client, pool: str) -> list[str]:
    """The cluster root first. It lives and ends with its pool, and so has the pool's id."""
    found = sorted(_all(client, pool), key=lambda r: not r["cluster_root"])
    return [line(r, _uuid(client, pool, r), " * " if r["cluster_root"] else "") for r in found]


def _uuid(client: Client, pool: str, repository: Json) -> str:
    return str(repository["id"] or client.get(path("pools", pool))["id"])


def _new(client: Client, pool: str, source: str) -> None:
    """Made on its storage and mounted on every server at once."""
    kind = RepositoryKind.NFS
    if source.startswith("/"):
        kind = RepositoryKind.OCFS2 if source.startswith("/dev/") else RepositoryKind.LOCAL
    name = name_for(source, {r["name"] for r in _all(client, pool)})
    body = source_body(name, kind, source, None, None)
    where = path("pools", pool, "repositories")
    run_job(client, client.submit("POST", where, body), Output.TABLE)
    made = client.get(path("pools", pool, "repositories", name))
    typer.echo(line(made, made["id"], "NEW"))


def name_for(source: str, taken: set[str]) -> str:
    """Repositories have names here: the end of the source, with a number if that is taken."""
    last = re.sub(r"[^A-Za-z0-9_.-]+", "-", source.rstrip("/").rpartition("/")[2]).strip("-._")
    base = last[:_NAME_LENGTH] or "repository"
    names = (base, *(f"{base}-{n}" for n in range(2, len(taken) + 3)))
    return next(name for name in names if name not in taken)


def _delete(client: Client, pool: str, uuid: str, yes: bool) -> None:
    """Detached: what Oracle VM called deleting left the storage as it was."""
    found = _found(client, pool, uuid)
    if not yes:
        ask_to_detach(found["name"], pool)
    where = path("pools", pool, "repositories", "root" if found["cluster_root"] else found["id"])
    run_job(client, client.submit("POST", f"{where}/detach", {}), Output.TABLE)


def _init(client: Client, pool: str) -> None:
    others = [r for r in _all(client, pool) if not r["cluster_root"]]
    for repository in others:
        where = path("pools", pool, "repositories", repository["id"], "refresh")
        run_job(client, client.submit("POST", where, {}), Output.TABLE)
    typer.echo("\n".join(_lines(client, pool)))


def _root(client: Client, pool: str, uuid: str) -> None:
    found = _found(client, pool, uuid)
    if not found["cluster_root"]:
        raise CliError(
            ExitCode.REFUSED,
            f"repository {found['name']}",
            "a pool's cluster root is chosen when the pool is created, and stays",
            f"make another pool on it: millpond pool create POOL --cluster-root {found['mount']}"
            " --server SERVER:master,utility,vm",
        )
    typer.echo(line(found, uuid, " R "))


def _found(client: Client, pool: str, uuid: str) -> Json:
    if not _UUID.fullmatch(uuid.lower()):
        raise usage(f"{uuid!r} is no UUID", "list them: repos --list")
    for repository in _all(client, pool):
        if _uuid(client, pool, repository) == uuid.lower():
            return repository
    raise CliError(
        ExitCode.NOT_FOUND, f"repository {uuid}", "the pool has none", "list them: repos --list"
    )


def main() -> None:
    """Run ``repos``."""
    run_program(app)
