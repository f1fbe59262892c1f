"""The files of a package, whether they lie in a folder or in an archive."""

import os
from abc import ABC, abstractmethod
from collections.abc import Sequence
from io import FileIO
from pathlib import PurePosixPath
from types import TracebackType
from typing import Self

from millpond.adapters.disks.beneath import Beneath, NoDirectory, Place
from millpond.adapters.images.archive import Caps, Member, members
from millpond.domain.errors import Refused
from millpond.domain.foreign import inside, too_large

DESCRIPTION_MAX = 4 << 20
"""Bytes of a description, manifest or certificate."""


class _Open(ABC):
    """Something to be closed by ``with``."""

    @abstractmethod
    def close(self) -> None: ...

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


class Part(_Open):
    """``size`` bytes of an open file from ``offset``: one file of a package. Close it by ``with``."""

    def __init__(self, file: FileIO, offset: int, size: int) -> None:
        self.file, self.offset, self.size = file, offset, size

    def close(self) -> None:
        self.file.close()

    @property
    def alone(self) -> bool:
        """Whether it is a file by itself, as programs want it."""
        return self.offset == 0 and self.size == os.fstat(self.file.fileno()).st_size

    def read(self, done: int, most: int) -> bytes:
        """At most ``most`` bytes from the ``done``-th on; empty at its end."""
        return os.pread(self.file.fileno(), min(most, self.size - done), self.offset + done)


class Contents(_Open):
    """Holds open what it needs."""

    @abstractmethod
    def names(self) -> list[str]:
        """The files' names, those of subfolders left out."""

    @abstractmethod
    def open(self, name: str) -> Part:
        """One of them, or one in a subfolder. Raises ``Refused(import.reference)``."""

    def text(self, name: str) -> bytes:
        """All of a file that a person could have written."""
        with self.open(name) as part:
            if part.size > DESCRIPTION_MAX:
                raise too_large(name, f"it has {part.size} bytes")
            return part.read(0, part.size)


class _Folder(Contents):
    def __init__(self, directory: Place) -> None:
        self._directory = directory

    def names(self) -> list[str]:
        return sorted(self._directory.files())

    def open(self, name: str) -> Part:
        file = self._directory.beside(PurePosixPath(inside("package", name)).parts)
        if file is None:
            raise missing(name)
        return Part(file, 0, os.fstat(file.fileno()).st_size)

    def close(self) -> None:
        self._directory.close()


class _Archive(Contents):
    def __init__(self, file: FileIO, found: Sequence[Member]) -> None:
        self._file = file
        self._members = {member.name: member for member in found}

    def names(self) -> list[str]:
        return list(self._members)

    def open(self, name: str) -> Part:
        member = self._members.get(name)
        if member is None:
            raise missing(name)
        file = FileIO(os.dup(self._file.fileno()))
        return Part(file, member.offset, member.size)

    def close(self) -> None:
        self._file.close()


def missing(name: str) -> Refused:
    return Refused(
        "import.reference",
        f"file {name}",
        "it is not in the package",
        "put all files of the VM into one folder, beside its description",
    )


def opened(folders: Beneath, path: str) -> tuple[Contents, str]:
    """What ``path`` holds, and the name of its description, empty if ``path`` does not name it. Raises
    ``Refused``: ``import.unreadable`` if nothing is there, ``image.archive``."""
    try:
        return _Folder(folders.place(f"{path}/any")), ""
    except (NoDirectory, Refused):
        pass  # it is no folder, or not there at all
    try:
        place = folders.place(path)
    except NoDirectory as error:
        raise _nothing(path) from error
    if place.status() is None:
        place.close()
        raise _nothing(path)
    if not path.lower().endswith(".ova"):
        return _Folder(place), place.name
    with place:
        file = place.open()
    try:
        return _Archive(file, members(file, path, Caps())), ""
    except BaseException:
        file.close()
        raise


def _nothing(path: str) -> Refused:
    return Refused(
        "request.not_found",
        f"package {path}",
        "is not there",
        "check its path on the utility server",
    )
