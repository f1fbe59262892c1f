"""``millpond user``: local users."""

from typing import Annotated

import typer

from millpond.cli.client import path
from millpond.cli.errors import usage
from millpond.cli.login import PasswordStdin, read_password
from millpond.cli.options import OutputOption, WatchOption, YesOption
from millpond.cli.output import Block, Column, Fields, Output, table
from millpond.cli.output import show as show_value
from millpond.cli.session import connect
from millpond.cli.sizes import show_time
from millpond.cli.watch import present

app = typer.Typer(no_args_is_help=True, help="Users who may sign in to the manager.")

_COLUMNS = (
    Column("NAME", "name"),
    Column("CREATED", lambda u: show_time(u["created"]), fixed=True),
)

UserName = Annotated[str, typer.Argument(metavar="USER", help="User name.")]


def _view(user: dict[str, object]) -> list[Block]:
    return [Fields([("Name", user["name"]), ("Created", show_time(user["created"]))])]


@app.command("list")
def list_(output: OutputOption = Output.TABLE, watch: WatchOption = False) -> None:
    """List the users.

    Example: millpond user list
    """
    with connect() as client:
        present(
            client, lambda: client.items("/users"), table(_COLUMNS, "no users"), output, watch=watch
        )


@app.command()
def show(
    user: Annotated[str | None, typer.Argument(help="User name; left out, yourself.")] = None,
    output: OutputOption = Output.TABLE,
    watch: WatchOption = False,
) -> None:
    """Show a user, or who you are signed in as.

    Example: millpond user show
    """
    with connect() as client:
        present(client, lambda: client.get(path("users", user or "me")), _view, output, watch=watch)


@app.command()
def add(
    user: UserName, password_stdin: PasswordStdin = False, output: OutputOption = Output.TABLE
) -> None:
    """Add a user; asks for the password.

    Example: millpond user add anna
    """
    with connect() as client:
        body = {"name": user, "password": _new_password(password_stdin)}
        show_value(client.call("POST", "/users", body), _view, output)


@app.command()
def delete(user: UserName, yes: YesOption = False) -> None:
    """Delete a user, with sessions and API tokens.

    Example: millpond user delete anna
    """
    if not yes:
        typer.confirm(f"Delete user {user}, with all sessions and tokens?", abort=True, err=True)
    with connect() as client:
        client.call("DELETE", path("users", user))
    typer.echo(f"user {user} deleted")


@app.command()
def password(password_stdin: PasswordStdin = False) -> None:
    """Change your own password; with --password-stdin the old one, then the new one, a line each.

    Example: millpond user password
    """
    with connect() as client:
        body = {
            "old": read_password(password_stdin, "Old password: "),
            "new": _new_password(password_stdin),
        }
        client.call("POST", "/users/me/password", body)
    typer.echo("password changed; your other sessions have ended")


def _new_password(from_stdin: bool) -> str:
    """Asked for twice at a terminal: nobody sees what was typed."""
    new = read_password(from_stdin, "New password: ")
    if not from_stdin and read_password(False, "Once more: ") != new:
        raise usage("the two passwords differ", "try again")
    return new
