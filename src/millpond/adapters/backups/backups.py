"""``ports.backups`` on this server's directories."""

import asyncio
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from millpond.adapters.backups import reading, taking
from millpond.adapters.backups.tree import Tree
from millpond.adapters.disks.beneath import Beneath, NoDirectory
from millpond.adapters.storage_errors import unavailable
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.domain.backup import Backup, BackupOrder, dependants
from millpond.domain.errors import Refused
from millpond.domain.job import TaskStatus
from millpond.domain.vm import DiskFormat
from millpond.ports.live_copies import LiveCopies


class ServerBackups:
    """``repositories`` are where VMs lie and may have their backups, ``folders`` other directories that
    the administrator opened for those; ``live`` copies the disks of guests."""

    def __init__(
        self,
        repositories: Sequence[str],
        folders: Sequence[str],
        live: LiveCopies,
        runner: TaskRunner,
    ) -> None:
        self._repositories = repositories
        self._folders = folders
        self._live = live
        self._runner = runner

    async def backups(self, place: str, vm: str | None) -> list[Backup]:
        return await asyncio.to_thread(self._tree(place).all, vm)

    async def room(self, place: str) -> int:
        return await asyncio.to_thread(self._tree(place).room)

    async def take(self, task: str, place: str, order: BackupOrder) -> None:
        tree, disks = self._tree(place), Beneath(self._repositories)
        work = partial(taking.take, tree, disks, self._live, order)
        self._runner.start(task, work)

    async def discard(self, task: str, place: str, order: BackupOrder) -> None:
        await self._runner.cancel(task)
        while (await self._runner.state(task, 1)).status is TaskStatus.RUNNING:
            pass
        await taking.discard(self._tree(place), self._live, order)

    async def remove(self, place: str, vm: str, backup: str) -> None:
        tree = self._tree(place)

        def remove() -> None:
            all_ = tree.all(vm)
            found = next((b for b in all_ if b.id == backup), None)
            if found is not None and (later := dependants(all_, found)):
                raise needed(found, later)
            tree.remove(vm, backup)

        await asyncio.to_thread(remove)

    async def verify(self, task: str, place: str, vm: str, backup: str) -> None:
        self._runner.start(task, partial(reading.verify, self._tree(place), vm, backup))

    async def restore(
        self,
        task: str,
        place: str,
        vm: str,
        backup: str,
        target: str,
        to: str,
        into: DiskFormat,
    ) -> None:
        tree, disks = self._tree(place), Beneath(self._repositories)

        async def work(report: Report) -> dict[str, float]:
            try:
                image = await asyncio.to_thread(disks.place, to)
            except NoDirectory as error:
                raise unavailable(f"disk {to}", "its directory is not seen here") from error
            with image:
                if image.status() is not None:
                    return {}
                return await reading.restore(tree, vm, backup, target, image, into, report)

        self._runner.start(task, work)

    async def replace(self, image: str, by: str) -> None:
        def replace() -> None:
            with Beneath(self._repositories).place(by) as fresh:
                if fresh.status() is not None:
                    fresh.rename(Path(image).name)

        if Path(image).parent != Path(by).parent:
            raise Refused(
                "request.invalid",
                f"disk {by}",
                "it lies in another directory than what it shall replace",
                "restore it beside that",
            )
        await asyncio.to_thread(replace)

    def _tree(self, place: str) -> Tree:
        return Tree(place, self._repositories, self._folders)


def needed(backup: Backup, by: Sequence[Backup]) -> Refused:
    return Refused(
        "backup.needed",
        f"backup {backup.id}",
        f"backup {by[0].id} of the same VM builds on it",
        "delete that one first, with: millpond backup delete POOL VM BACKUP --in PLACE",
    )
