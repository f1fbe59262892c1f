"""A LUN inside one SP, a session's path to it, and the commands under way on it."""

import asyncio
import fcntl
from collections import deque
from collections.abc import Callable, Coroutine
from typing import NamedTuple, Protocol

from millpond.array.brake import Brake, brake_of
from millpond.array.engine.file import Buffer, LunFile
from millpond.array.exports import ExportedLun
from millpond.array.scsi.blocks import Access
from millpond.array.scsi.nexus import Nexus
from millpond.array.scsi.sense import GOOD, Sense
from millpond.array.state.meters import SharedMeters
from millpond.array.state.peer import Patience, Peer
from millpond.array.statistics import Count

MAX_ATTENTIONS = 16


class Reply(NamedTuple):
    """How a command ends. ``data`` are what it read."""

    status: int = GOOD
    data: Buffer = b""
    sense: Sense | None = None


class Task:
    """A command that could not be answered at once: it waits for its data, until writes are no longer held,
    or for the disk. ``abort`` gives it up; it is None from when the command is carried out."""

    def __init__(self, nexus: Nexus, tag: int, abort: Callable[[], None]) -> None:
        self.nexus = nexus
        self.tag = tag
        self.abort: Callable[[], None] | None = abort
        self.ended = asyncio.get_running_loop().create_future()

    def end(self) -> None:
        if not self.ended.done():
            self.ended.set_result(None)


class Replica(Protocol):
    """Carries out what changes a mirror's primary image: in both images."""

    def carry_out(
        self, unit: "Unit", access: Access, data: Buffer, peer: Peer
    ) -> Reply | Coroutine[None, None, Reply]: ...

    async def unmap(self, unit: "Unit", extents: list[tuple[int, int]]) -> Reply: ...


Replicas = Callable[[tuple[str, str]], Replica | None]
"""By ``ExportedLun.mirror``."""


class Unit:
    """``writing``: writes that a thread has under way. ``full``: no more space for it. ``replica``: None for a LUN
    that has no image elsewhere."""

    def __init__(self, lun: ExportedLun, meters: SharedMeters, replicas: Replicas) -> None:
        self.lun = lun
        self._meters = meters
        self._replicas = replicas
        self.file = LunFile(lun.path, lun.changes)
        self.tasks: set[Task] = set()
        self.writing: set[asyncio.Future[None]] = set()
        self.full = False
        self.brake: Brake | None = None
        self.replica: Replica | None = None
        self.adapt()

    def adapt(self) -> None:
        """To what ``lun`` is now."""
        self.brake = brake_of(self.lun, self._meters)
        self.replica = self._replicas(self.lun.mirror) if self.lun.mirror else None

    async def drain(self, concerned: Callable[[Task], bool]) -> None:
        """Return when no command that ``concerned`` picks is under way; those that have not begun are
        given up."""
        picked = [task for task in self.tasks if concerned(task)]
        for task in picked:
            if task.abort is not None:
                task.abort()
        if picked:
            await asyncio.wait([task.ended for task in picked])

    async def alone(self, peer: Peer, offset: int, length: int) -> None:
        """Wait until no write is under way in this SP, and hold that range against COMPARE AND WRITE in the
        other; ``release`` it without waiting for anything in between."""
        patience = Patience()
        while True:
            while self.writing:
                await asyncio.wait(self.writing)
            try:
                fcntl.lockf(self.file.handle, fcntl.LOCK_EX | fcntl.LOCK_NB, length, offset)
            except BlockingIOError:
                if patience.over():
                    await asyncio.to_thread(peer.reset)
                await asyncio.sleep(0.001)
            else:
                return

    def release(self, offset: int, length: int) -> None:
        fcntl.lockf(self.file.handle, fcntl.LOCK_UN, length, offset)


class Path:
    """One session's way to a LUN."""

    __slots__ = ("attentions", "count", "hlu", "lun", "nexus", "unit")

    def __init__(self, nexus: Nexus, hlu: int, unit: Unit, count: Count) -> None:
        self.nexus = nexus
        self.hlu = hlu
        self.unit = unit
        self.count = count
        self.lun = unit.lun
        self.attentions: deque[Sense] = deque(maxlen=MAX_ATTENTIONS)

    def ended(self, access: Access, begun: int) -> None:
        """Count a command that was carried out. ``begun``: when it came (monotonic_ns)."""
        self.count.ended(access, begun)
        if self.unit.brake is not None:
            self.unit.brake.ended(access, begun)

    def tell(self, sense: Sense) -> None:
        """Establish a unit attention condition (SAM-5 5.14)."""
        if sense not in self.attentions:
            self.attentions.append(sense)
