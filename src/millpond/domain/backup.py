"""Backups of VMs: where they lie, what one says of itself, and which of them need each other.

A place has a folder for each VM (by its id) and in it one for each backup, with ``manifest.json`` and a
qcow2 image for each disk. An incremental image has that of the backup before as its backing file, by
the relative name ``../BACKUP/DISK.qcow2``.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from millpond.domain.cloud_init import is_seed
from millpond.domain.image import Sha256
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.vm import Disk, DiskTarget, Model, VmConfig

BACKUPS = "backups"
"""The folder of a repository that is a place for backups."""

MANIFEST = "manifest.json"

MAX_CHAIN = 30
"""Backups that one can need: then the next is a full one, whatever could be."""

BackupId = Annotated[str, StringConstraints(pattern=r"^\d{8}T\d{9}Z-[0-9a-f]{8}$")]
"""When it was taken (UTC, to the millisecond), and something random: their order is that of the backups of a VM."""


def backup_id(taken: float, random: str) -> str:
    """``taken`` in seconds since 1970 UTC, ``random`` is a fresh UUID."""
    seconds, thousandths = divmod(int(taken * 1000), 1000)
    at = datetime.fromtimestamp(seconds, UTC)
    return f"{at:%Y%m%dT%H%M%S}{thousandths:03}Z-{random[:8]}"


def image_name(target: str) -> str:
    return f"{target}.qcow2"


def backing_name(backup: str, target: str) -> str:
    """What the image of an incremental backup says that it builds on."""
    return f"../{backup}/{image_name(target)}"


def is_backed_up(disk: Disk) -> bool:
    """A CD is no VM's own; the one with cloud-init's data is, and may hold secrets."""
    return disk.source.startswith(("file:", "phy:")) and not is_seed(disk)


class Quiesce(StrEnum):
    """Whether the guest's agent freezes its file systems for the moment of a backup. ``try``: if it
    answers; else the backup is as good as one taken when the power fails. ``require``: or there is none."""

    NO = "no"
    TRY = "try"
    REQUIRE = "require"


class SavedDisk(Model):
    """One image. ``incremental``: it holds what has changed since the backup before, and needs that;
    else ``why_full`` says why it holds everything. ``size`` is the disk's in bytes, ``bytes`` the
    file's."""

    target: DiskTarget
    incremental: bool
    why_full: str = Field(default="", max_length=300)
    size: int = Field(ge=512, le=1 << 50)
    bytes: int = Field(ge=0)
    sha256: Sha256


class Backup(Model):
    """``manifest.json``. ``config`` is the VM's as it was, ``parent`` the backup that incremental disks
    build on, None if all are full. ``live``: the guest ran meanwhile; its disks are as of ``taken``,
    which is in seconds since 1970 UTC. ``quiesced``: its file systems were frozen then; if they should have
    been and were not, ``why_not_quiesced`` says why. ``schedule`` had it taken, None: somebody by hand."""

    id: BackupId
    vm: Id
    pool: Name
    schedule: Name | None = None
    taken: float
    live: bool
    quiesced: bool = False
    why_not_quiesced: str = Field(default="", max_length=300)
    parent: BackupId | None
    config: VmConfig
    disks: tuple[SavedDisk, ...] = Field(max_length=64)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.config.id != self.vm:
            raise ValueError("the backup is of another VM than its configuration")
        if any(d.incremental for d in self.disks) != (self.parent is not None):
            raise ValueError("incremental disks need the backup before, and others do not")
        if self.parent is not None and self.parent >= self.id:
            raise ValueError("a backup builds on an earlier one")
        mine = {d.target for d in self.config.disks if is_backed_up(d)}
        if [d.target for d in self.disks] != sorted(mine):
            raise ValueError("its images are not those of the VM's disks")
        return self

    @property
    def bytes(self) -> int:
        return sum(d.bytes for d in self.disks)

    def disk(self, target: str) -> SavedDisk | None:
        return next((d for d in self.disks if d.target == target), None)


class BackupOrder(Model):
    """A backup to be taken of a VM whose files lie in ``directory``. ``run`` is that of its guest, None
    if it is off. ``parent``: the backup to build on where that can be; None if it shall be full, and
    ``why_full`` then says why. ``known`` are the VM's other backups there of the same ``schedule``, ``room`` the
    bytes that it may take."""

    id: BackupId
    pool: Name
    schedule: Name | None = None
    taken: float
    config: VmConfig
    directory: AbsolutePath
    run: Id | None
    parent: BackupId | None
    why_full: str = ""
    quiesce: Quiesce = Quiesce.NO
    known: tuple[BackupId, ...] = ()
    room: int


def chain(backups: Iterable[Backup], last: Backup) -> list[Backup]:
    """``last`` and those that it needs, the oldest first; it ends early where one is missing."""
    known = {b.id: b for b in backups if b.vm == last.vm}
    found = [last]
    while (parent := found[-1].parent) is not None and parent in known:
        found.append(known[parent])
    return found[::-1]


def dependants(backups: Iterable[Backup], of: Backup) -> list[Backup]:
    """Those that build on it, directly."""
    return [b for b in backups if b.vm == of.vm and b.parent == of.id]


def of_schedule(backups: Iterable[Backup], schedule: str | None) -> list[Backup]:
    """Those that build on each other and count for how many are kept: what one schedule has taken, or
    (None) what was taken by hand."""
    return [b for b in backups if b.schedule == schedule]


def surplus(backups: Iterable[Backup], keep: int) -> list[Backup]:
    """What may go so that at least the ``keep`` last of a VM's stay, in the order to delete them. A full
    backup goes with all that build on it, or not at all."""
    ordered = sorted(backups, key=lambda b: b.id)
    kept = {b.id for b in ordered[-keep:]}
    for each in reversed(ordered):
        if each.id in kept and each.parent is not None:
            kept.add(each.parent)
    return [b for b in reversed(ordered) if b.id not in kept]
