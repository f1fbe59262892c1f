"""The folders of a place for backups, reached as ``adapters.disks.beneath`` reaches everything: through no
symbolic link, and nowhere outside of what the administrator opened."""

import logging
import stat
from collections.abc import Sequence
from contextlib import suppress

from pydantic import TypeAdapter, ValidationError

from millpond.adapters.disks.beneath import UNFINISHED, Beneath, NoDirectory, Place
from millpond.domain.backup import BACKUPS, MANIFEST, Backup, BackupId, image_name
from millpond.domain.errors import Refused
from millpond.domain.names import Id

_MAX_MANIFEST = 4 << 20
_FOLDER = 0o700

_BACKUP: TypeAdapter[str] = TypeAdapter(BackupId)
_VM: TypeAdapter[str] = TypeAdapter(Id)
_log = logging.getLogger(__name__)


class Tree:
    """``place`` is ``REPOSITORY/backups`` below one of ``repositories``, or lies in one of ``folders``.
    All block, and raise ``Refused``: ``request.invalid``, ``storage.*``."""

    def __init__(self, place: str, repositories: Sequence[str], folders: Sequence[str]) -> None:
        within = [f for f in folders if f"{place}/".startswith(f"{f}/")]
        if not within and not place.endswith(f"/{BACKUPS}"):
            raise _closed(place, folders)
        self.place = place
        self._is_root = place in within
        self.beneath = Beneath(within or repositories, bare=self._is_root)

    def image(self, vm: str, folder: str, target: str) -> Place:
        return self._within(f"{vm}/{folder}/{image_name(target)}")

    def path(self, vm: str, folder: str, target: str) -> str:
        return f"{self.place}/{vm}/{folder}/{image_name(target)}"

    def room(self) -> int:
        """Bytes free there."""
        with self.beneath.place(f"{self.place}/any" if self._is_root else self.place) as place:
            return place.free()

    def all(self, vm: str | None) -> list[Backup]:
        """The oldest first; what is no backup is passed over, what is a broken one is logged."""
        vms = [vm] if vm is not None else self._names("", _VM)
        found = [self.read(v, b) for v in vms for b in self._names(v, _BACKUP)]
        return sorted((b for b in found if b is not None), key=lambda b: (b.id, b.vm))

    def read(self, vm: str, backup: str) -> Backup | None:
        try:
            with self._within(f"{vm}/{backup}/{MANIFEST}") as place:
                if place.status() is None:
                    return None
                with place.open() as file:
                    data = file.read(_MAX_MANIFEST)
            found = Backup.model_validate_json(data)
        except NoDirectory:
            return None
        except ValidationError as error:
            first = error.errors()[0]["msg"]
            _log.warning("%s/%s/%s is no backup: %s", self.place, vm, backup, first)
            return None
        if (found.vm, found.id) != (vm, backup):
            _log.warning("%s/%s/%s is the backup of another VM or time", self.place, vm, backup)
            return None
        return found

    def begin(self, vm: str, backup: str) -> str:
        """The empty folder that the backup is made in; what an earlier try left is gone."""
        folder = backup + UNFINISHED
        self._sweep(vm, folder)
        if not self._is_there():
            with self.beneath.place(self.place) as place:
                place.make_directory(_FOLDER)
        for deeper in (vm, f"{vm}/{folder}"):
            with self._within(deeper) as place:
                place.make_directory(_FOLDER)
        return folder

    def publish(self, backup: Backup) -> None:
        """From here on it is one: its images lie in its folder already."""
        folder = backup.id + UNFINISHED
        with self._within(f"{backup.vm}/{folder}/{MANIFEST}") as place, place.begin() as file:
            file.write(backup.model_dump_json(indent=2).encode() + b"\n")
            place.finish(file)
        with self._within(f"{backup.vm}/{folder}") as place:
            place.rename(backup.id)

    def remove(self, vm: str, backup: str) -> None:
        """Not a backup any more first, so that nobody meets half of one; one that is gone is fine."""
        with suppress(NoDirectory, FileNotFoundError), self._within(f"{vm}/{backup}") as place:
            if place.status() is not None:
                place.rename(backup + UNFINISHED)
        self._sweep(vm, backup + UNFINISHED)

    def _sweep(self, vm: str, folder: str) -> None:
        """Remove an unfinished folder with all that is in it, and the VM's if it was the last."""
        try:
            with self._within(f"{vm}/{folder}/any") as within:
                names = within.files()
            for name in names:
                with self._within(f"{vm}/{folder}/{name}") as place:
                    place.remove()
            with self._within(f"{vm}/{folder}") as place:
                place.remove_directory()
            if not self._names(vm, None):
                with self._within(vm) as place:
                    place.remove_directory()
        except NoDirectory:
            return

    def _names(self, folder: str, kind: TypeAdapter[str] | None) -> list[str]:
        """Of the directories in a folder, those that are of a kind."""
        try:
            with self._within(f"{folder}/any" if folder else "any") as within:
                names = within.files()
        except NoDirectory:
            return []
        return [n for n in names if kind is None or _is(kind, n)]

    def _is_there(self) -> bool:
        """A repository that has no backups yet has no folder for them."""
        if self._is_root:
            return True
        with self.beneath.place(self.place) as place:
            status = place.status()
        return status is not None and stat.S_ISDIR(status.st_mode)

    def _within(self, path: str) -> Place:
        if not self._is_there():
            raise NoDirectory(self.place)
        return self.beneath.place(f"{self.place}/{path}")


def _is(kind: TypeAdapter[str], name: str) -> bool:
    try:
        kind.validate_python(name)
    except ValidationError:
        return False
    return True


def _closed(place: str, folders: Sequence[str]) -> Refused:
    listed = ", ".join(folders) or "none is"
    return Refused(
        "request.invalid",
        f"directory {place}",
        f"this server's administrator has not opened it for backups ({listed})",
        "name it in backup_folders of /etc/millpond/agent.toml there, or use a repository",
    )
