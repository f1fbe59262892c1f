"""Repository directories as this server sees them, even when their storage hangs."""

import asyncio
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from millpond.domain.server import StorageView

PATIENCE = 2.0
"""Seconds a file system may take to answer statvfs(3)."""


class StorageViews:
    """Asks each root in a thread of its own. A hard NFS mount whose server is gone never answers
    (nfs(5)): its thread waits in the kernel, and no second one is sent after it."""

    def __init__(self, patience: float = PATIENCE) -> None:
        self._patience = patience
        self._asking: dict[str, asyncio.Future[StorageView]] = {}

    async def views(self, roots: Sequence[str]) -> tuple[StorageView, ...]:
        """In the order of ``roots``; what does not answer in time is not available."""
        return tuple(await asyncio.gather(*(self._view(root) for root in roots)))

    async def _view(self, root: str) -> StorageView:
        asking = self._asking.get(root)
        if asking is None or asking.done():
            asking = self._asking[root] = _ask(root)
        try:
            async with asyncio.timeout(self._patience):
                return await asyncio.shield(asking)
        except TimeoutError:
            return StorageView(path=root, available=False)


def _ask(root: str) -> asyncio.Future[StorageView]:
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[StorageView] = loop.create_future()

    def settle(view: StorageView) -> None:
        if not answer.done():
            answer.set_result(view)

    def ask() -> None:
        view = look(root)
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, view)

    # A daemon: a thread that hangs in the kernel must not keep the agent from ending.
    threading.Thread(target=ask, name=f"statvfs {root}", daemon=True).start()
    return answer


def look(root: str) -> StorageView:
    """Blocks for as long as the file system does."""
    try:
        status = os.statvfs(root)
        if not Path(root).is_dir():
            return StorageView(path=root, available=False)
    except OSError:
        return StorageView(path=root, available=False)
    return StorageView(
        path=root,
        available=True,
        filesystem=filesystem_of(root, Path("/proc/self/mountinfo").read_text()),
        total=status.f_blocks * status.f_frsize,
        free=status.f_bavail * status.f_frsize,
    )


def filesystem_of(path: str, mountinfo: str) -> str:
    """The type of the file system that ``path`` lies on, from proc(5)'s mountinfo; the last of
    several mounts on one point is the one that is seen."""
    best, kind = -1, ""
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        point = before.split()[4].encode().decode("unicode_escape")
        inside = path == point or path.startswith(point.rstrip("/") + "/")
        if inside and len(point) >= best:
            best, kind = len(point), after.split()[0]
    return kind
