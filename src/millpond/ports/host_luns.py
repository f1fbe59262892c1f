"""The LUNs of its pool that a server has."""

from typing import Protocol

from millpond.domain.pool_lun import LunAnswer, PoolLun


class HostLuns(Protocol):
    """However this server reaches LUNs: its guests find each at ``PoolLun.device`` then."""

    async def initiator(self) -> str:
        """The name by which an array knows this server."""
        ...

    async def attached(self) -> list[PoolLun]:
        """Those it has, by name; also after it was restarted."""
        ...

    async def attach(self, lun: PoolLun) -> None:
        """Have it, durably; one that is there as that stays as it is. Raises ``Refused``: ``object.exists``
        if another LUN has its name here, ``lun.in_use`` if it is there as something else and in use,
        ``lun.no_relay`` if guests could not reach it."""
        ...

    async def seen(self, lun: PoolLun) -> list[LunAnswer]:
        """What answers at the LUN's place now, on each way to it, in the order of its ports; whether or not it
        is attached."""
        ...

    async def detach(self, lun: PoolLun) -> None:
        """Flush it, close it and give up all ways to it; one that is gone is fine. Raises
        ``Refused(lun.in_use)`` while somebody has it open."""
        ...
