"""``millpond repository adopt``: what lies in a repository becomes the pool's."""

from collections.abc import Iterator
from typing import Annotated

import typer

from millpond.cli.client import Json, path
from millpond.cli.jobs import run
from millpond.cli.options import OutputOption, PoolName, WaitOption
from millpond.cli.output import Block, Column, Output, Rows, show
from millpond.cli.session import connect
from millpond.cli.sizes import mebibytes
from millpond.cli.vm_packages import bridge_of, say, sentences

_FOUND = (
    Column("PATH", "path"),
    Column("BECOMES", "kind", fixed=True),
    Column("NAME", "name"),
    Column("FILES", "files"),
)


def adopt(
    pool: PoolName,
    repository: Annotated[
        str,
        typer.Argument(metavar="[REPOSITORY]", help="Name or id; the cluster root if left out."),
    ] = "root",
    network: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NETWORK=BRIDGE", help="The bridge for a network of a VM. Repeat for more."
        ),
    ] = None,
    new_macs: Annotated[
        bool, typer.Option("--new-macs", help="Fresh MAC addresses instead of their own.")
    ] = False,
    memory: Annotated[str, typer.Option(help="Of VMs that nothing describes.")] = "1G",
    vcpus: Annotated[int, typer.Option(help="Of VMs that nothing describes.", min=1)] = 1,
    dry_run: Annotated[
        bool,
        typer.Option(
            "--dry-run", help="Change nothing; show what was found, and what would become of it."
        ),
    ] = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make VMs, templates and ISOs of what lies in a repository; files stay where they are.

    Example: millpond repository adopt pool1 root --dry-run
    """
    body: Json = {
        "networks": dict(bridge_of(each) for each in network or []),
        "new_macs": new_macs,
        "memory": mebibytes(memory),
        "vcpus": vcpus,
    }
    where = path("pools", pool, "repositories", repository, "adopt")
    with connect() as client:
        if dry_run:
            plan = client.call("POST", where, body, dry_run=True)["plan"]
            show(plan, _plan, output)
            return
        job = run(client, client.submit("POST", where, body), output, wait=wait)
        say(
            job,
            output,
            vms="VMS",
            images="IMAGES",
            known="THERE ALREADY",
            notes="OTHER THAN DESCRIBED",
            refused="NOT ADOPTED",
        )


def _plan(plan: Json) -> list[Block]:
    entries = [*plan["vms"], *plan["images"]]
    notes = [f"{e['path']}: {note}" for e in entries for note in e["notes"]]
    refused = [f"{r['path']}: {r['problem']['message']}" for r in plan["refused"]]
    fixes = dict.fromkeys(r["problem"]["fix"] for r in plan["refused"])
    return [
        Rows(_FOUND, list(_found(plan)), empty="nothing to adopt"),
        sentences("THERE ALREADY", plan["known"], "nothing is there already"),
        sentences("OTHER THAN DESCRIBED", notes, "everything is as described"),
        sentences("NOT ADOPTED", refused, "everything was understood"),
        *([sentences("WHAT TO DO", list(fixes))] if fixes else []),
    ]


def _found(plan: Json) -> Iterator[Json]:
    for vm in plan["vms"]:
        yield _row(vm, "vm", vm["before"]["config"]["name"])
    for image in plan["images"]:
        yield _row(image, image["document"]["kind"], image["document"]["name"])


def _row(entry: Json, kind: str, name: str) -> Json:
    files = [link["file"].rpartition("/")[2] for link in entry["links"]]
    return {"path": entry["path"], "kind": kind, "name": name, "files": files}
