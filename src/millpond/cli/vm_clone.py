"""Clones of a VM, and templates made of one."""

from typing import Annotated

import typer

from millpond.cli import cloud_init
from millpond.cli.client import Json, path
from millpond.cli.errors import usage
from millpond.cli.jobs import run
from millpond.cli.options import ForceOption, OutputOption, VmName, WaitOption, complete_server
from millpond.cli.output import Output
from millpond.cli.session import connect
from millpond.domain.cloning import MAX_CLONES, Cloning

app = typer.Typer()

CloningOption = Annotated[
    Cloning,
    typer.Option(
        help="How disks get their data: full, of their own; linked, over the template's; auto, at once "
        "wherever that can be."
    ),
]


@app.command()
def clone(
    vm: VmName,
    name: Annotated[str | None, typer.Argument(help="Name of the clone.")] = None,
    count: Annotated[
        int | None, typer.Option(min=1, max=MAX_CLONES, help="Make so many, named by --pattern.")
    ] = None,
    pattern: Annotated[
        str | None,
        typer.Option(help="Their names; {} or {:02} becomes a number.", metavar="PATTERN"),
    ] = None,
    first: Annotated[int, typer.Option(min=0, help="Number of the first.")] = 1,
    repository: Annotated[
        str | None, typer.Option(help="Repository to keep it in; default: where the VM lies.")
    ] = None,
    cloning: CloningOption = Cloning.AUTO,
    hostname: cloud_init.HostnameOption = None,
    user: cloud_init.UserOption = None,
    ssh_key: cloud_init.SshKeyOption = None,
    password_stdin: cloud_init.UserPasswordOption = False,
    network: cloud_init.NetworkOption = None,
    user_data: cloud_init.UserDataOption = None,
    start: Annotated[bool, typer.Option("--start", help="Start it at once.")] = False,
    on: Annotated[
        str | None,
        typer.Option(help="Start on this server and no other.", autocompletion=complete_server),
    ] = None,
    force: ForceOption = False,
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Clone a VM: all it has, under another name and with other MAC addresses.

    One that runs is copied as its disks are at one instant.

    Example: millpond vm clone web1 --count 50 --pattern 'web-{:02}' --start
    """
    told = cloud_init.cloud_init(hostname, user, ssh_key, password_stdin, network, user_data)
    body: Json = {
        "repository": repository,
        "cloning": cloning,
        "start": start or on is not None,
        "force": force,
    }
    where = path("vms", vm, "clone")
    if pattern is not None or count is not None:
        if name is not None or pattern is None or on is not None or told is not None:
            raise usage(
                "many clones are named by a pattern, each finds its own server, and none is told more",
                "give --count and --pattern, and neither NAME nor --on nor what cloud-init reads",
            )
        where = path("vms", vm, "clones")
        body |= {"pattern": pattern, "count": count or 1, "first": first}
    elif name is None:
        raise usage("the clone has no name", "give NAME, or --count and --pattern")
    else:
        body |= {"name": name, "on": on, "cloud_init": told}
    with connect() as client:
        run(client, client.submit("POST", where, body), output, wait=wait)


@app.command("save-as-template")
def save_as_template(
    vm: VmName,
    name: Annotated[str, typer.Argument(help="Name of the template.")],
    repository: Annotated[
        str | None, typer.Option(help="Repository to keep it in; default: where the VM lies.")
    ] = None,
    description: Annotated[str, typer.Option(help="Free text.")] = "",
    wait: WaitOption = True,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make a template of a VM that is off. The VM stays.

    Example: millpond vm save-as-template web1 golden
    """
    body: Json = {"name": name, "repository": repository, "description": description}
    with connect() as client:
        job = client.submit("POST", path("vms", vm, "template"), body)
        run(client, job, output, wait=wait)
