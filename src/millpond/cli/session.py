"""A signed-in client for one command."""

from millpond.cli import config
from millpond.cli.client import Client, Json, path
from millpond.cli.errors import CliError, usage


def connect() -> Client:
    """The manager that the environment or the stored configuration names."""
    return Client(config.load())


def of_pools(client: Client, pool: str | None, what: str) -> list[Json]:
    """``what`` (such as templates) of one pool or of all, each with its pool's name."""
    pools = [client.get(path("pools", pool))] if pool else client.items("/pools")
    return [
        {"pool": found["name"], **item}
        for found in pools
        for item in client.items(path("pools", found["id"], what))
    ]


def only_pool(client: Client) -> str:
    """The name of the pool that is meant where none is named: there must be one alone."""
    pools = client.items("/pools", limit=2)
    if len(pools) == 1:
        return str(pools[0]["name"])
    raise usage("there is more than one pool", "name it with --pool") if pools else no_pool()


def no_pool() -> CliError:
    """There is none that could be meant."""
    return usage(
        "there is no pool yet",
        "create one with: millpond pool create POOL --server SERVER:master,utility,vm",
    )
