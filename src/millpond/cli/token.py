"""``millpond token``: API tokens of the signed-in user, for scripts."""

from typing import Annotated

import typer

from millpond.cli.client import path
from millpond.cli.errors import CliError, ExitCode
from millpond.cli.options import OutputOption, WatchOption, YesOption
from millpond.cli.output import Block, Column, Line, Output, table
from millpond.cli.output import show as show_value
from millpond.cli.session import connect
from millpond.cli.sizes import show_time
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="API tokens, for scripts (MILLPOND_TOKEN).")

_COLUMNS = (
    Column("NAME", "name"),
    Column("LAST USED", lambda t: show_time(t["used"]), fixed=True),
    Column("EXPIRES", lambda t: show_time(t["expires"]), fixed=True),
    Column("CREATED", lambda t: show_time(t["created"]), wide=True, fixed=True),
    Column("ID", "id", wide=True, fixed=True),
)


def _issued(reply: dict[str, object]) -> list[Block]:
    return [Line("Keep it safe, it is shown this once:"), Line(str(reply["secret"]))]


@app.command("list")
def list_(output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List your API tokens, without their secrets.

    Example: millpond token list
    """
    with connect() as client:
        present(
            client,
            lambda: client.items("/tokens"),
            table(_COLUMNS, "no tokens"),
            output,
            watch=watch,
        )


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for.")],
    days: Annotated[
        float | None, typer.Option(help="Days until it expires; left out, it does not.")
    ] = None,
    output: OutputOption = Output.TABLE,
) -> None:
    """Make an API token and print its secret, once.

    Example: millpond token create backup-script --days 90
    """
    with connect() as client:
        body = {"name": name} | ({"days": days} if days is not None else {})
        show_value(client.call("POST", "/tokens", body), _issued, output)


@app.command()
def delete(
    token: Annotated[str, typer.Argument(metavar="TOKEN", help="Name or id.")],
    yes: YesOption = False,
) -> None:
    """Delete an API token: whoever uses it is signed out.

    Example: millpond token delete backup-script
    """
    with connect() as client:
        found = [t for t in client.items("/tokens") if token in (t["id"], t["name"])]
        if not found:
            raise CliError(
                ExitCode.NOT_FOUND,
                f"token {token}",
                "does not exist",
                "list what exists with: millpond token list",
            )
        if len(found) > 1:
            raise CliError(
                ExitCode.REFUSED,
                f"token {token}",
                f"{len(found)} tokens have this name",
                "give the id: millpond token list --output wide",
            )
        if not yes:
            typer.confirm(f"Delete token {token}?", abort=True, err=True)
        client.call("DELETE", path("tokens", found[0]["id"]))
    typer.echo(f"token {token} deleted")
