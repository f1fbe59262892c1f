"""How each member of a pool can be cut off, as its cluster root has it: local, not on the wire."""

from typing import Protocol

from millpond.domain.fencing import FencingDocument


class FenceRecords(Protocol):
    """Both raise ``Refused``: ``storage.unavailable``, ``storage.full``, ``pool.unreadable``."""

    async def fencing(self, cluster_root: str) -> FencingDocument:
        """With its secrets; generation 0 if none was ever written."""
        ...

    async def put_fencing(self, cluster_root: str, document: FencingDocument) -> None:
        """Durable when it returns, and a compare-and-set on ``generation`` as in
        ``ports.records``: raises ``Refused(pool.stale)``. A secret that is empty keeps the value
        that the same server's device of that name and agent has; raises
        ``Refused(fence.invalid)`` where there is none to keep."""
        ...
