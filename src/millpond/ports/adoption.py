"""Files that lie in a repository already, and may become a pool's VMs and images where they are."""

from typing import Protocol

from millpond.domain.adoption import Find
from millpond.domain.image import ImageFacts, ImageFormat
from millpond.domain.names import AbsolutePath


class Adoption(Protocol):
    """Nothing is copied or moved: a file gets a second name (a hard link), and keeps its own. All raise
    ``Refused(storage.*)``."""

    async def survey(self, root: AbsolutePath) -> tuple[Find, ...]:
        """All in the repository that is not Millpond's, by path. Nothing is written. What cannot be used
        is among it with its problem. Raises ``Refused(import.too_large)``."""
        ...

    async def take(
        self,
        root: AbsolutePath,
        file: str,
        format: ImageFormat,  # noqa: A002
        to: AbsolutePath,
    ) -> None:
        """Give the ``file`` of the repository the name ``to`` in it as well, if it still is an image of
        this format. Done already is fine. Raises ``Refused``: ``image.*``, ``object.exists`` if another
        file has the name."""
        ...

    async def release(self, root: AbsolutePath, file: str, to: AbsolutePath) -> None:
        """Take the name ``to`` away again, if it is one of ``file``'s and not the only one."""
        ...

    async def digest(
        self,
        task: str,
        root: AbsolutePath,
        file: str,
        format: ImageFormat,  # noqa: A002
    ) -> None:
        """Find out its ``facts``; a task."""
        ...

    async def facts(self, root: AbsolutePath, file: str) -> ImageFacts | None:
        """What ``digest`` found; None if it did not, or the agent was started anew since."""
        ...
