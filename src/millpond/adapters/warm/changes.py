"""What of a disk has changed since it was last copied."""

import hashlib
import os
from collections.abc import Iterator
from io import FileIO
from typing import NamedTuple, Protocol

from millpond.adapters.packages.contents import Part

BLOCK = 256 << 10
"""Bytes that are compared and copied as one."""

DIGEST = 16
"""Bytes of a block's checksum (BLAKE2b, RFC 7693)."""

_HEAD = 64
"""Bytes before the checksums: the id of the last round, in ASCII, then zeroes."""


class Change(NamedTuple):
    """A block that differs: its number, and what it is now."""

    block: int
    data: bytes
    digest: bytes


class ChangedBlocks(Protocol):
    """A disk that is still written to where it comes from. Another product's own record of changed
    blocks would be another implementation."""

    size: int
    """Bytes of the disk."""

    def since(self, known: "BlockMap") -> Iterator[Change | None]:
        """Each block that is other than ``known``, in their order; None for one that is not."""
        ...

    def written(self) -> int:
        """Another number whenever it was written to since."""
        ...


class ComparedBlocks:
    """A plain file, of which nobody says what changes: every block is read and compared."""

    def __init__(self, part: Part) -> None:
        self._part = part
        self.size = part.size

    def since(self, known: "BlockMap") -> Iterator[Change | None]:
        for block in range(-(-self.size // BLOCK)):
            data = self._part.read(block * BLOCK, BLOCK)
            digest = hashlib.blake2b(data, digest_size=DIGEST).digest()
            yield None if known.digest(block) == digest else Change(block, data, digest)

    def written(self) -> int:
        return os.fstat(self._part.file.fileno()).st_mtime_ns


class BlockMap:
    """Checksums of the blocks of a copy, in a file beside it. What is not known yet is zeroes, which no
    block has."""

    def __init__(self, file: FileIO) -> None:
        self._file = file

    def digest(self, block: int) -> bytes:
        return os.pread(self._file.fileno(), DIGEST, _HEAD + block * DIGEST)

    def note(self, changes: list[Change]) -> None:
        """The blocks are in the copy for good."""
        for change in changes:
            os.pwrite(self._file.fileno(), change.digest, _HEAD + change.block * DIGEST)

    @property
    def round(self) -> str | None:
        """The last that was completed."""
        return os.pread(self._file.fileno(), _HEAD, 0).rstrip(b"\0").decode() or None

    def complete(self, round_: str) -> None:
        """Durable when it returns."""
        os.pwrite(self._file.fileno(), round_.encode().ljust(_HEAD, b"\0"), 0)
        os.fsync(self._file.fileno())
