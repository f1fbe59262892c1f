"""Who does the long work on storage."""

from millpond.domain.errors import Refused
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.server import Role


def utility_server(pool: PoolDocument, work: str, repository: Repository | None = None) -> str:
    """The id of the utility server that does the work on the object with the id ``work``; work spreads
    over all of them that have its ``repository`` (None: the cluster root). Raises
    ``Refused(server.role)``."""
    able = [
        m
        for m in pool.with_role(Role.UTILITY)
        if not m.maintenance and (repository is None or repository.on(m.id))
    ]
    if not able:
        of = "" if repository is None else f" that have repository {repository.name}"
        raise Refused(
            "server.role",
            f"pool {pool.name}",
            f"all its utility servers{of} are in maintenance, or there are none",
            "activate one of them with: millpond server activate SERVER",
        )
    return able[int(work[:8], 16) % len(able)].id
