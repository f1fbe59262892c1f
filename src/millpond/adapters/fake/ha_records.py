"""``ports.fence_records`` and ``ports.failovers`` in memory, for one pool."""

from millpond.adapters.records.checks import follows
from millpond.domain.fencing import FencingDocument
from millpond.domain.ha.failover import Failover


class FakeFenceRecords:
    def __init__(self) -> None:
        self._document = FencingDocument(generation=0)

    async def fencing(self, cluster_root: str) -> FencingDocument:
        return self._document

    async def put_fencing(self, cluster_root: str, document: FencingDocument) -> None:
        complete = document.keeping_secrets(self._document)
        if follows(self._document, complete, "the fence devices"):
            self._document = complete


class FakeFailovers:
    def __init__(self, kept: int = 1000) -> None:
        self._kept = kept
        self._by_id: dict[str, Failover] = {}

    async def failovers(self, cluster_root: str, limit: int) -> list[Failover]:
        by_age = sorted(self._by_id.values(), key=lambda f: (f.detected, f.id), reverse=True)
        return by_age[:limit]

    async def put_failover(self, cluster_root: str, failover: Failover) -> None:
        self._by_id.pop(failover.id, None)  # so that the dict is ordered by the last write
        self._by_id[failover.id] = failover
        while len(self._by_id) > self._kept:
            del self._by_id[next(iter(self._by_id))]
