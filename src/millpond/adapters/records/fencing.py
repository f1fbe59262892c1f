"""``ports.fence_records`` as a file that only root may read."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from millpond.adapters import durable
from millpond.adapters.records.cache import DocumentCache
from millpond.adapters.records.checks import encoded, explained, follows
from millpond.adapters.records.directory import LOCK
from millpond.adapters.records.lock import exclusive
from millpond.adapters.storage_errors import translated
from millpond.domain.fencing import FencingDocument
from millpond.domain.layout import FENCING_RECORD

NONE = FencingDocument(generation=0)


class DirectoryFenceRecords:
    """``may_write`` is called with the cluster root, the records' lock held, before a write; it
    raises ``Refused`` where this server is not (or no longer) the one to write."""

    def __init__(self, may_write: Callable[[Path], None]) -> None:
        self._may_write = may_write
        self._documents = DocumentCache(FencingDocument)

    async def fencing(self, cluster_root: str) -> FencingDocument:
        def read() -> FencingDocument:
            with translated(cluster_root):
                return self._read(Path(cluster_root))

        return await asyncio.to_thread(read)

    async def put_fencing(self, cluster_root: str, document: FencingDocument) -> None:
        def put() -> None:
            root = Path(cluster_root)
            with translated(cluster_root), exclusive(root / LOCK):
                self._may_write(root)
                current = self._read(root)
                complete = document.keeping_secrets(current)
                if follows(current, complete, "the fence devices"):
                    durable.write(root / FENCING_RECORD, encoded(complete), 0o600)

        await asyncio.to_thread(put)

    def _read(self, root: Path) -> FencingDocument:
        root.stat()  # an unreachable root has to raise, not read as "no device"
        with explained("pool.unreadable", root / FENCING_RECORD):
            return self._documents.read(root / FENCING_RECORD) or NONE
