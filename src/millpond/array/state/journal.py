"""A file that records are added to: each is there whole, or not at all."""

import json
import os
import zlib
from pathlib import Path
from typing import Any

from millpond.adapters import durable

COMPACT_AT = 1 << 20
"""Bytes at which the journal is written anew."""


class Journal:
    """Lines of a CRC-32 in hexadecimal and a JSON object. All calls are made under the array's lock, by
    whichever process. What a process that died left unfinished at the end is not read, and is cut off by
    the next one that writes. Raises OSError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._handle = -1
        self._read = 0

    def news(self) -> tuple[bool, list[dict[str, Any]]]:
        """The records since the last call, and whether they begin at the start again: everything that
        was known before is then void."""
        anew = self._open()
        data = os.pread(self._handle, os.fstat(self._handle).st_size - self._read, self._read)
        records = []
        for line in data.splitlines(keepends=True):
            record = _parsed(line)
            if record is None:
                break
            records.append(record)
            self._read += len(line)
        return anew, records

    def add(self, record: dict[str, Any]) -> None:
        """On stable storage when it returns. Everything before must have been read."""
        line = _line(record)
        os.ftruncate(self._handle, self._read)
        os.pwrite(self._handle, line, self._read)
        os.fdatasync(self._handle)
        self._read += len(line)

    @property
    def long(self) -> bool:
        return self._read > COMPACT_AT

    def replace(self, records: list[dict[str, Any]]) -> None:
        """Only ``records`` from now on; the old journal is there until the new one is complete."""
        durable.write(self._path, b"".join(map(_line, records)), 0o600)
        self._open()
        self._read = os.fstat(self._handle).st_size

    def close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1

    def _open(self) -> bool:
        """Open what lies under the name now; whether that is another file than before."""
        if self._handle >= 0:
            if os.path.samestat(os.fstat(self._handle), self._path.stat()):
                return False
            self.close()
        self._handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        durable.sync_directory(self._path.parent)
        self._read = 0
        return True


def _line(record: dict[str, Any]) -> bytes:
    text = json.dumps(record, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parsed(line: bytes) -> dict[str, Any] | None:
    text = line[9:-1]
    if not line.endswith(b"\n") or line[:9] != b"%08x " % zlib.crc32(text):
        return None
    found: dict[str, Any] = json.loads(text)
    return found
