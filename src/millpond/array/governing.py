"""Keeps the goals of the policy that runs: once a second an SP looks at what hosts wait, and holds all other
commands back as far as it has to. SP A does it, or SP B while A is down."""

import asyncio
import logging
import time
from collections.abc import Callable
from functools import partial

from millpond.array.model import qos
from millpond.array.model.qos_types import Action, Control, IoClass, IoPolicy
from millpond.array.model.state import State, Usage
from millpond.array.processor import Processor
from millpond.array.statistics import Counted, Sum, rows, summed, total
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
SAMPLE = 1.0
"""Seconds between two looks."""
LEAST, MOST = 10.0, 100_000.0
"""Commands in a second that the background is always left, and at which it is not held back any more."""
DOWN, UP = 0.6, 1.5


class Governor:
    """``rate``: commands in a second that the background may have; 0 for any number."""

    def __init__(self) -> None:
        self.rate = 0.0
        self._failures = 0

    def sample(self, missed: bool, background: float, window: int) -> bool:
        """``background``: commands in the last second. Whether goals have been missed for the whole window though
        no more can be done."""
        if not missed:
            self.rate = 0.0 if self.rate * UP > MOST else self.rate * UP
        elif background > LEAST:
            self.rate = max(LEAST, min(self.rate or background, background) * DOWN)
        helpless = missed and background <= LEAST * UP
        self._failures = self._failures + 1 if helpless else 0
        return self._failures >= window


async def watch(processor: Processor, store: Store) -> None:
    """Until cancelled."""
    governor, last, name = Governor(), dict[str, Sum](), ""
    while True:
        await asyncio.sleep(SAMPLE)
        try:
            policy = qos.running(store.state())
            if policy is None or policy.name != name:
                governor, last, name = Governor(), {}, policy.name if policy else ""
            if policy is None or not _mine(processor):
                processor.meters.set_rate(0.0)
                continue
            if policy.time_limit and time.time() >= policy.running + 60 * policy.time_limit:
                await asyncio.to_thread(_end, store, policy, qos.stop)
                continue
            now = await _done(processor)
            failed = _sample(governor, store.state(), policy, last, now)
            last = now
            processor.meters.set_rate(governor.rate)
            if failed and policy.action is not Action.CONTINUE:
                await asyncio.to_thread(_end, store, policy, partial(_act, policy=policy))
        except Exception:
            log.exception("goals cannot be kept")


def _mine(processor: Processor) -> bool:
    return processor.sp == "A" or not processor.state.peer.alive()


async def _done(processor: Processor) -> dict[str, Sum]:
    """What hosts did with each LUN, through both SPs, by WWN."""
    counted = rows(processor.counts)
    told = await processor.state.peer.told({"statistics": True})
    counted += [Counted(*row) for row in told or ()]
    return {wwn: total(c for c in counted if c.wwn == wwn) for wwn in {c.wwn for c in counted}}


def _sample(
    governor: Governor, state: State, policy: IoPolicy, last: dict[str, Sum], now: dict[str, Sum]
) -> bool:
    moved = {wwn: _less(now[wwn], last[wwn]) for wwn in now if wwn in last}
    classes = [state.io_classes[name] for name in policy.classes]
    cruising = [one for one in classes if one.control is Control.CRUISE]
    if not cruising:
        return False
    missed = any(missed_by(one, moved) for one in cruising)
    others = [s for wwn, s in moved.items() if not any(_has(one, wwn) for one in classes)]
    background = sum(s.reads + s.writes for s in others) / SAMPLE
    return governor.sample(missed, background, policy.window)


def missed_by(one: IoClass, moved: dict[str, Sum]) -> bool:
    """Whether the class's commands took longer than its goal allows."""
    mine = [s for wwn, s in moved.items() if _has(one, wwn)]
    return summed(mine).response > one.goal * (1 + one.tolerance / 100)


def _has(one: IoClass, wwn: str) -> bool:
    return one.luns is None or wwn in one.luns


def _less(now: Sum, last: Sum) -> Sum:
    """An SP that has started anew has counted less than before."""
    return Sum(*(max(0, a - b) for a, b in zip(now, last, strict=True)))


def _act(state: State, policy: IoPolicy) -> State:
    state = state.event(f"Policy {policy.name} misses its goals")
    if policy.action is Action.FALLBACK and policy.fallback in state.io_policies:
        return qos.run(state, policy.fallback)
    return qos.stop(state)


def _end(store: Store, policy: IoPolicy, change: Callable[[State], State]) -> None:
    """If it still runs."""

    def command(state: State, _usage: Usage) -> State:
        return change(state) if qos.running(state) == policy else state

    store.change(command, time.time())
