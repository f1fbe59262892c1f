"""The free-space guard: before anything large is written into a repository."""

from millpond.domain.pool import PoolDocument
from millpond.domain.repository import CLUSTER_ROOT, check_room
from millpond.operations.records import readable
from millpond.ports.world import World

SHARES_BLOCKS = frozenset({"xfs", "btrfs", "ocfs2"})
"""File systems on which a copy within one of them costs nothing (ioctl_ficlone(2))."""


async def guard(
    world: World,
    pool: PoolDocument,
    repository: str | None,
    subject: str,
    needed: int,
    copied: int = 0,
) -> None:
    """Raise ``Refused(storage.full)`` unless ``needed`` bytes fit into the repository (an id, None: the
    cluster root) and the pool's reserve stays free. ``copied``: bytes of ``needed`` that come from
    files in the same repository. A repository that does not answer is refused by whoever writes
    there, who knows better."""
    found = pool.repository(repository) if repository is not None else None
    root = pool.cluster_root if found is None else readable(pool, found)
    room = await world.master(pool).repositories.room(root)
    if room.usable:
        shared = copied if room.filesystem in SHARES_BLOCKS else 0
        name = CLUSTER_ROOT if found is None else found.name
        check_room(subject, name, needed - shared, room, pool.reserve)
