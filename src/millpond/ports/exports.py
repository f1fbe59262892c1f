"""What was exported, on its way out of the repository."""

from typing import Protocol

from millpond.domain.names import AbsolutePath
from millpond.domain.package import ExportedFile, ExportedPiece, ExportName


class Exports(Protocol):
    """The files in ``publish_pool`` of a repository, read through no link. All raise
    ``Refused(storage.*)``, and those about one file ``Refused``: ``request.not_found``, or
    ``request.invalid`` if it is no regular file."""

    async def exports(self, root: AbsolutePath) -> list[ExportedFile]:
        """All that are complete and have names of ours, by name."""
        ...

    async def export(self, root: AbsolutePath, name: ExportName) -> ExportedFile: ...

    async def read(
        self, root: AbsolutePath, name: ExportName, offset: int, length: int
    ) -> ExportedPiece:
        """At most ``length`` bytes, and no more than 1 MiB; none beyond its end."""
        ...

    async def digest(self, task: str, root: AbsolutePath, name: ExportName) -> None:
        """Find out its SHA-256; a task."""
        ...

    async def sha256(self, root: AbsolutePath, name: ExportName) -> str | None:
        """What ``digest`` found of the file as it is now; None if it did not, or the agent was started
        anew since."""
        ...
