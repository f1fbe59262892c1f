"""Who does the long work on storage."""

from millpond.domain.errors import Refused
from millpond.domain.pool import PoolDocument
from millpond.domain.server import Role


def utility_server(pool: PoolDocument, work: str) -> str:
    """The id of the utility server that does the work on the object with the id ``work``; work spreads
    over all of them. Raises ``Refused(server.role)``."""
    able = [m for m in pool.with_role(Role.UTILITY) if not m.maintenance]
    if not able:
        raise Refused(
            "server.role",
            f"pool {pool.name}",
            "all its utility servers are in maintenance",
            "activate one of them with: millpond server activate SERVER",
        )
    return able[int(work[:8], 16) % len(able)].id
