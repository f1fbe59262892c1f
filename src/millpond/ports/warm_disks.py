"""Disks that are copied while their VM still runs elsewhere."""

from typing import Protocol

from millpond.domain.names import AbsolutePath, Id


class WarmDisks(Protocol):
    """A copy is brought up to date in rounds, each of which copies what differs. Before the VM is
    off where it comes from, no round gives an image that a guest could use."""

    async def pull(
        self, task: str, path: AbsolutePath, file: str, to: AbsolutePath, round_id: Id, final: bool
    ) -> None:
        """Make the raw image ``to`` what the raw disk ``file`` of the package ``path`` is: all of it at
        first, and where that broke off, from there; later what has changed. The task's result has
        ``changed``, the bytes that were copied. A ``final`` round fails unless the disk has come to rest:
        the task then ends with ``Refused(import.changing)``. Others: ``import.*``, ``image.*``,
        ``storage.*``."""
        ...

    async def pulled(self, to: AbsolutePath) -> str | None:
        """The last round that came to its end, None before the first and after ``settle``."""
        ...

    async def settle(self, to: AbsolutePath) -> None:
        """No round follows: forget what the rounds go by. Done already is fine."""
        ...
