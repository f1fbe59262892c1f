"""The disks of a template on their way from one pool to another."""

from typing import Protocol

from millpond.domain.names import AbsolutePath
from millpond.domain.template import TemplateFile, TemplatePiece
from millpond.domain.vm import DiskFormat


class TemplateFiles(Protocol):
    """``path`` is that of a disk in a template's folder, in a repository. All raise ``Refused(storage.*)``,
    and of a file that is not there ``Refused(request.not_found)``."""

    async def stat(self, path: AbsolutePath) -> TemplateFile:
        """The file as it is now."""
        ...

    async def read(self, path: AbsolutePath, offset: int) -> TemplatePiece:
        """The next data from ``offset`` on, holes left out; at most 1 MiB, none if only a hole follows."""
        ...

    async def received(self, path: AbsolutePath) -> int:
        """How far the copy has come: what lies before that byte is there for good."""
        ...

    async def write(self, path: AbsolutePath, piece: TemplatePiece) -> None:
        """Add a piece to the copy, at or behind its end; durable when it returns. One that is there already
        is fine. Raises ``Refused(storage.full)``."""
        ...

    async def finish(
        self,
        path: AbsolutePath,
        format: DiskFormat,  # noqa: A002
        size: int,
    ) -> None:
        """The copy is complete, with ``size`` bytes: it is inspected and gets its name. Done already is
        fine. Raises ``Refused(image.*)`` for one that is not of that format, or not by itself."""
        ...
