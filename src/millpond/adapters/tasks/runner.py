"""Long work inside an agent, run in the background and followed by name."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from millpond.domain.errors import Failed, MillpondError, Refused
from millpond.domain.job import Progress, Refusal, TaskState, TaskStatus

KEEP_SECONDS = 600.0
KEEP_COUNT = 1000
MAX_WAIT = 10.0

Report = Callable[[Progress], None]
"""How work says how far it has come; cheap, call it as often as you like."""

Work = Callable[[Report], Awaitable[dict[str, float] | None]]
"""The work itself; returns the task's result. When it is cancelled it gets ``CancelledError``, must
put things right, and re-raises; work that was finished nonetheless returns its result."""

_AGAIN = frozenset({TaskStatus.FAILED, TaskStatus.CANCELLED})
_log = logging.getLogger(__name__)


@dataclass
class _Entry:
    progress: Progress = field(default_factory=Progress)
    outcome: TaskState | None = None
    ended: float = 0.0
    running: asyncio.Task[None] | None = None

    def state(self) -> TaskState:
        return self.outcome or TaskState(status=TaskStatus.RUNNING, progress=self.progress)


class TaskRunner:
    """Implements ``ports.tasks.Tasks``. Ended tasks are remembered for ten minutes, so that whoever
    started one can learn how it ended, but never more than a thousand of them."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    def start(self, name: str, work: Work) -> None:
        """Run ``work`` under ``name``, or join what already runs or is done under it.

        One that failed or was cancelled is started anew: its caller has seen how it ended, looked
        at the world and wants another try.
        """
        self._forget_old()
        entry = self._entries.get(name)
        if entry is not None and entry.state().status not in _AGAIN:
            return
        entry = _Entry()
        self._entries[name] = entry
        entry.running = asyncio.create_task(_run(name, entry, work), name=f"task {name}")
        # Not at the end of _run: what is cancelled before its first step never gets there.
        entry.running.add_done_callback(lambda _: self._end(name, entry))

    async def state(self, task: str, wait: float) -> TaskState:
        self._forget_old()
        entry = self._entries.get(task)
        if entry is None:
            return TaskState(status=TaskStatus.ABSENT)
        if entry.running is not None and wait > 0:
            await asyncio.wait({entry.running}, timeout=min(wait, MAX_WAIT))
        return entry.state()

    async def cancel(self, task: str) -> None:
        entry = self._entries.get(task)
        if entry is not None and entry.running is not None:
            entry.running.cancel()

    def _end(self, name: str, entry: _Entry) -> None:
        entry.outcome = entry.outcome or _ended(entry, TaskStatus.CANCELLED)
        entry.ended = self._clock()
        entry.running = None
        self._entries.move_to_end(name)

    def _forget_old(self) -> None:
        """Entries are in the order they ended, the running ones anywhere between."""
        deadline = self._clock() - KEEP_SECONDS
        ended = [(n, e) for n, e in self._entries.items() if e.running is None]
        for position, (name, entry) in enumerate(ended):
            if entry.ended < deadline or position < len(ended) - KEEP_COUNT:
                del self._entries[name]


async def _run(name: str, entry: _Entry, work: Work) -> None:
    """Leaves the outcome in ``entry``, unless it is cancelled."""

    def report(progress: Progress) -> None:
        entry.progress = progress

    try:
        result = await work(report) or {}
        entry.outcome = _ended(entry, TaskStatus.DONE, result=result)
    except Exception as error:  # whatever it is, the follower must hear of it
        if not isinstance(error, MillpondError):
            _log.exception("task %s", name)
        entry.outcome = _ended(
            entry, TaskStatus.FAILED, error=_sentence(error), refusal=_refusal(error)
        )


def _ended(
    entry: _Entry,
    status: TaskStatus,
    *,
    result: dict[str, float] | None = None,
    error: str = "",
    refusal: Refusal | None = None,
) -> TaskState:
    progress = entry.progress
    if status is TaskStatus.DONE:
        progress = progress.model_copy(update={"percent": 100.0, "seconds_left": 0.0})
    return TaskState(
        status=status, progress=progress, result=result or {}, error=error, refusal=refusal
    )


def _refusal(error: Exception) -> Refusal | None:
    return Refusal.of(error) if isinstance(error, Refused) else None


def _sentence(error: Exception) -> str:
    """What a follower reads; it knows the step, so ``Failed`` gives its cause alone."""
    return error.cause if isinstance(error, Failed) else str(error) or type(error).__name__
