"""``ports.warm_disks`` for disks that are plain files in a folder of this server, such as a mounted
datastore of another product."""

import asyncio
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from io import FileIO

from millpond.adapters.disks.beneath import Beneath, NoDirectory, Place
from millpond.adapters.disks.copying import METADATA
from millpond.adapters.images.arriving import Arrival, interruptible
from millpond.adapters.images.inspection import inspect
from millpond.adapters.packages.contents import opened
from millpond.adapters.storage_errors import full, unavailable
from millpond.adapters.tasks.runner import Report, TaskRunner
from millpond.adapters.warm.changes import BLOCK, BlockMap, Change, ChangedBlocks, ComparedBlocks
from millpond.domain.errors import Refused
from millpond.domain.image import ImageFormat

_MAP = ".blocks"
"""What the file with a copy's checksums is called after the copy."""

_REST = 5.0
"""Seconds for which nothing may write to a disk that is said to be at rest. Guests that do nothing write
down so much every few seconds."""

_PIECE = 64
"""Changed blocks between two moments at which they are made durable."""


class FileWarmDisks:
    """Copies below ``roots``, of disks below ``folders``."""

    def __init__(self, roots: Sequence[str], folders: Sequence[str], runner: TaskRunner) -> None:
        self._beneath = Beneath(roots)
        self._folders = Beneath(folders)
        self._runner = runner

    async def pull(
        self,
        task: str,
        path: str,
        file: str,
        to: str,
        round_id: str,
        final: bool,
    ) -> None:
        async def work(report: Report) -> dict[str, float]:
            arrival = Arrival(report, "comparing and copying")
            pull = partial(self._pull, path, file, to, round_id, final, arrival)
            return await interruptible("pull", arrival.unwanted, pull)

        self._runner.start(task, work)

    async def pulled(self, to: str) -> str | None:
        def look() -> str | None:
            with self._place(to + _MAP) as place:
                if place.status() is None:
                    return None
                with place.open() as file:
                    return BlockMap(file).round

        return await asyncio.to_thread(look)

    async def settle(self, to: str) -> None:
        def settle() -> None:
            with self._place(to + _MAP) as place:
                place.remove()

        await asyncio.to_thread(settle)

    def _pull(
        self, path: str, file: str, to: str, round_: str, final: bool, arrival: Arrival
    ) -> dict[str, float]:
        with ExitStack() as stack:
            contents, _ = opened(self._folders, path)
            stack.enter_context(contents)
            part = stack.enter_context(contents.open(file))
            source = ComparedBlocks(part)
            place = stack.enter_context(self._place(to))
            begun = place.status() is not None or place.unfinished() is not None
            if not begun:
                inspect(part.file, ImageFormat.RAW, file)
            known = BlockMap(stack.enter_context(self._map(to, keep=begun)))
            first = place.status() is None
            copy = stack.enter_context(place.resume() if first else place.open(writable=True))
            _check_size(copy, source.size, to)
            began, before = time.monotonic(), source.written()
            changed = _bring(source, known, copy, place, arrival)
            if final:
                arrival.unwanted.wait(began + _REST - time.monotonic())
                if source.written() != before or _bring(source, known, copy, place, arrival):
                    raise _changing(file)
            if not arrival.unwanted.is_set():
                if first:
                    place.finish(copy)
                known.complete(round_)
        return {"changed": float(changed)}

    @contextmanager
    def _map(self, to: str, keep: bool) -> Iterator[FileIO]:
        """A copy that is not begun has no checksums, whatever lies there."""
        with self._place(to + _MAP) as place:
            if not keep or place.status() is None:
                with place.begin() as fresh:
                    place.finish(fresh)
            with place.open(writable=True) as file:
                yield file

    def _place(self, path: str) -> Place:
        try:
            return self._beneath.place(path)
        except NoDirectory as error:
            raise unavailable(f"disk {path}", "its directory is not seen here") from error


def _check_size(copy: FileIO, size: int, to: str) -> None:
    """Gives a new copy its size. Raises ``Refused(import.invalid)`` if the disk has another one since."""
    found = os.fstat(copy.fileno()).st_size
    if not found:
        os.ftruncate(copy.fileno(), size)
    elif found != size:
        raise Refused(
            "import.invalid",
            f"disk {to}",
            f"it had {found} bytes when the import began, and has {size} now",
            "cancel the import and begin anew",
        )


def _bring(
    source: ChangedBlocks, known: BlockMap, copy: FileIO, place: Place, arrival: Arrival
) -> int:
    """Copy what has changed; how many bytes that were. What it has copied is never copied again unless
    it changes, wherever it is interrupted."""
    pending: list[Change] = []
    changed = done = 0
    for change in source.since(known):
        if arrival.unwanted.is_set():
            break
        done += BLOCK
        if change is not None:
            _write(copy, change, place)
            changed += len(change.data)
            pending.append(change)
        if len(pending) == _PIECE:
            _settle(copy, known, pending)
        arrival.progress(min(done, source.size), source.size)
    _settle(copy, known, pending)
    return changed


def _settle(copy: FileIO, known: BlockMap, pending: list[Change]) -> None:
    """First the data, then that they are there: never the other way round on the disk."""
    if pending:
        os.fdatasync(copy.fileno())
        known.note(pending)
        pending.clear()


def _write(copy: FileIO, change: Change, place: Place) -> None:
    """Zeroes where there are zeroes already stay a hole."""
    where = change.block * BLOCK
    zeroes = bytes(len(change.data))
    if change.data == zeroes == os.pread(copy.fileno(), len(zeroes), where):
        return
    if place.free() < BLOCK + METADATA:
        raise full(f"disk {place.path}", "no space is left in the repository")
    os.pwrite(copy.fileno(), change.data, where)


def _changing(file: str) -> Refused:
    return Refused(
        "import.changing",
        f"disk {file}",
        "it was written to while it was copied for the last time",
        "shut the VM down where it runs, and repeat",
    )
