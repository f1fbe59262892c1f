"""Keys and certificates on disk."""

import os
from pathlib import Path


def write_file(path: Path, data: bytes, mode: int) -> None:
    """Write durably under ``path``, whole or not at all; never readable beyond ``mode``, not even
    for a moment. Raises OSError."""
    fresh = path.with_name(f".{path.name}.new")
    fresh.unlink(missing_ok=True)
    fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, mode)
    with os.fdopen(fd, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
