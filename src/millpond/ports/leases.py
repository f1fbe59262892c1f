"""The leases of a pool as operations make them: through the pool master, never over a live one."""

from typing import Protocol

from millpond.domain.leases import LeaseOwner


class Leases(Protocol):
    """Laying out leases on the shared storage. Every method is safe to repeat, and none touches a
    lease that is there already: whoever holds it keeps it."""

    async def init(self, cluster_root: str, pool: str, io_timeout: int) -> None:
        """The lockspace and the pool's own resources. ``io_timeout`` in seconds. Raises
        ``Refused(storage.unavailable)``, ``storage.full``."""
        ...

    async def create(self, cluster_root: str, pool: str, vm: str) -> None:
        """The lease of a VM whose directory is there. It goes when the directory goes."""
        ...

    async def owner(self, cluster_root: str, pool: str, vm: str) -> LeaseOwner | None:
        """Who holds the VM's lease by what the storage says; None if nobody does."""
        ...

    async def remove(self, cluster_root: str, pool: str) -> None:
        """All leases of a pool that is dissolved. Does nothing where its lockspace is not, or is
        damaged. Raises ``Refused(lease.held)`` while a server renews there; one that died in it is no
        obstacle."""
        ...
