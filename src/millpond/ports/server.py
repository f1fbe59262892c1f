"""What one server says of itself, and its membership of a pool."""

from typing import Protocol

from millpond.domain.server import Inventory, Membership


class Server(Protocol):
    async def inventory(self) -> Inventory:
        """Facts, gathered now (the acceleration proof is cached across calls and restarts)."""
        ...

    async def membership(self) -> Membership | None: ...

    async def join(self, membership: Membership) -> None:
        """Remember the pool (durably). Raises ``Refused``: ``server.in_pool`` if in another one,
        ``pool.deposed`` if it names the master of an older term than this server knows. The same
        pool again updates master and address."""
        ...

    async def leave(self, pool: str) -> None:
        """Forget the pool if it is this one, and give back the host id in its lockspace. Raises
        ``Refused(lease.held)`` while guests run here."""
        ...

    async def resolve(self, names: list[str]) -> dict[str, list[str]]:
        """The addresses each name resolves to here, none where it does not. An address is its own
        name."""
        ...

    async def write_probe(self, directory: str, nonce: str) -> None:
        """Put a small file named after ``nonce`` into ``directory`` for ``read_probe``."""
        ...

    async def read_probe(self, directory: str, nonce: str) -> bool:
        """Whether another server's probe file is seen here."""
        ...

    async def remove_probe(self, directory: str, nonce: str) -> None: ...
