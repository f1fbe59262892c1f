"""``millpond vm describe``: a VM as text."""

from typing import Annotated

import typer

from millpond.cli.client import path
from millpond.cli.options import VmName
from millpond.cli.session import connect
from millpond.domain.package import Notation

app = typer.Typer()


@app.command()
def describe(
    vm: VmName,
    notation: Annotated[
        Notation, typer.Option("--as", help="Millpond's own words, libvirt's, xm's, or xl's.")
    ] = Notation.YAML,
) -> None:
    """Print a VM's configuration. What those words cannot say goes to standard error.

    Example: millpond vm describe web1 --as vm.cfg
    """
    with connect() as client:
        found = client.get(path("vms", vm, "description"), notation=notation.value)
    typer.echo(found["text"], nl=False)
    for lost in found["lost"]:
        typer.echo(f"not said: {lost}", err=True)
