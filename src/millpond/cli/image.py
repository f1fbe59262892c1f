"""``millpond image``: ISOs, templates and shared disks from outside."""

import sys
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from millpond.cli.client import Client, Json, path
from millpond.cli.errors import CliError, usage
from millpond.cli.jobs import ENDED, run
from millpond.cli.options import (
    OutputOption,
    PoolName,
    PoolOption,
    RepositoryOption,
    WaitOption,
    WatchOption,
    YesOption,
)
from millpond.cli.output import Block, Column, Fields, Output, console, table
from millpond.cli.session import connect, of_pools
from millpond.cli.sizes import mebibytes, show_bytes
from millpond.cli.watch import present
from millpond.domain.image import ImageFormat, ImageKind
from millpond.domain.vm import DiskFormat

app = typer.Typer(
    no_args_is_help=True, help="Images: import ISOs, templates and shared disks, and approve them."
)

PIECE = 1 << 20
"""Bytes sent at once: the most the manager takes."""

_SUFFIXES = {
    **{f".{f.value}": f for f in ImageFormat},
    ".img": ImageFormat.RAW,
    ".vpc": ImageFormat.VHD,
}

_COLUMNS = (
    Column("NAME", "name"),
    Column("POOL", "pool"),
    Column("KIND", "kind", fixed=True),
    Column("FORMAT", "format", fixed=True),
    Column("SIZE", lambda i: show_bytes((i["facts"] or {}).get("virtual_size")), right=True),
    Column("STATE", "state", fixed=True),
    Column("REPOSITORY", lambda i: i["repository"] or "root", wide=True),
    Column("SOURCE", "source", wide=True),
    Column("DESCRIPTION", "description"),
)

ImageName = Annotated[str, typer.Argument(metavar="IMAGE", help="Name or id.")]


def _view(image: Json) -> list[Block]:
    facts = image["facts"] or {}
    names = ("id", "name", "kind", "format", "state", "source", "description")
    return [
        Fields(
            [
                *((name.capitalize(), image[name]) for name in names),
                ("Received", show_bytes(facts.get("received"))),
                ("Virtual size", show_bytes(facts.get("virtual_size"))),
                ("SHA-256", facts.get("sha256")),
                ("Repository", image["repository"] or "root"),
            ]
        )
    ]


