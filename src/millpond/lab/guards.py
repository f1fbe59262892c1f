"""What both kinds of labs ask before they change something, and how they do it to many at once."""

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from fcntl import LOCK_EX, flock
from pathlib import Path
from typing import TypeVar

from millpond.domain.errors import Refused, not_found

T = TypeVar("T")


def need_root() -> None:
    if os.geteuid() != 0:
        raise Refused(
            "auth.denied", "the lab", "needs root to make namespaces", "run the command with sudo"
        )


@contextmanager
def locked(directory: Path) -> Iterator[None]:
    """One change of the lab at a time, whichever process asks. The lock is on the lab's directory
    itself, which another process may have removed, and made anew, while we waited. Raises
    Refused(request.not_found)."""
    while True:
        try:
            handle = os.open(directory, os.O_RDONLY | os.O_DIRECTORY)
        except FileNotFoundError:
            raise not_found("lab", directory.name) from None
        try:
            flock(handle, LOCK_EX)
            if _same_file(handle, directory):
                yield
                return
        finally:
            os.close(handle)


def _same_file(handle: int, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(handle), path.stat())
    except FileNotFoundError:
        return False


def at_once(things: Sequence[T], do: Callable[[T], object]) -> None:
    """Do it to all in parallel; the first error is raised when all have ended."""
    with ThreadPoolExecutor(max_workers=16) as pool:
        list(pool.map(do, things))
