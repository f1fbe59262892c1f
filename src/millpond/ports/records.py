"""The pool's own records on its cluster root: pool, VMs, templates."""

from typing import Protocol

from millpond.domain.pool import PoolDocument
from millpond.domain.template import TemplateDocument
from millpond.domain.vm import VmDocument


class Records(Protocol):
    """Only the pool master's agent answers; any other raises ``Refused(server.role)``.

    Writes are durable when they return (written beside, fsynced, renamed) and are a compare-and-set
    on ``generation``: the new document carries the generation it replaces plus one (1 when it is
    new), else ``Refused(pool.stale)``. Writing the very document that is there does nothing."""

    async def init(self, cluster_root: str) -> None:
        """Lay out the repository: iso_pool, publish_pool, seed_pool, sharedDisk, running_pool."""
        ...

    async def pool(self, cluster_root: str) -> PoolDocument | None: ...

    async def put_pool(self, document: PoolDocument) -> None: ...

    async def delete_pool(self, cluster_root: str, pool: str) -> None: ...

    async def vms(self, cluster_root: str) -> list[VmDocument]:
        """All that can be read; unreadable ones are reported in the agent's log and skipped."""
        ...

    async def vm(self, cluster_root: str, vm: str) -> VmDocument | None: ...

    async def put_vm(self, cluster_root: str, document: VmDocument) -> None:
        """Creates the VM's directory if needed. Raises ``Refused(object.exists)`` if another VM of
        the pool has the name."""
        ...

    async def delete_vm(self, cluster_root: str, vm: str, disks: bool) -> None:
        """Remove the VM's record; with ``disks`` its whole directory, else the record is kept
        beside them as ``vm.json.deleted`` so that they can be adopted by hand."""
        ...

    async def templates(self, cluster_root: str) -> list[TemplateDocument]: ...

    async def template(self, cluster_root: str, name: str) -> TemplateDocument | None: ...
