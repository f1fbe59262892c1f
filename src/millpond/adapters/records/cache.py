"""Parsed records, kept as long as their files stay the same."""

import logging
import os
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

log = logging.getLogger(__name__)

D = TypeVar("D", bound=BaseModel)

Stamp = tuple[int, int, int]
"""mtime in nanoseconds, inode, size: every write is a rename, hence a new inode."""

MAX_SIZE = 4 << 20
"""Bytes; a larger file is no record of ours."""


class UnreadableRecord(Exception):
    """The file is there but is no such record; the text says why."""


class DocumentCache(Generic[D]):
    """Reads records of one type; parses each version of a file once.

    ``key_of`` gives the name of the directory a record belongs into; one found elsewhere (a copied
    directory, say) is unreadable, else two VMs would have one id.
    Right whoever writes: each read looks at the file's stamp again (stat(2)), so what another
    server or an administrator wrote is seen. Thread-safe.
    """

    def __init__(self, kind: type[D], key_of: Callable[[D], str] | None = None) -> None:
        self._kind = kind
        self._key_of = key_of
        self._known: dict[Path, tuple[Stamp, D]] = {}
        self._lock = threading.Lock()

    def read(self, path: Path) -> D | None:
        """The record in ``path``, None if there is no such file.

        Raises UnreadableRecord, and OSError for what the storage says.
        """
        try:
            handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK)
        except FileNotFoundError:
            self.forget(path)
            return None
        with os.fdopen(handle, "rb") as stream:
            status = os.fstat(handle)
            stamp = (status.st_mtime_ns, status.st_ino, status.st_size)
            with self._lock:
                known = self._known.get(path)
            if known is not None and known[0] == stamp:
                return known[1]
            document = self._parse(stream.read(MAX_SIZE + 1), path.parent.name)
        with self._lock:
            self._known[path] = (stamp, document)
        return document

    def read_all(self, folder: Path, record: str, key: TypeAdapter[str]) -> list[D]:
        """The record in every sub-directory of ``folder`` whose name is a ``key``, by name;
        unreadable ones are logged and skipped."""
        found = []
        for entry in sorted(os.listdir(folder)):  # noqa: PTH208 - names are all that is needed
            path = folder / entry / record
            try:
                key.validate_python(entry)
                document = self.read(path)
            except (ValidationError, NotADirectoryError):
                continue
            except UnreadableRecord as error:
                log.warning("record skipped: %s: %s", path, error)
                continue
            if document is not None:
                found.append(document)
        return found

    def forget(self, path: Path) -> None:
        """Drop what is known of ``path``."""
        with self._lock:
            self._known.pop(path, None)

    def _parse(self, data: bytes, directory: str) -> D:
        if len(data) > MAX_SIZE:
            raise UnreadableRecord(f"it is larger than {MAX_SIZE} bytes")
        try:
            document = self._kind.model_validate_json(data)
        except ValidationError as error:
            first = error.errors()[0]
            where = ".".join(str(part) for part in first["loc"]) or "the whole file"
            raise UnreadableRecord(f"{where}: {first['msg']}") from error
        if self._key_of is not None and self._key_of(document) != directory:
            raise UnreadableRecord(f"it is the record of {self._key_of(document)}")
        return document
