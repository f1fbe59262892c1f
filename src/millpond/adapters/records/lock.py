"""One writer of a repository's records at a time, over all servers."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from millpond.domain.errors import Refused

PATIENCE = 10.0
"""Seconds to wait for another writer; a write takes milliseconds."""


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold flock(2) on ``path``, which is created if need be.

    Each call opens the file anew, so it keeps threads of one process apart as well as servers
    (OCFS2 and NFS carry the lock to all). The kernel lets go of it when the holder dies.
    Raises ``Refused(server.busy)`` after ``PATIENCE`` seconds, and OSError.
    """
    flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC
    handle = os.open(path, flags, 0o644)
    try:
        deadline = time.monotonic() + PATIENCE
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise _busy(path) from None
                time.sleep(0.01)
        yield
    finally:
        os.close(handle)


def _busy(path: Path) -> Refused:
    return Refused(
        "server.busy",
        f"repository {path.parent.parent}",
        f"another process has held {path.name} for {PATIENCE:.0f} s",
        "find it with fuser(1) on that file, on all servers of the pool",
    )
