"""A storage array, whatever it is: asked by the manager, not part of the wire between servers."""

from typing import Protocol

from millpond.domain.array import (
    ArrayGroup,
    ArrayHealth,
    ArrayHost,
    ArrayLun,
    ArrayPool,
    ArrayPort,
    ArraySnapshot,
)
from millpond.domain.array_copies import ArrayMigration, ArrayMirror
from millpond.domain.array_load import ArrayQos, LunCounters


class Array(Protocol):
    """Sizes in bytes. All raise ``Refused(array.unreachable)`` if nothing of the array answers,
    ``Refused(array.login)`` if it does not take user and password, ``Unknown`` when an answer was due and
    did not come; and ``Failed`` with the array's own words if it refuses. One that nobody may change
    through Millpond raises ``Refused(array.plain)`` for all that changes something.

    What changes something may be repeated once the world was looked at: none of these looks first whether
    it has been done.
    """

    async def health(self) -> ArrayHealth: ...

    async def pools(self) -> list[ArrayPool]:
        """By name."""
        ...

    async def luns(self) -> list[ArrayLun]:
        """Those of its pools, by number."""
        ...

    async def numbers(self) -> set[int]:
        """Those that no new LUN can have: also of LUNs that are in no pool."""
        ...

    async def lun(self, number: int) -> ArrayLun | None: ...

    async def ports(self) -> list[ArrayPort]:
        """Those that have an address, SP A's first."""
        ...

    async def create(self, number: int, name: str, pool: str, size: int, *, thin: bool) -> None:
        """``size`` is a multiple of ``BLOCK``. Thin LUNs may be promised more than there is."""
        ...

    async def expand(self, number: int, size: int) -> None:
        """To ``size``, which is more than it has."""
        ...

    async def delete(self, number: int) -> None:
        """With its snapshots. It must be in no group."""
        ...

    async def group(self, name: str) -> ArrayGroup | None: ...

    async def groups(self) -> list[ArrayGroup]:
        """All storage groups, by name."""
        ...

    async def create_group(self, name: str) -> None: ...

    async def delete_group(self, name: str) -> None:
        """With the registrations of the initiators that are in it. It must show no LUN."""
        ...

    async def register(self, group: str, host: ArrayHost) -> None:
        """Let the host in through all ports, with ALUA, and have it see what the group sees. A path that
        was in another group leaves that."""
        ...

    async def deregister(self, initiator: str) -> None:
        """Forget the host of this name, with all its paths: it sees nothing more. One that is not known is
        fine."""
        ...

    async def map(self, group: str, number: int, hlu: int) -> None:
        """Show the LUN to the group's hosts, under this host LUN number."""
        ...

    async def unmap(self, group: str, hlu: int) -> None: ...

    async def snapshots(self, number: int) -> list[str]:
        """The names of those of a LUN."""
        ...

    async def all_snapshots(self) -> list[ArraySnapshot]:
        """Those of all LUNs, with SnapView's sessions, by kind and name."""
        ...

    async def mirrors(self) -> list[ArrayMirror]:
        """By kind and name."""
        ...

    async def migrations(self) -> list[ArrayMigration]:
        """By the LUN that moves."""
        ...

    async def qos(self) -> ArrayQos: ...

    async def counters(self) -> list[LunCounters]:
        """What hosts did to each LUN; those of which nothing is told are left out."""
        ...

    async def snapshot(self, number: int, name: str) -> None: ...

    async def delete_snapshot(self, name: str) -> None: ...
