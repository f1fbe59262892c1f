"""Who does the long work on storage."""

from millpond.domain.errors import Refused
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.server import Role


def utility_server(pool: PoolDocument, work: str, *repositories: Repository | None) -> str:
    """The id of the utility server that does the work on the object with the id ``work``; work spreads
    over all of them that have its ``repositories`` (None: the cluster root). Raises
    ``Refused(server.role)``."""
    needed = [r for r in repositories if r is not None]
    able = [
        m
        for m in pool.with_role(Role.UTILITY)
        if not m.maintenance and all(r.on(m.id) for r in needed)
    ]
    if not able:
        names = " and ".join(r.name for r in needed)
        of = f" that have repository {names}" if needed else ""
        raise Refused(
            "server.role",
            f"pool {pool.name}",
            f"all its utility servers{of} are in maintenance, or there are none",
            "activate one of them with: millpond server activate SERVER",
        )
    return able[int(work[:8], 16) % len(able)].id
