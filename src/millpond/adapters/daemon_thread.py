"""Calls that may block for ever."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar, cast

T = TypeVar("T")


async def in_daemon_thread(name: str, work: Callable[[], T]) -> T:
    """Run ``work`` in a thread of its own, which keeps no other call waiting, nor the end of this
    process. Cancelled, it leaves the thread to itself."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if outcome.cancelled():
            return
        if error is not None:
            outcome.set_exception(error)
        else:
            outcome.set_result(cast(T, result))

    def run() -> None:
        result, failure = None, None
        try:
            result = work()
        except BaseException as error:  # it belongs to whoever awaits
            failure = error
        with suppress(RuntimeError):  # the asyncio loop may be closed already
            loop.call_soon_threadsafe(settle, result, failure)

    threading.Thread(target=run, name=name, daemon=True).start()
    return await outcome


class Serial:
    """One blocking call at a time. However often it is tried while one hangs, one thread waits."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._running: asyncio.Task[object] | None = None

    async def run(self, work: Callable[[], T], seconds: float) -> T:
        """``work``, begun after this was called. Raises ``TimeoutError``."""
        async with asyncio.timeout(seconds):
            while self._running is not None and not self._running.done():
                await asyncio.wait([self._running])
            task = asyncio.create_task(in_daemon_thread(self._name, work))
            task.add_done_callback(lambda t: t.cancelled() or t.exception())  # nobody may be left
            self._running = cast("asyncio.Task[object]", task)
            return await asyncio.shield(task)
