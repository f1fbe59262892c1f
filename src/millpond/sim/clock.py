"""Virtual time: an asyncio event loop whose clock jumps to the next timer.

Nothing waits, nothing is real: no sockets, no threads, no signals. Whatever runs on it runs the
same way each time. Every callback belongs to a ``Process`` (the one that was current when it was
made), so that a simulated process can be frozen, thawed, or killed without its ``finally``: what a
power cut leaves undone stays undone.
"""

import asyncio
import contextvars
import heapq
import math
import warnings
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterator
from contextlib import contextmanager, suppress
from contextvars import Context, ContextVar
from typing import Any, TypeVar, TypeVarTuple, cast

T = TypeVar("T")
Ts = TypeVarTuple("Ts")


_MANY = 50
"""Tasks of a process after which those that are done are forgotten."""


class Process:
    """A group of tasks that runs, stands still or is dead. ``name`` is for people."""

    __slots__ = ("_held", "_loop", "_many", "_tasks", "frozen", "name", "running")

    def __init__(self, loop: "VirtualLoop", name: str) -> None:
        self.name = name
        self.running = True
        self.frozen = False
        self._loop = loop
        self._held: list[Handle] = []
        self._tasks: list[asyncio.Task[Any]] = []
        self._many = _MANY

    def context(self) -> Context:
        """For what is to happen in this process."""
        context = contextvars.copy_context()
        context.run(_PROCESS.set, self)
        return context

    def spawn(self, work: Coroutine[Any, Any, T], name: str = "") -> asyncio.Task[T]:
        """A task of this process. One of a dead process never takes a step."""
        context = self.context()
        return self._loop.create_task(work, name=name or self.name, context=context)

    def freeze(self) -> None:
        """As SIGSTOP does: what falls due meanwhile waits for ``thaw``."""
        if self.running:
            self.running = False
            self.frozen = True

    def thaw(self) -> None:
        if self.frozen:
            self.running, self.frozen = True, False
            self._loop.resume(self._held)
            self._held = []

    def kill(self) -> None:
        """As SIGKILL does: no task of it takes another step."""
        self.running = self.frozen = False
        self._held = []
        for task in self._tasks:
            self._loop.bury(task)
        self._tasks.clear()

    def hold(self, handle: "Handle") -> None:
        if self.frozen:
            self._held.append(handle)

    def adopt(self, task: asyncio.Task[Any]) -> None:
        self._tasks.append(task)
        if len(self._tasks) > self._many:
            self._tasks = [t for t in self._tasks if not t.done()]
            self._many = 2 * len(self._tasks) + _MANY


_PROCESS: ContextVar[Process | None] = ContextVar("process", default=None)


def current_process() -> Process | None:
    """Whose code this is; None for the world's own."""
    return _PROCESS.get()


class Handle:
    """``asyncio.Handle`` and ``TimerHandle``, as far as anybody asks."""

    __slots__ = ("_args", "_callback", "_context", "_when")

    def __init__(
        self, callback: Callable[..., object], args: tuple[Any, ...], context: Context, when: float
    ) -> None:
        self._callback: Callable[..., object] | None = callback
        self._args = args
        self._context = context
        self._when = when

    def cancel(self) -> None:
        self._callback = None
        self._args = ()

    def cancelled(self) -> bool:
        return self._callback is None

    def when(self) -> float:
        return self._when


_ASKS = ("get_running_loop", "_get_running_loop")


_MOST_SPINS = 100_000
"""Callbacks in one moment; far more than a busy one has."""


class Deadlock(RuntimeError):
    """Everything waits for something that nobody will do, or somebody spins without end."""


