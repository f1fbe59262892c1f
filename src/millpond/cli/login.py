"""Sign in and out."""

import getpass
import sys
from pathlib import Path
from typing import Annotated

import typer

from millpond.cli import config
from millpond.cli.client import Client
from millpond.cli.errors import CliError, ExitCode, usage

PasswordStdin = Annotated[
    bool, typer.Option("--password-stdin", help="Read the password from the standard input.")
]


def login(
    url: Annotated[
        str | None,
        typer.Argument(help="Address of the manager; left out, the one signed in to before."),
    ] = None,
    user: Annotated[str, typer.Option("--user", "-u", help="User name.")] = "admin",
    ca: Annotated[
        Path | None,
        typer.Option(help="The manager's ca.pem; left out, the system's authorities are trusted."),
    ] = None,
    password_stdin: PasswordStdin = False,
) -> None:
    """Sign in to a manager and remember it.

    Example: millpond login https://manager:8443 --ca ca.pem
    """
    file = config.path()
    known = config.read(file) if url is None or ca is None else None
    if url is None:
        if known is None:
            raise usage("no manager is known yet", "name it: millpond login https://MANAGER:8443")
        url = known.url
    url = url.rstrip("/")
    authority = str(ca.resolve()) if ca else known.ca if known and known.url == url else ""
    with Client(config.Config(url, ca=authority)) as client:
        session = client.call(
            "POST", "/sessions", {"name": user, "password": read_password(password_stdin)}
        )
    config.save(config.Config(url, session["token"], authority), file)
    typer.echo(f"signed in to {url} as {user}")


def logout() -> None:
    """Sign out: the manager forgets the session, this machine the token.

    Example: millpond logout
    """
    file = config.path()
    known = config.read(file)
    if known is None or not known.token:
        typer.echo("was not signed in")
        return
    # Forgotten here first: whatever the manager says, the token shall not stay on this disk.
    config.save(config.Config(known.url, "", known.ca), file)
    with Client(known) as client:
        try:
            client.call("DELETE", "/sessions/current")
        except CliError as error:
            if error.exit_code is not ExitCode.AUTH:  # expired already
                raise
    typer.echo(f"signed out of {known.url}")


def read_password(from_stdin: bool, prompt: str = "Password: ") -> str:
    """Typed unseen, or the first line of the standard input; never an argument."""
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        raise usage(
            "a password is needed and there is no terminal to ask on", "give --password-stdin"
        )
    return getpass.getpass(prompt)
