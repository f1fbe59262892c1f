"""Images on their way into a repository, handled by a utility server."""

from typing import Protocol

from millpond.domain.image import ImageFormat, Sha256, Staged, Url
from millpond.domain.names import AbsolutePath, Id


class Images(Protocol):
    """Each import has a folder of its own, ``<repository>/.staging/<id>``, and nothing of it is seen
    elsewhere before ``publish``. Tasks are followed by ``ports.tasks``. All raise
    ``Refused(storage.*)``."""

    async def begin(self, repository: str, staging: Id, size: int) -> Staged:
        """Make the folder if it is not there. Raises ``Refused(storage.full)`` unless ``size`` more
        bytes than it holds are free."""
        ...

    async def staged(self, repository: str, staging: Id) -> Staged | None:
        """What is there, None without a folder."""
        ...

    async def write(self, repository: str, staging: Id, offset: int, data: str) -> int:
        """Append ``data`` (Base64, RFC 4648) to what was uploaded, which ends at ``offset``; durable when
        it returns. Bytes there now. A piece that is there already is fine. Raises
        ``Refused(image.state)`` for any other offset."""
        ...

    async def uploaded(self, repository: str, staging: Id, size: int) -> None:
        """The upload is complete. Raises ``Refused(image.state)`` unless it has ``size`` bytes."""
        ...

    async def fetch(self, task: str, repository: str, staging: Id, url: Url) -> None:
        """Fetch what arrives by http or https; goes on where an earlier try broke off. Raises
        ``Refused(image.url)``."""
        ...

    async def take(self, task: str, repository: str, staging: Id, path: AbsolutePath) -> None:
        """Copy a file of this server, which lies in one of the folders that its administrator opened for
        that."""
        ...

    async def check(
        self,
        task: str,
        repository: str,
        staging: Id,
        declared: ImageFormat,
        into: ImageFormat,
        sha256: Sha256 | None,
    ) -> None:
        """Compare the checksum, inspect what arrived, convert it. The task fails with the refusal's
        sentence."""
        ...

    async def publish(self, repository: str, staging: Id, path: AbsolutePath) -> None:
        """Give the checked image its place in the repository; its folder is gone then. Done already is
        fine. Raises ``Refused(object.exists)`` if another file is there."""
        ...

    async def discard(self, repository: str, staging: Id) -> None:
        """Remove the folder with all that arrived; one that is gone is fine."""
        ...
