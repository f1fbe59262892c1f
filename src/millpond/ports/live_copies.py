"""Copies of a running guest's disks: local, not on the wire."""

from collections.abc import Callable, Collection, Sequence
from typing import NamedTuple, Protocol

from millpond.domain.backup import Quiesce
from millpond.domain.errors import Refused
from millpond.domain.job import Progress
from millpond.domain.names import Id
from millpond.domain.vm import DiskTarget


class LiveCopy(NamedTuple):
    """The disk, and the qcow2 file to be made of it."""

    target: DiskTarget
    path: str


class Copied(NamedTuple):
    """Why each of the disks of ``whole`` was copied whole. ``quiesced``: the guest's file systems were frozen
    in that instant; if they should have been and were not, ``why_not`` says why."""

    whole: dict[DiskTarget, str]
    quiesced: bool = False
    why_not: str = ""


def check_room(vm: str, much: Sequence[int], room: int) -> None:
    """Raises ``Refused(storage.full)`` if there is more to copy than that."""
    if sum(much) > room:
        raise Refused(
            "storage.full",
            f"vm {vm}",
            f"{sum(much)} bytes are to be copied, and {room} can be",
            "free space there, or choose another place",
        )


def not_here(vm: str) -> Refused:
    """The run that was to be copied is not on this server."""
    return Refused(
        "vm.state",
        f"vm {vm}",
        "it was stopped, or moved, meanwhile",
        "see where it is, and repeat: millpond vm list",
    )


def not_plugged(vm: str, target: str) -> Refused:
    """The record has a disk that the guest has not."""
    return Refused(
        "vm.devices",
        f"vm {vm}",
        f"its guest does not have disk {target} yet",
        "restart the guest, and repeat",
    )


class LiveCopies(Protocol):
    """What changes on a disk is kept since a *mark*. With the guest's end the marks of its raw disks go; if
    it is cut off, all do."""

    async def under_way(self, vm: Id, mark: str) -> bool:
        """Whether the copies of ``mark`` are being made, or are made and nobody asked for them yet."""
        ...

    async def copy(
        self,
        vm: Id,
        run: Id,
        copies: Sequence[LiveCopy],
        mark: str,
        since: str | None,
        room: int,
        quiesce: Quiesce,
        report: Callable[[Progress], None],
    ) -> Copied:
        """Copy the disks as they are at one instant, which is the new ``mark``: the changes since the mark
        ``since`` where that is known, else everything. An image
        of changes says of itself that it has a backing file; which, is for the caller to put right. Joins
        what is under way. Cancelled or failed, the mark is no more; what files were made is for the
        caller to remove. Raises ``Refused``: ``vm.state`` if that run is not here, ``vm.devices`` if it lacks
        a disk, ``storage.full`` if there is more to copy than ``room`` bytes, ``snapshot.agent`` if its file
        systems shall be frozen and its agent does not answer; ``Failed``."""
        ...

    async def stop(self, vm: Id, mark: str) -> None:
        """End the making of its copies; it has ended when this returns."""
        ...

    async def thaw(self, vm: Id) -> None:
        """Let the guest's file systems go on, whoever broke off while they were frozen. Does nothing for a
        guest that is not here. Raises ``Failed``."""
        ...

    async def forget(self, vm: Id, marks: Collection[str]) -> None:
        """These marks are needed no more. Does nothing for a guest that is not here."""
        ...
