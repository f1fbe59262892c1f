"""Small files by which two servers find out that they see the same file system."""

import os
from pathlib import Path
from typing import Annotated

from pydantic import StringConstraints, TypeAdapter, ValidationError

from millpond.adapters.storage_errors import translated
from millpond.domain.errors import Refused
from millpond.domain.names import AbsolutePath

_DIRECTORY: TypeAdapter[str] = TypeAdapter(AbsolutePath)
_NONCE: TypeAdapter[str] = TypeAdapter(
    Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9-]{8,64}$")]
)


def write(directory: str, nonce: str) -> None:
    """Durable when it returns; one that is there is fine. Raises ``Refused(storage.*)``."""
    path = _path(directory, nonce)
    with translated(directory):
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
        try:
            os.write(handle, nonce.encode())
            os.fsync(handle)
        finally:
            os.close(handle)


def read(directory: str, nonce: str) -> bool:
    """Whether the file is there with its own nonce in it. A missing directory is a plain no."""
    path = _path(directory, nonce)
    try:
        # Listing asks the server anew where a look-up might be answered from NFS's memory.
        if path.name not in os.listdir(directory):  # noqa: PTH208
            return False
        handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
        try:
            return os.read(handle, 128) == nonce.encode()
        finally:
            os.close(handle)
    except OSError:
        return False


def remove(directory: str, nonce: str) -> None:
    """One that is gone is fine."""
    path = _path(directory, nonce)
    with translated(directory):
        path.unlink(missing_ok=True)


def _path(directory: str, nonce: str) -> Path:
    try:
        name = _NONCE.validate_python(nonce)
        return Path(_DIRECTORY.validate_python(directory)) / f".millpond-probe-{name}"
    except ValidationError as error:
        raise Refused(
            "request.invalid",
            f"probe {nonce!r} in {directory!r}",
            "the directory must be a plain absolute path, the nonce 8 to 64 letters and digits",
            "correct the request",
        ) from error
