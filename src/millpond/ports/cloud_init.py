"""The CDs from which guests read what they are told at their first boot."""

from typing import Protocol

from millpond.domain.cloud_init import Seed, SeedFacts
from millpond.domain.names import AbsolutePath


class CloudInitSeeds(Protocol):
    """One CD a VM, in its own directory. Both raise ``Refused(storage.*)``."""

    async def write(self, path: AbsolutePath, seed: Seed) -> None:
        """Make the CD, in the place of one that is there: as a whole or not at all. Only root can read
        it."""
        ...

    async def read(self, path: AbsolutePath) -> SeedFacts | None:
        """What it says, None if there is none. Raises ``Refused(image.damaged)`` if it is no such CD."""
        ...
