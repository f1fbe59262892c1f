"""The stories of a pool's failovers, on its cluster root: local, not on the wire."""

from typing import Protocol

from millpond.domain.ha.failover import Failover


class Failovers(Protocol):
    """Both raise ``Refused``: ``storage.unavailable``, ``storage.full``."""

    async def failovers(self, cluster_root: str, limit: int) -> list[Failover]:
        """The ``limit`` last ones, by when they were detected, newest first. Unreadable ones are
        logged and skipped."""
        ...

    async def put_failover(self, cluster_root: str, failover: Failover) -> None:
        """Write it, or replace the one of its id, durably. The pool master writes, alone. Only
        the newest 1000 are kept."""
        ...
