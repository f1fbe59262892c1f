"""The command lines; how they are shown is the CLI's own business."""

from millpond.agent.main import app as agent
from millpond.cli import reference
from millpond.manager.main import app as manager


def text() -> str:
    return reference.page({"millpond-manager": manager, "millpond-agent": agent})
