"""``ports.failovers`` as one file for each."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from millpond.adapters import durable
from millpond.adapters.records.cache import DocumentCache, UnreadableRecord
from millpond.adapters.records.directory import LOCK
from millpond.adapters.records.lock import exclusive
from millpond.adapters.storage_errors import translated
from millpond.domain.ha.failover import Failover
from millpond.domain.layout import FAILOVERS

log = logging.getLogger(__name__)

KEPT = 1000


class DirectoryFailovers:
    """``may_write`` is called with the cluster root, the records' lock held, before a write; it
    raises ``Refused`` where this server is not (or no longer) the one to write."""

    def __init__(self, may_write: Callable[[Path], None], kept: int = KEPT) -> None:
        self._may_write = may_write
        self._kept = kept
        self._documents = DocumentCache(Failover)

    async def failovers(self, cluster_root: str, limit: int) -> list[Failover]:
        def read() -> list[Failover]:
            with translated(cluster_root):
                found = self._read_all(Path(cluster_root))
            return sorted(found, key=lambda f: (f.detected, f.id), reverse=True)[:limit]

        return await asyncio.to_thread(read)

    async def put_failover(self, cluster_root: str, failover: Failover) -> None:
        def put() -> None:
            root = Path(cluster_root)
            with translated(cluster_root), exclusive(root / LOCK):
                self._may_write(root)
                folder = root / FAILOVERS
                folder.mkdir(exist_ok=True)
                path = folder / f"{failover.id}.json"
                durable.write(path, failover.model_dump_json(indent=2).encode() + b"\n")
                self._forget_oldest(folder, path)

        await asyncio.to_thread(put)

    def _read_all(self, root: Path) -> list[Failover]:
        root.stat()  # an unreachable root has to raise, not read as "no failover yet"
        found = []
        for path in (root / FAILOVERS).glob("*.json"):
            try:
                document = self._documents.read(path)
            except UnreadableRecord as error:
                log.warning("record skipped: %s: %s", path, error)
                continue
            if document is not None and document.id == path.stem:
                found.append(document)
        return found

    def _forget_oldest(self, folder: Path, newest: Path) -> None:
        """By when they were last written, whatever stands in them: a damaged one goes too."""
        others = [p for p in folder.glob("*.json") if p != newest]
        surplus = len(others) + 1 - self._kept
        if surplus <= 0:
            return
        for path in sorted(others, key=lambda p: p.stat().st_mtime_ns)[:surplus]:
            with suppress(FileNotFoundError):
                path.unlink()
            self._documents.forget(path)
