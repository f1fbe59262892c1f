"""Keeps the goals of the policy that runs: once a second an SP looks at what hosts wait, and holds all other
commands back as far as it has to. SP A does it, or SP B while A is down."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial

from millpond.array.model import qos
from millpond.array.model.qos_types import Action, Control, IoClass, IoPolicy
from millpond.array.model.state import State, Usage
from millpond.array.processor import Processor
from millpond.array.state.meters import BACKGROUND, Done
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
    """Until cancelled. Only who governs sets the rate: both SPs share it."""
    governor, last, name = Governor(), list[Done](), ""
    while True:
        await asyncio.sleep(SAMPLE)
        try:
            if not _mine(processor):
                name = ""
                continue
            state = store.state()
            policy = qos.running(state)
            if policy is None or policy.name != name:
                governor, last, name = Governor(), [], policy.name if policy else ""
            if policy is None:
                processor.meters.set_rate(0.0)
                continue
            if policy.time_limit and time.time() >= policy.running + 60 * policy.time_limit:
                await asyncio.to_thread(_end, store, policy, qos.stop)
                continue
            now = processor.meters.done()
            classes = [state.io_classes[one] for one in policy.classes]
            failed = look(governor, classes, policy.window, less(now, last))
            last = now
            processor.meters.set_rate(governor.rate)
            if failed and policy.action is not Action.CONTINUE:
                await asyncio.to_thread(_end, store, policy, partial(_act, policy=policy))
        except Exception:
            log.exception("goals cannot be kept")


def _mine(processor: Processor) -> bool:
    return processor.sp == "A" or not processor.state.peer.alive()


def look(governor: Governor, classes: list[IoClass], window: int, moved: Sequence[Done]) -> bool:
    """``moved``: in the last second, by slot. Whether goals have been missed for the whole window though no more
    can be done."""
    cruising = [one for one in classes if one.control is Control.CRUISE]
    if not cruising or not moved:
        return False
    missed = any(missed_by(one, moved[one.slot]) for one in cruising)
    return governor.sample(missed, moved[BACKGROUND].commands / SAMPLE, window)


def missed_by(one: IoClass, moved: Done) -> bool:
    """Whether the class's commands took longer than its goal allows."""
    goal = moved.commands * one.goal / 1000
    return moved.seconds > goal * (1 + one.tolerance / 100)


def less(now: list[Done], last: list[Done]) -> list[Done]:
    """Nothing if there is nothing to compare with."""
    return [
        Done(new.commands - old.commands, new.seconds - old.seconds)
        for new, old in zip(now, last, strict=False)
    ]


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
