"""VMs that come from other products, and go to them."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.download import download
from millpond.cli.errors import usage
from millpond.cli.jobs import run
from millpond.cli.options import (
    OutputOption,
    PoolOption,
    RepositoryOption,
    VmName,
    WaitOption,
    complete_server,
)
from millpond.cli.output import Block, Column, Fields, Output, Rows, show, write
from millpond.cli.session import connect, only_pool
from millpond.cli.sizes import show_bytes, show_mib
from millpond.cli.vm_warm import submit_sync
from millpond.domain.package import ExportFormat, PackedImage
from millpond.domain.vm import DiskFormat

app = typer.Typer()

_DISKS = (
    Column("DISK", lambda d: d["disk"]["target"], fixed=True),
    Column("SIZE", lambda d: show_bytes(d["disk"]["size"]), right=True),
    Column("FORMAT", lambda d: d["disk"]["format"], fixed=True),
    Column("FROM", lambda d: d["foreign"]["file"] or "(empty)"),
)
_NICS = (
    Column("MAC", "mac", fixed=True),
    Column("BRIDGE", "bridge"),
    Column("MODEL", "model", fixed=True),
)


@app.command("import")
def import_(
    path_: Annotated[
        str,
        typer.Argument(
            metavar="PATH",
            help="An OVA, a folder, or an OVF, VMX, vm.cfg or domain XML file, in an import folder of "
            "the utility server.",
        ),
    ],
    pool: PoolOption = None,
    name: Annotated[str | None, typer.Option(help="Its name here; its own if left out.")] = None,
    network: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NETWORK=BRIDGE", help="The bridge for a network of it. Repeat for more."
        ),
    ] = None,
    new_macs: Annotated[
        bool, typer.Option("--new-macs", help="Fresh MAC addresses instead of its own.")
    ] = False,
    option: Annotated[str, typer.Option(help="Deployment option of an OVF.")] = "",
    repository: RepositoryOption = None,
    system: Annotated[str, typer.Option(help="Virtual system of an OVF that holds several.")] = "",
    format_: Annotated[
        DiskFormat, typer.Option("--format", help="Format of its disks here.")
    ] = DiskFormat.QCOW2,
    drivers: Annotated[
        bool,
        typer.Option("--drivers", help="Have virt-v2v put virtio drivers into the copy's guest."),
    ] = False,
    on: Annotated[
        str | None,
        typer.Option(help="The utility server to read from.", autocompletion=complete_server),
    ] = None,
    warm: Annotated[
        bool,
        typer.Option("--warm", help="It still runs there: copy it now, and cut it over later."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run",
            help="Change nothing; show what would be made, and what was not understood.",
        ),
    ] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Import a VM of another product with its disks.

    Example: millpond vm import /var/lib/millpond/import/web1.ova --network LAN=xenbr0 --dry-run
    """
    with connect() as client:
        body: Json = {
            "pool": pool or only_pool(client),
            "path": path_,
            "name": name,
            "networks": dict(bridge_of(each) for each in network or []),
            "new_macs": new_macs,
            "repository": repository,
            "option": option,
            "system": system,
            "format": DiskFormat.RAW if warm else format_,
            "drivers": drivers,
            "on": on,
        }
        where = "/vms/warm-import" if warm else "/vms/import"
        if dry_run:
            show(client.call("POST", where, body, dry_run=True)["plan"], _plan, output)
            return
        job = run(client, client.submit("POST", where, body), output, wait=wait or warm)
        say(job, output, remarks="PACKAGE", notes="OTHER THAN DESCRIBED")
        if warm:
            run(client, submit_sync(client, job["subject"].partition(":")[2]), output, wait=wait)


@app.command()
def export(
    vm: VmName,
    format_: Annotated[
        ExportFormat,
        typer.Option("--format", help="ova holds the disks; the others say where they lie."),
    ] = ExportFormat.OVA,
    disks: Annotated[
        PackedImage, typer.Option(help="Format of the disks in an OVA.")
    ] = PackedImage.VMDK,
    file: Annotated[
        str | None, typer.Option(help="Name of the file, without its ending; the VM's if left out.")
    ] = None,
    to: Annotated[
        Path | None, typer.Option("--download", help="Fetch the file to here once it is written.")
    ] = None,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Write a VM into publish_pool of its repository, for another product.

    Example: millpond vm export web1 --format ova
    """
    with connect() as client:
        if to is not None and not wait:
            raise usage("nothing can be downloaded before it is written", "leave out --no-wait")
        body = {"format": format_, "disks": disks, "file": file}
        job = client.submit("POST", path("vms", vm, "export"), body)
        done = run(client, job, output, wait=wait)
        say(done, output, path="FILE", sha256="SHA-256", lost="NOT IN IT")
        if to is not None:
            pool, result = client.get(path("vms", vm))["pool"]["id"], done["result"]
            name = result["path"].rpartition("/")[2]
            download(client, path("pools", pool, "exports", name), to, result["sha256"])


def bridge_of(text: str) -> tuple[str, str]:
    network, found, bridge = text.rpartition("=")
    if not found:
        raise usage(f"{text!r} names no bridge", "write it as NETWORK=BRIDGE")
    return network, bridge


def say(job: Json, output: Output, **titles: str) -> None:
    """Sentences in a job's result, each list under its title."""
    if output in (Output.TABLE, Output.WIDE):
        result = job.get("result") or {}
        for key, title in titles.items():
            found = result.get(key)
            if found:
                said = [found] if isinstance(found, str) else found
                write([sentences(title, said)], output, sys.stdout)


def sentences(title: str, said: list[str], empty: str = "") -> Rows:
    return Rows((Column(title, "text"),), [{"text": text} for text in said], empty=empty)


def _plan(plan: Json) -> list[Block]:
    config = plan["before"]["config"]
    options = [f"{o['id']} ({o['label']})" for o in plan["options"]]
    fields: list[tuple[str, object]] = [
        ("VM", config["name"]),
        ("Memory", show_mib(config["memory"])),
        ("vCPUs", config["vcpus"]),
        ("Boot", config["boot"]),
        ("Description", config["description"]),
    ]
    if options:
        fields += [("Deployment option", plan["option"]), ("There are", options)]
    return [
        Fields(fields),
        Rows(_DISKS, plan["arriving"], empty="no disks"),
        Rows(_NICS, config["vifs"], empty="no network interfaces"),
        sentences("PACKAGE", plan["remarks"], "nothing to say of the package"),
        sentences("OTHER THAN DESCRIBED", plan["notes"], "everything is as described"),
    ]
