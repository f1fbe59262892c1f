"""Long work on files that ends soon after nobody wants it any more."""

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import Callable
from functools import partial
from io import FileIO
from typing import TypeVar

from millpond.adapters.daemon_thread import in_daemon_thread
from millpond.adapters.images.reading import size_of
from millpond.adapters.tasks.runner import Report
from millpond.domain.job import Progress

T = TypeVar("T")

PIECE = 16 << 20


class Arrival:
    """How far something has come, told to ``report``; ``unwanted`` once it was cancelled."""

    def __init__(self, report: Report, message: str = "receiving") -> None:
        self.unwanted = threading.Event()
        self.done = 0
        self._report = report
        self._message = message
        self._started = time.monotonic()
        self._before: int | None = None

    def progress(self, done: int, total: int | None) -> None:
        """``done`` bytes of ``total``; those of an earlier try do not count for the rate."""
        if self._before is None:
            self._before = done
        self.done = done
        rate = (done - self._before) / max(time.monotonic() - self._started, 1e-3)
        self._report(
            Progress(
                percent=min(100.0 * done / total, 100.0) if total else None,
                done=done,
                total=total,
                rate=rate,
                seconds_left=(total - done) / rate if total and rate else None,
                message=self._message,
            )
        )


async def interruptible(name: str, unwanted: threading.Event, work: Callable[[], T]) -> T:
    """``work`` in a thread; cancelling sets ``unwanted`` and waits for it, because it uses files that are
    then put right."""
    thread = asyncio.ensure_future(in_daemon_thread(name, work))
    try:
        return await asyncio.shield(thread)
    except asyncio.CancelledError:
        unwanted.set()
        await asyncio.wait([thread])
        raise


def pour(source: FileIO, target: FileIO, arrival: Arrival) -> None:
    """All of ``source`` to the beginning of ``target``, between any two file systems (sendfile(2))."""
    size, done = size_of(source), 0
    os.lseek(target.fileno(), 0, os.SEEK_SET)
    while done < size and not arrival.unwanted.is_set():
        moved = os.sendfile(target.fileno(), source.fileno(), done, min(PIECE, size - done))
        if moved == 0:
            break
        done += moved
        arrival.progress(done, size)


async def digest(file: FileIO, report: Report) -> str:
    """SHA-256 of all of it, in hexadecimal."""
    arrival = Arrival(report, "checking the checksum")

    def work() -> str:
        found, size, done = hashlib.sha256(), size_of(file), 0
        while piece := os.pread(file.fileno(), PIECE, done):
            found.update(piece)
            done += len(piece)
            arrival.progress(done, size)
            if arrival.unwanted.is_set():
                break
        return found.hexdigest()

    return await interruptible("checksum", arrival.unwanted, partial(work))
