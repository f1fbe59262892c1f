"""An array whose LUNs somebody else administers: nothing is known of it, and nothing is changed."""

from typing import NoReturn

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
from millpond.domain.errors import Refused


class Plain:
    """``ports.array.Array`` of LUNs that servers have as devices already."""

    def __init__(self, name: str) -> None:
        self._name = name

    async def health(self) -> ArrayHealth:
        return ArrayHealth(serial="", model="administered elsewhere", answers={})

    async def pools(self) -> list[ArrayPool]:
        return []

    async def luns(self) -> list[ArrayLun]:
        return []

    async def numbers(self) -> set[int]:
        return set()

    async def lun(self, number: int) -> ArrayLun | None:
        return None

    async def ports(self) -> list[ArrayPort]:
        return []

    async def group(self, name: str) -> ArrayGroup | None:
        return None

    async def groups(self) -> list[ArrayGroup]:
        return []

    async def snapshots(self, number: int) -> list[str]:
        return []

    async def all_snapshots(self) -> list[ArraySnapshot]:
        return []

    async def mirrors(self) -> list[ArrayMirror]:
        return []

    async def migrations(self) -> list[ArrayMigration]:
        return []

    async def qos(self) -> ArrayQos:
        return ArrayQos()

    async def counters(self) -> list[LunCounters]:
        return []

    async def create(self, number: int, name: str, pool: str, size: int, *, thin: bool) -> None:
        self._refuse()

    async def expand(self, number: int, size: int) -> None:
        self._refuse()

    async def delete(self, number: int) -> None:
        self._refuse()

    async def create_group(self, name: str) -> None:
        self._refuse()

    async def delete_group(self, name: str) -> None:
        self._refuse()

    async def register(self, group: str, host: ArrayHost) -> None:
        self._refuse()

    async def deregister(self, initiator: str) -> None:
        self._refuse()

    async def map(self, group: str, number: int, hlu: int) -> None:
        self._refuse()

    async def unmap(self, group: str, hlu: int) -> None:
        self._refuse()

    async def snapshot(self, number: int, name: str) -> None:
        self._refuse()

    async def delete_snapshot(self, name: str) -> None:
        self._refuse()

    def _refuse(self) -> NoReturn:
        raise Refused(
            "array.plain",
            f"array {self._name}",
            "its LUNs are made elsewhere",
            "have its administrator make the LUN and show it to all servers of the pool; then use the"
            " device: millpond vm disk attach VM phy:/dev/mapper/NAME vdb",
        )
