"""Which SPs run: each holds a lock as long as its process lives."""

import fcntl
import os
from pathlib import Path

from millpond.array.exports import SpName


class AlreadyRuns(Exception):
    """Another process is this SP."""


def _path(root: Path, sp: SpName) -> Path:
    return root / f"sp-{sp.lower()}.lock"


def hold(root: Path, sp: SpName) -> int:
    """The lock, as a file descriptor that has to stay open. Raises ``AlreadyRuns``, OSError."""
    handle = os.open(_path(root, sp), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(handle)
        raise AlreadyRuns(f"SP {sp} of {root} runs already") from error
    return handle


def alive(root: Path, sp: SpName) -> bool:
    """Whether a process holds it."""
    try:
        handle = os.open(_path(root, sp), os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False