@app.command("import")
def import_(
    pool: PoolName,
    name: Annotated[str, typer.Argument(metavar="IMAGE", help="What it shall be called.")],
    source: Annotated[
        str,
        typer.Argument(help="A file here, a URL (http, https), or with --on-server a path there."),
    ],
    kind: Annotated[
        ImageKind | None, typer.Option(help="What it is to be; left out for an ISO.")
    ] = None,
    format_: Annotated[
        ImageFormat | None,
        typer.Option("--format", help="What the file is; left out, its name's ending says it."),
    ] = None,
    sha256: Annotated[str | None, typer.Option(help="Refuse it if it is not this.")] = None,
    into: Annotated[
        DiskFormat, typer.Option(help="Format in the repository, of a template or disk.")
    ] = DiskFormat.QCOW2,
    repository: RepositoryOption = None,
    memory: Annotated[str, typer.Option(help="Of VMs made from the template.")] = "1G",
    vcpus: Annotated[int, typer.Option(help="Of VMs made from the template.", min=1)] = 1,
    description: Annotated[str, typer.Option(help="Free text.")] = "",
    on_server: Annotated[
        bool,
        typer.Option("--on-server", help="SOURCE lies on the utility server, in an import folder."),
    ] = False,
    resume: Annotated[
        str | None, typer.Option(help="Id of an upload that was interrupted: go on with it.")
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Import an image. It is inspected, converted, and waits for approval.

    Example: millpond image import pool1 debian-12 debian-12.iso
    """
    found = format_ or _format_of(source)
    body: Json = {
        "name": name,
        "kind": _kind_of(kind, found),
        "format": found,
        "sha256": sha256.lower() if sha256 else None,
        "into": into,
        "repository": repository,
        "memory": mebibytes(memory),
        "vcpus": vcpus,
        "description": description,
    }
    with connect() as client:
        if on_server:
            body["path"] = source
        elif urlsplit(source).scheme in ("http", "https"):
            body["url"] = source
        else:
            body |= _upload(client, pool, Path(source), resume, repository)
        job = client.submit("POST", path("pools", pool, "images"), body)
        run(client, job, output, wait=wait)


def _format_of(source: str) -> ImageFormat:
    suffix = Path(urlsplit(source).path).suffix.lower()
    if suffix not in _SUFFIXES:
        raise usage(f"the name of {source!r} does not say its format", "give it with --format")
    return _SUFFIXES[suffix]


def _kind_of(kind: ImageKind | None, format_: ImageFormat) -> ImageKind:
    if kind is None and format_ is not ImageFormat.ISO:
        raise usage("what shall it be?", "give --kind template or --kind disk")
    return kind or ImageKind.ISO


def _upload(
    client: Client, pool: str, file: Path, resume: str | None, repository: str | None
) -> Json:
    """Send the file, or what the pool lacks of it; what the import needs to know of it."""
    try:
        stream = file.open("rb")
    except OSError as error:
        raise usage(f"{file} cannot be read: {error.strerror}", "name a file, or a URL") from error
    with stream:
        size = file.stat().st_size
        uploads = path("pools", pool, "uploads")
        state = (
            client.get(path("pools", pool, "uploads", resume), repository=repository)
            if resume
            else client.call("POST", uploads, {"size": size, "repository": repository})
        )
        upload = str(state["id"])
        try:
            target = path("pools", pool, "uploads", upload)
            _send(client, target, file, state["received"], repository)
        except (CliError, KeyboardInterrupt):
            sys.stderr.write(f"To go on later, repeat the command with: --resume {upload}\n")
            raise
    return {"upload": upload, "size": size}


def _send(client: Client, where: str, file: Path, received: int, repository: str | None) -> None:
    size, progress = file.stat().st_size, console(stream=sys.stderr)
    with file.open("rb") as stream, progress.status("uploading") as status:
        while received < size:
            stream.seek(received)
            piece = stream.read(PIECE)
            sent = client.put(where, piece, offset=received, repository=repository)
            received = sent["received"]
            status.update(f"uploading: {show_bytes(received)} of {show_bytes(size)}")


@app.command("list")
def list_(
    pool: PoolOption = None,
    kind: Annotated[ImageKind | None, typer.Option(help="Only of this kind.")] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """List imported images and their states.

    Example: millpond image list --kind iso
    """

    def fetch() -> list[Json]:
        return [i for i in of_pools(client, pool, "images") if kind in (None, i["kind"])]

    with connect() as client:
        present(client, fetch, table(_COLUMNS, "no images"), output, watch=watch)


@app.command("show")
def show_(
    pool: PoolName,
    image: ImageName,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show one image.

    Example: millpond image show pool1 debian-12
    """
    with connect() as client:
        where = path("pools", pool, "images", image)
        present(client, lambda: client.get(where), _view, output, watch=watch)


@app.command()
def approve(
    pool: PoolName, image: ImageName, wait: WaitOption = True, output: OutputOption = Output.TABLE
) -> None:
    """Let VMs use an image that was imported.

    Example: millpond image approve pool1 debian-12
    """
    with connect() as client:
        job = client.submit("POST", path("pools", pool, "images", image, "approve"))
        run(client, job, output, wait=wait)


@app.command()
def cancel(pool: PoolName, image: ImageName) -> None:
    """Stop an import and remove what has arrived.

    Example: millpond image cancel pool1 debian-12
    """
    with connect() as client:
        found = client.get(path("pools", pool, "images", image))
        about = f"image:{found['id']}"
        jobs = client.items("/jobs", subject=about, kind="image.import", limit=10)
        running = [job for job in jobs if job["state"] not in ENDED]
        if not running:
            raise usage(
                f"image {found['name']} is not being imported, it is {found['state']}",
                f"remove it with: millpond image delete {pool} {image}",
            )
        for job in running:
            client.call("POST", path("jobs", job["id"], "cancel"))
            typer.echo(f"{image}: cancelling; millpond job wait {job['id']}")


@app.command()
def delete(
    pool: PoolName,
    image: ImageName,
    keep_files: Annotated[
        bool, typer.Option("--keep-files", help="Leave an approved image's file where it is.")
    ] = False,
    yes: YesOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Remove an image from a pool. VMs that were made from a template stay.

    Example: millpond image delete pool1 debian-12
    """
    if not yes:
        typer.confirm(f"Remove image {image} from pool {pool}?", abort=True, err=True)
    with connect() as client:
        where = path("pools", pool, "images", image)
        run(client, client.submit("DELETE", where, keep_files=keep_files), output, wait=wait)
