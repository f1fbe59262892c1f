"""``millpond version``."""

from importlib.metadata import version as installed

from millpond.cli.client import Json
from millpond.cli.errors import CliError
from millpond.cli.options import OutputOption
from millpond.cli.output import Block, Fields, Output
from millpond.cli.output import show as show_value
from millpond.cli.session import connect


def _view(versions: Json) -> list[Block]:
    return [Fields([("CLI", versions["cli"]), ("Manager", versions["manager"])])]


def version(output: OutputOption = Output.TABLE) -> None:
    """Show the versions of this program and of the manager.

    Example: millpond version
    """
    manager = None
    try:
        with connect() as client:
            manager = client.get("/version")["version"]
    except CliError:
        pass  # no manager, no version of it; this program's own is still worth knowing
    show_value({"cli": installed("millpond"), "manager": manager}, _view, output)
