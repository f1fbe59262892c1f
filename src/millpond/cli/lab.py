"""``millpond lab``, loaded when it is used: it brings half of the system along."""

import importlib
from typing import Any

import typer
from typer.core import TyperGroup


class _Lab(TyperGroup):
    """Stands for the lab's own group until somebody asks for one of its commands."""

    def _real(self) -> Any:
        commands = importlib.import_module("millpond.cli.lab_commands")
        return typer.main.get_command(commands.app)

    def list_commands(self, ctx: Any) -> list[str]:
        found: list[str] = self._real().list_commands(ctx)
        return found

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        return self._real().get_command(ctx, cmd_name)


app = typer.Typer(
    cls=_Lab, no_args_is_help=True, help="Whole servers on one machine, made of namespaces."
)


@app.callback()
def lab() -> None:
    """Whole servers on one machine, made of namespaces."""
