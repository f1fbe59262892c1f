"""High availability as the pool master, the manager and members speak of it over the wire."""

from typing import Protocol

from millpond.domain.fencing import FenceAgent, FencingDocument
from millpond.domain.ha.failover import Failover
from millpond.domain.ha.pulse import Pulse
from millpond.domain.ha.status import HaStatus
from millpond.domain.names import Id


class Ha(Protocol):
    async def pulse(self, pool: Id, term: int, master: Id) -> Pulse:
        """The master of ``term`` asks how this member is; hearing it is the member's own proof that
        it is not isolated. Raises ``Refused(pool.deposed)`` for a term older than one it has seen:
        another server has become master."""
        ...

    async def status(self) -> HaStatus:
        """The whole pool as its master sees it. Raises ``Refused(server.role)`` elsewhere."""
        ...

    async def failovers(self, limit: int) -> list[Failover]:
        """Newest first, from the cluster root. Any member answers."""
        ...

    async def fencing(self) -> FencingDocument:
        """The pool's fence devices, each secret's value left empty; generation 0 if none was ever
        set. Only the master answers."""
        ...

    async def put_fencing(self, document: FencingDocument) -> None:
        """Compare-and-set on ``generation``. A secret that is empty keeps the one that is there.
        Raises ``Refused``: ``pool.stale``, ``fence.invalid``."""
        ...

    async def check_fencing(self, server: Id) -> list[str]:
        """Ask each device of the member for its state, changing nothing: one sentence for each,
        such as ``ipmi1: on``. Raises ``Failed`` naming those that do not answer."""
        ...

    async def fence_agents(self) -> list[str]:
        """The fence agents installed on this server: the master is the one that uses them."""
        ...

    async def fence_agent(self, name: str) -> FenceAgent:
        """One of them, by its own metadata. Raises ``Refused(request.not_found)``, ``Failed``."""
        ...

    async def power(self, action: str) -> None:
        """``off`` or ``reboot``: this server shuts down in order, once it has answered. Raises
        ``Refused(server.has_guests)`` while guests run here."""
        ...
