"""``millpond``: the command line."""

import typer

from millpond.cli import (
    array,
    backup,
    chaos,
    event,
    fence,
    image,
    job,
    lab,
    lun,
    network,
    orion,
    pool,
    repository,
    server,
    sim,
    template,
    token,
    user,
    vm,
)
from millpond.cli.login import login, logout
from millpond.cli.program import run
from millpond.cli.version import version

app = typer.Typer(
    name="millpond",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Pools of virtual machines on the SAN you already own.",
)

app.command()(login)
app.command()(logout)
for group in (
    server,
    pool,
    lun,
    repository,
    array,
    vm,
    template,
    image,
    backup,
    network,
    fence,
    job,
    event,
    user,
    token,
):
    app.add_typer(group.app, name=group.__name__.rpartition(".")[2])
app.add_typer(lab.app, name="lab")
app.add_typer(chaos.app, name="chaos")
app.add_typer(sim.app, name="sim")
app.command(context_settings=orion.HELP)(orion.orion)
app.command()(version)


def main() -> None:
    """Run ``millpond``; the exit code tells the class of error (``ExitCode``)."""
    run(app)
