"""Backups in a directory of one server's."""

from typing import Protocol

from millpond.domain.backup import Backup, BackupId, BackupOrder
from millpond.domain.names import AbsolutePath, Id
from millpond.domain.vm import DiskFormat, DiskTarget


class Backups(Protocol):
    """``place`` is the folder ``backups`` of a repository, or a directory that the server's administrator
    opened for backups. Nothing is a backup before it is complete. All raise ``Refused``:
    ``request.invalid`` for other places, ``storage.*``."""

    async def backups(self, place: AbsolutePath, vm: Id | None) -> list[Backup]:
        """All that can be read there, of one VM or of all, the oldest first; unreadable ones are reported
        in the agent's log and skipped."""
        ...

    async def room(self, place: AbsolutePath) -> int:
        """Bytes free there."""
        ...

    async def take(self, task: str, place: AbsolutePath, order: BackupOrder) -> None:
        """Write the images of all disks as they are at one instant, then the manifest. A disk whose
        changes since ``order.parent`` were not kept is written whole. One that is there is fine. The task
        fails with ``Refused``: ``storage.full``, ``vm.state`` if the guest is not that one."""
        ...

    async def discard(self, task: str, place: AbsolutePath, order: BackupOrder) -> None:
        """Stop taking it by ``task``, if that goes on, and leave nothing of it."""
        ...

    async def remove(self, place: AbsolutePath, vm: Id, backup: BackupId) -> None:
        """One that is gone is fine. Raises ``Refused(backup.needed)`` if others build on it."""
        ...

    async def verify(self, task: str, place: AbsolutePath, vm: Id, backup: BackupId) -> None:
        """Read all of it and of those it needs: files against manifests, images against themselves. The
        task fails with ``Refused``: ``backup.damaged``, ``image.*``."""
        ...

    async def restore(
        self,
        task: str,
        place: AbsolutePath,
        vm: Id,
        backup: BackupId,
        target: DiskTarget,
        to: AbsolutePath,
        into: DiskFormat,
    ) -> None:
        """Make the image ``to`` of what the disk ``target`` was then; it appears when it is complete. The task fails
        with ``Refused``: ``backup.damaged``, ``image.*``, ``storage.full``."""
        ...

    async def replace(self, image: AbsolutePath, by: AbsolutePath) -> None:
        """The image ``by``, made by ``restore``, takes the place of another, which is gone then. Done already
        is fine."""
        ...
