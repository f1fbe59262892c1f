"""A file of records that is only ever appended to.

A record is 4 bytes length, 4 bytes CRC-32 of the rest (both big-endian) and that many bytes. Whoever
appends has the file for himself, and waits for the disk before he goes on: only the last record can be
incomplete. It then was never acknowledged, and is cut off.
"""

import os
import struct
import zlib
from collections.abc import Iterator
from pathlib import Path

_HEADER = struct.Struct(">II")
MOST = 64 * 2**20
"""Bytes of a record; a change is far smaller."""


class Damaged(OSError):
    """Something else than the end of the file is not as it was written."""


def records(path: Path, offset: int) -> Iterator[tuple[bytes, int]]:
    """Each complete record from ``offset`` on, with the offset of the next one. Raises ``Damaged``,
    OSError."""
    data = _from(path, offset)
    at = 0
    while at + _HEADER.size <= len(data):
        length, checksum = _HEADER.unpack_from(data, at)
        end = at + _HEADER.size + length
        payload = data[at + _HEADER.size : end]
        if length == 0 or length > MOST or zlib.crc32(payload) != checksum:
            if end < len(data) and any(data[at:]):
                raise Damaged(f"{path}: the record at {offset + at} is not as it was written")
            return
        if end > len(data):
            return
        yield payload, offset + end
        at = end


def framed(payload: bytes) -> bytes:
    """``payload`` as a record."""
    return _HEADER.pack(len(payload), zlib.crc32(payload)) + payload


def append(path: Path, offset: int, payload: bytes) -> int:
    """Write a record at ``offset``, the end of the last complete one; durable when it returns. The next
    record's offset. Raises OSError; the record then is not there, or the file cannot be used."""
    record = framed(payload)
    handle = os.open(path, os.O_WRONLY | os.O_CLOEXEC | os.O_NOFOLLOW)
    try:
        os.ftruncate(handle, offset)
        try:
            _write(handle, record, offset)
            os.fsync(handle)
        except OSError:
            os.ftruncate(handle, offset)
            raise
    finally:
        os.close(handle)
    return offset + len(record)


def _write(handle: int, record: bytes, offset: int) -> None:
    view = memoryview(record)
    while view:
        written = os.pwrite(handle, view, offset)
        view, offset = view[written:], offset + written


def _from(path: Path, offset: int) -> bytes:
    with path.open("rb") as stream:
        stream.seek(offset)
        return stream.read()
