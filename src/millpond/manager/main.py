"""``millpond-manager``: the program."""

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from sqlalchemy.exc import SQLAlchemyError

from millpond.domain.errors import Refused
from millpond.manager import logs
from millpond.manager.settings import DEFAULT_FILE, Settings, load

app = typer.Typer(
    help="The manager of Millpond's server pools.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, passwords among them
)

ConfigOption = Annotated[
    Path, typer.Option(envvar="MILLPOND_MANAGER_CONFIG", help="TOML file with settings.")
]
StateOption = Annotated[
    Path | None, typer.Option(help="Where database and keys are kept; see the settings.")
]


def main() -> None:
    """The entry point. Exit codes: 0 done, 1 failed, 2 usage, 3 refused."""
    app()


@app.command()
def run(
    config: ConfigOption = DEFAULT_FILE,
    fd: Annotated[
        int | None, typer.Option(help="Also serve on this open listening socket.")
    ] = None,
    listen: Annotated[
        list[str] | None, typer.Option(help="HOST:PORT to serve on; may be repeated.")
    ] = None,
    state_dir: StateOption = None,
) -> None:
    """Serve the API and run jobs, until SIGTERM."""
    import uvloop

    from millpond.manager.listen import sockets
    from millpond.manager.serve import serve
    from millpond.manager.state import InUse, StateDirectory

    settings = _settings(config, listen=tuple(listen) if listen else None, state_dir=state_dir)
    os.umask(0o077)
    state = StateDirectory(settings.state_dir)
    try:
        state.take()
        opened = sockets(settings.listen, fd)
        with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
            runner.run(serve(settings, state, opened))
    except (OSError, ValueError, InUse, SQLAlchemyError) as error:
        _leave(1, f"cannot serve: {error}")
    finally:
        state.release()


@app.command()
def reset_password(
    user: Annotated[str, typer.Argument(help="An existing user.")],
    config: ConfigOption = DEFAULT_FILE,
    state_dir: StateOption = None,
) -> None:
    """Set a user's password, read from the terminal or from standard input; its sessions end.

    For whoever can read the manager's files and is locked out; works beside a running manager."""
    from millpond.manager.auth import check_password_rules, hash_password
    from millpond.manager.store import Store, tokens, users
    from millpond.manager.store.tokens import TokenKind

    settings = _settings(config, state_dir=state_dir)
    if settings.database is None and not (settings.state_dir / "manager.db").exists():
        _leave(1, f"there is no manager's database in {settings.state_dir}")
    if sys.stdin.isatty():
        password = typer.prompt("New password", hide_input=True, confirmation_prompt=True)
    else:
        password = sys.stdin.readline().rstrip("\n")

    async def change() -> None:
        check_password_rules(user, password)
        store = Store(settings.database_url)
        await store.open()
        try:
            async with store.write() as connection:
                await users.set_password(connection, user, hash_password(password))
                await tokens.revoke_all(connection, user, TokenKind.SESSION)
        finally:
            await store.close()

    try:
        asyncio.run(change())
    except Refused as error:
        _leave(3, f"{error}\n{error.fix}")
    except (OSError, SQLAlchemyError) as error:
        _leave(1, str(error))
    typer.echo(f"the password of {user} is changed")


def _settings(config: Path, **given: Any) -> Settings:
    try:
        settings = load(config, **{k: v for k, v in given.items() if v is not None})
    except (ValidationError, SettingsError, ValueError) as error:
        _leave(2, f"settings: {error}")
    logs.set_up(settings.log_format, settings.log_level)
    return settings


def _leave(code: int, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
