"""The network between servers and manager: calls that arrive, arrive late, twice, or not at all.

A call is what ``adapters/rpc`` makes over HTTPS: a request one way, an answer the other, over
connections that are kept open. So a link that is cut one way still carries the request of a call
whose answer is lost.
"""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from random import Random
from typing import Any

from millpond.domain.errors import MillpondError, Unknown
from millpond.sim.clock import Process, VirtualLoop

LATENCY = 0.001
"""Seconds there and back."""
CONNECT_SECONDS = 5.0
BROKEN_SECONDS = 15.0
"""Until TCP gives up on a peer that is silent (TCP_USER_TIMEOUT of the agents' connections)."""
READ_SECONDS = 60.0
_TOO_LATE = 2.0
_SWEEP = 5.0

Work = Callable[[], Coroutine[Any, Any, Any]]


class Node:
    """One end: a name, and the process that answers there. No process: connections are refused;
    not ``up``: nothing is there at all."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.up = True
        self.process: Process | None = None


@dataclass(eq=False)
class _Call:
    source: Node
    target: Node
    step: str
    answer: asyncio.Future[Any]
    server: Callable[[], Process | None]
    since: float
    served_by: Process | None = field(default=None)


class Network:
    """``cut`` holds the (source, target) names between which nothing passes, ``slow`` seconds that
    messages take longer there. ``expired`` are the names of those whose certificate is not valid any
    more: nobody talks to them, nor they to anybody. ``late`` and ``twice`` are the probabilities that a request arrives
    up to ``latest`` seconds late, or once more up to as many seconds later."""

    def __init__(self, loop: VirtualLoop, random: Random) -> None:
        self.cut: set[tuple[str, str]] = set()
        self.slow: dict[tuple[str, str], float] = {}
        self.expired: set[str] = set()
        self.late = 0.0
        self.twice = 0.0
        self.latest = 20.0
        self._loop = loop
        self._random = random
        self._calls: dict[_Call, None] = {}  # in order: a set's is not the same in each run
        self._sweeping = False

    async def call(
        self,
        source: Node,
        target: Node,
        step: str,
        work: Work,
        server: Callable[[], Process | None] | None = None,
    ) -> Any:
        """What ``work`` returns or raises at the target, in the process that answers there
        (``server``, if it is not the node's).

        Raises ``Unknown`` if no answer comes. Nobody there hears that the caller gave up."""
        if not self._passes(source, target):
            await asyncio.sleep(CONNECT_SECONDS)
            raise _unanswered(step, target, "it cannot be reached")
        if {source.name, target.name} & self.expired:
            await asyncio.sleep(LATENCY)
            raise _unanswered(step, target, "certificate verify failed: certificate has expired")
        answer = self._loop.create_future()
        call = _Call(
            source, target, step, answer, server or (lambda: target.process), self._loop.time()
        )
        self._calls[call] = None
        if not self._sweeping:
            self._sweeping = True
            self._loop.call_later(_SWEEP, self._sweep, context=self._loop.nobody)
        delay = LATENCY + self.slow.get((source.name, target.name), 0.0)
        if self.late and self._random.random() < self.late:
            delay += self._random.uniform(0.1, self.latest)
        self._loop.call_later(delay, self._deliver, call, work, context=self._loop.nobody)
        if self.twice and self._random.random() < self.twice:
            again = delay + self._random.uniform(0.0, self.latest)
            self._loop.call_later(again, self._deliver, call, work, context=self._loop.nobody)
        try:
            return await call.answer
        finally:
            self._calls.pop(call, None)

    def _sweep(self) -> None:
        """Who has waited for too long waits no more: one timer for all calls."""
        now = self._loop.time()
        for call in [c for c in self._calls if now - c.since >= READ_SECONDS]:
            self._fail(call, "it did not answer")
        self._sweeping = bool(self._calls)
        if self._sweeping:
            self._loop.call_later(_SWEEP, self._sweep, context=self._loop.nobody)

    def check(self) -> None:
        """Something was cut, or somebody lost power: calls under way fail once TCP notices."""
        for call in list(self._calls):
            if not self._carries(call):
                self._loop.call_later(
                    BROKEN_SECONDS, self._give_up, call, context=self._loop.nobody
                )

    def ended(self, process: Process) -> None:
        """A process died: the kernel resets its connections."""
        for call in list(self._calls):
            if call.served_by is process:
                self._fail(call, "the connection was reset")

    def reaches(self, source: Node, target: Node) -> bool:
        """Whether both ends are there and the link carries both ways, in good time."""
        there, back = (source.name, target.name), (target.name, source.name)
        late = self.slow.get(there, 0.0) + self.slow.get(back, 0.0) >= _TOO_LATE
        cut = there in self.cut or back in self.cut or {source.name, target.name} & self.expired
        return source.up and target.up and not cut and not late

    def _passes(self, source: Node, target: Node) -> bool:
        return target.up and (source.name, target.name) not in self.cut

    def _carries(self, call: _Call) -> bool:
        return self._passes(call.source, call.target) and self._passes(call.target, call.source)

    def _give_up(self, call: _Call) -> None:
        if not self._carries(call):
            self._fail(call, "the connection broke")

    def _fail(self, call: _Call, why: str) -> None:
        if not call.answer.done():
            call.answer.set_exception(_unanswered(call.step, call.target, why))

    def _deliver(self, call: _Call, work: Work) -> None:
        if not self._passes(call.source, call.target):
            return self.check()
        process = call.server()
        if process is None:
            return self._fail(call, "the connection was refused")
        call.served_by = process
        process.spawn(self._serve(call, work), name=call.step)
        return None

    async def _serve(self, call: _Call, work: Work) -> None:
        try:
            result, error = await work(), None
        except MillpondError as raised:
            result, error = None, raised
        except Exception as bug:  # as an agent answers for a fault of its own
            self._loop.call_exception_handler({"message": f"{call.step} broke", "exception": bug})
            result, error = None, Unknown(call.step, f"internal error: {bug!r}")
        if (call.target.name, call.source.name) in self.cut:
            return self.check()
        delay = self.slow.get((call.target.name, call.source.name), 0.0)
        if not delay:
            return self._answer(call, result, error)
        self._loop.call_later(delay, self._answer, call, result, error, context=self._loop.nobody)
        return None

    def _answer(self, call: _Call, result: Any, error: MillpondError | None) -> None:
        if call.answer.done():
            return
        if not self._passes(call.target, call.source):
            self.check()
        elif error is not None:
            call.answer.set_exception(error)
        else:
            call.answer.set_result(result)


def _unanswered(step: str, target: Node, why: str) -> Unknown:
    return Unknown(step, f"{target.name}: {why}")
