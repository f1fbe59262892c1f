"""``millpond-agent``: one on every server."""

import asyncio
import logging
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import structlog
import typer

from millpond import __version__
from millpond.agent.settings import AgentSettings, HypervisorKind, load
from millpond.domain.errors import MillpondError, Refused, Unknown

app = typer.Typer(
    help="The agent of a Millpond server.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,  # they show local variables, tokens among them
)

ConfigOption = Annotated[
    Path | None,
    typer.Option(envvar="MILLPOND_AGENT_CONFIG", help="[default: /etc/millpond/agent.toml]"),
]


def main() -> None:
    """The entry point. Exit codes: 0 done, 1 failed, 2 usage, 3 refused, 7 outcome unknown."""
    logging.basicConfig(level=logging.WARNING, format="%(name)s: %(message)s", stream=sys.stderr)
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.format_exc_info,
            structlog.processors.LogfmtRenderer(key_order=["timestamp", "level", "event"]),
        ],
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
    )
    app()


@app.command()
def run(
    config: ConfigOption = None,
    hypervisor: Annotated[HypervisorKind | None, typer.Option()] = None,
    state_dir: Annotated[Path | None, typer.Option()] = None,
) -> None:
    """Serve, once the server is enrolled."""
    from millpond.agent import serve

    settings = _settings(config, hypervisor=hypervisor, state_dir=state_dir)
    try:
        asyncio.run(serve.run(settings))
    except OSError as error:
        _leave(1, f"cannot serve: {error}")


@app.command()
def luns(
    config: ConfigOption = None, state_dir: Annotated[Path | None, typer.Option()] = None
) -> None:
    """Pass this server's guests on to the LUNs of its pool; apart from the agent, for they outlive it."""
    from millpond.adapters.iscsi.attached import FOLDER, AttachedLuns
    from millpond.adapters.iscsi.relay import Relay

    settings = _settings(config, state_dir=state_dir)
    try:
        asyncio.run(Relay(AttachedLuns(settings.state_dir / FOLDER)).serve())
    except OSError as error:
        _leave(1, f"cannot serve: {error}")


@app.command()
def enrol(
    token: Annotated[str, typer.Argument(help="As `millpond server add` shows it; - reads it")],
    config: ConfigOption = None,
    replace: Annotated[bool, typer.Option(help="Leave the present manager for this one.")] = False,
) -> None:
    """Become a server of the manager that made TOKEN."""
    from millpond.agent.enrol import enrol as carry_out

    settings = _settings(config)
    text = sys.stdin.readline() if token == "-" else token  # noqa: S105
    try:
        enrolment = carry_out(settings, text, replace)
    except Refused as error:
        _leave(3, f"{error}\n{error.fix}")
    except Unknown as error:
        _leave(7, str(error))
    except MillpondError as error:
        _leave(1, str(error))
    typer.echo(f"enrolled with {enrolment.manager} as {enrolment.name}")


@app.command()
def status(config: ConfigOption = None) -> None:
    """Show which server this is and whom it belongs to."""
    from millpond.agent.enrolment import IdentityFiles

    settings = _settings(config)
    enrolment = IdentityFiles(settings.config_dir).load()
    typer.echo(f"version   {__version__}")
    if enrolment is None:
        typer.echo("enrolled  no; on the manager: millpond server add NAME --address ADDRESS")
        raise typer.Exit(1)
    typer.echo(f"enrolled  with {enrolment.manager}")
    typer.echo(f"server    {enrolment.name} ({enrolment.server}) at {enrolment.address}")


def _settings(config: Path | None, **options: object) -> AgentSettings:
    try:
        return load(config, dict(options))
    except (ValueError, OSError) as error:
        _leave(2, f"the settings cannot be used: {error}")


def _leave(code: int, message: str) -> NoReturn:
    typer.echo(message, err=True)
    raise typer.Exit(code)


if __name__ == "__main__":
    main()
