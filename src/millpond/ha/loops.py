"""Loops that go on, and tasks that end in the order in which they began.

asyncio's own TaskGroup cancels in the order of a set, which differs from run to run.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from millpond.domain.errors import MillpondError
from millpond.ha.env import Note


class Tasks:
    """Named tasks. One that is started while another of its name runs does not end that."""

    def __init__(self, note: Note) -> None:
        self._note = note
        self._running: dict[asyncio.Task[None], str] = {}

    def __contains__(self, name: str) -> bool:
        return name in self._running.values()

    def start(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        """What ``work`` raises is noted."""
        task = asyncio.create_task(self._guarded(name, work), name=name)
        self._running[task] = name
        task.add_done_callback(self._running.pop)

    async def stop(self) -> None:
        """Cancel all and wait until they are done, but for the one that calls."""
        tasks = [t for t in self._running if t is not asyncio.current_task()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _guarded(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except MillpondError as error:
            self._note("failed", what=name, cause=str(error))
        except Exception as error:
            self._note("fault of ours", what=name, cause=repr(error))


Step = Callable[[], Awaitable[None]]


def after(seconds: float) -> Step:
    """A pause of that long."""
    return lambda: asyncio.sleep(seconds)


async def every(step: Step, pause: Step, note: Note) -> None:
    """``step`` and ``pause`` in turn, for ever, whatever the step raises."""
    last = ""
    while True:
        try:
            await step()
            last = ""
        except MillpondError as error:
            if str(error) != last:
                last = str(error)
                note("failed", cause=last)
        except Exception as error:
            note("fault of ours", cause=repr(error))
        await pause()
