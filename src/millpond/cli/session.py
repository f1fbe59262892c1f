"""A signed-in client for one command."""

from millpond.cli import config
from millpond.cli.client import Client


def connect() -> Client:
    """The manager that the environment or the stored configuration names."""
    return Client(config.load())