class VirtualLoop(asyncio.BaseEventLoop):
    """``after_touch`` is called after every callback that set ``touched``; ``nobody`` is the context of what belongs to no
    process; ``problems`` are errors of tasks that nobody looked at. Times are seconds since the loop
    was made."""

    def __init__(self) -> None:
        super().__init__()
        self._now = 0.0
        self._count = 0
        self._due: deque[Handle] = deque()
        self._timers: list[tuple[float, int, Handle]] = []
        self._buried: list[asyncio.Task[Any]] = []
        self._stop_asked = False
        self._spins = 0
        self.nobody = Context()
        self.touched = False
        self.after_touch: Callable[[], None] = lambda: None
        self.problems: list[dict[str, Any]] = []

    # what programs use

    def time(self) -> float:
        return self._now

    def call_soon(  # type: ignore[override]
        self,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> Handle:
        handle = Handle(
            callback, args, contextvars.copy_context() if context is None else context, self._now
        )
        self._due.append(handle)
        return handle

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> Handle:
        handle = Handle(
            callback, args, contextvars.copy_context() if context is None else context, when
        )
        self._count += 1
        heapq.heappush(self._timers, (when, self._count, handle))
        return handle

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[[*Ts], object],
        *args: *Ts,
        context: Context | None = None,
    ) -> Handle:
        return self.call_at(self._now + delay, callback, *args, context=context)

    def create_future(self) -> asyncio.Future[Any]:
        return asyncio.Future(loop=self)

    def create_task(  # type: ignore[override]
        self,
        coro: Coroutine[Any, Any, T],
        *,
        name: str | None = None,
        context: Context | None = None,
    ) -> asyncio.Task[T]:
        task = asyncio.Task(coro, loop=self, name=name, context=context)
        process = context.get(_PROCESS) if context is not None else _PROCESS.get()
        if process is not None:
            process.adopt(task)
        return task

    def call_exception_handler(self, context: dict[str, Any]) -> None:
        """A task that ended in an error nobody looked at: a bug of somebody's."""
        self.problems.append(context)

    def get_debug(self) -> bool:
        return False

    def is_running(self) -> bool:
        return asyncio._get_running_loop() is self

    # what the simulator uses

    def stop(self) -> None:
        """After this callback."""
        self._stop_asked = True

    def resume(self, handles: list[Handle]) -> None:
        """They are due."""
        self._due.extend(handles)

    def bury(self, task: asyncio.Task[Any]) -> None:
        """Keep a dead task until ``close``: were it collected, its ``finally`` would run."""
        self._buried.append(task)

    def run_until_complete(self, future: Generator[Any, None, T] | Awaitable[T]) -> T:
        """Raises ``Deadlock`` if it can never be done."""
        done = asyncio.ensure_future(cast(Awaitable[T], future), loop=self)
        with self._running():
            self._go_on(math.inf, done.done)
        if not done.done():
            raise Deadlock("nothing is left to happen")
        return done.result()

    def run_until(self, until: float) -> None:
        """All that happens up to the time ``until``, unless it is stopped; it is that late then."""
        self._stop_asked = False
        with self._running():
            if not self._go_on(until, lambda: self._stop_asked):
                self._now = max(self._now, until)

    @contextmanager
    def _running(self) -> Iterator[None]:
        """This is the running loop. asyncio makes sure with a system call (getpid(2)) each time it
        asks for it, which would be a tenth of a simulation's time: it is answered more simply."""
        asyncio._set_running_loop(self)
        places = [vars(asyncio), vars(asyncio.events)]
        real = [(place, name, place[name]) for place in places for name in _ASKS if name in place]
        for place, name, _ in real:
            place[name] = lambda: self
        try:
            yield
        finally:
            for place, name, function in real:
                place[name] = function
            asyncio._set_running_loop(None)

    def _go_on(self, until: float, enough: Callable[[], bool]) -> bool:
        """One callback after the other, up to the time ``until``; whether it was ``enough`` before."""
        due, timers = self._due, self._timers
        while not enough():
            while not due:
                if not timers or timers[0][0] > until:
                    return False
                when, _, handle = heapq.heappop(timers)
                if handle._callback is not None:
                    if when > self._now:
                        self._now = when
                        self._spins = 0
                    due.append(handle)
            handle = due.popleft()
            callback = handle._callback
            self._spins += 1
            if self._spins > _MOST_SPINS:
                raise Deadlock(f"time stands still at {self._now}: {callback} again and again")
            if callback is None:
                continue
            process = handle._context.get(_PROCESS)
            if process is None or process.running:
                handle._context.run(callback, *handle._args)
                if self.touched:
                    self.touched = False
                    self.after_touch()
            else:
                process.hold(handle)
        return True

    def close(self) -> None:
        """Let go of all that was left half done, without a word."""
        super().close()
        self._due.clear()
        self._timers.clear()
        with warnings.catch_warnings(action="ignore", category=RuntimeWarning):  # never awaited
            for task in (*self._buried, *asyncio.all_tasks(self)):
                task._log_destroy_pending = False  # type: ignore[attr-defined]
                with suppress(BaseException):  # of a ``finally`` that is too late
                    task.get_coro().close()
        self._buried.clear()
