"""The free-space guard: before anything large is written into a repository."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from millpond.domain.pool import PoolDocument
from millpond.domain.repository import CLUSTER_ROOT, RepositoryState, check_room
from millpond.operations.records import readable
from millpond.ports.disks import Disks
from millpond.ports.world import World

SHARES_BLOCKS = frozenset({"xfs", "btrfs", "ocfs2"})
"""File systems on which a copy within one of them costs nothing (ioctl_ficlone(2))."""


class Room(NamedTuple):
    """What the pool master says is left in the repository ``name``, of which ``reserve`` percent are kept
    free."""

    name: str
    state: RepositoryState
    reserve: int

    @property
    def shares_blocks(self) -> bool:
        """Whether a copy within it is made at once."""
        return self.state.filesystem in SHARES_BLOCKS

    def check(self, subject: str, needed: int, copied: int = 0) -> None:
        """Raise ``Refused(storage.full)`` unless ``needed`` bytes fit and the reserve stays free.
        ``copied``: bytes of ``needed`` that come from files in the same repository. A repository that
        does not answer is refused by whoever writes there, who knows better."""
        if self.state.usable:
            shared = copied if self.shares_blocks else 0
            check_room(subject, self.name, needed - shared, self.state, self.reserve)

    @property
    def left(self) -> int:
        """Bytes that fit."""
        return max(0, self.state.free - self.state.total * self.reserve // 100)


async def room(world: World, pool: PoolDocument, repository: str | None) -> Room:
    """Of a repository (an id, None: the cluster root). Raises ``Refused(storage.unavailable)``."""
    found = pool.repository(repository) if repository is not None else None
    root = pool.cluster_root if found is None else readable(pool, found)
    state = await world.master(pool).repositories.room(root)
    return Room(CLUSTER_ROOT if found is None else found.name, state, pool.reserve)


async def data_in(disks: Disks, paths: Iterable[str]) -> int:
    """Bytes that files hold, as far as they are there. Raises ``Refused(storage.*)``."""
    return sum(size or 0 for size in await asyncio.gather(*(disks.size(path) for path in paths)))
