"""What a member answers to a pulse: at once, whatever its hypervisor does."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass

from millpond.domain.errors import MillpondError
from millpond.domain.ha.pulse import GuestPulse
from millpond.domain.vm import Coming, Guest
from millpond.ha.env import Env

PATIENCE = 0.5
"""Seconds a pulse waits for the hypervisor; then it tells what was known."""
FRESH = 5.0
"""Seconds for which the last answer stands for a hypervisor that takes its time."""
HANGING = 30.0
BRIDGES_SECONDS = 10.0


@dataclass(frozen=True)
class Seen:
    """``answers``: the hypervisor does. ``guests`` as of its last word; ``coming`` too, but none once
    it was asked in vain. ``directories`` by their VM, as the guests were started."""

    answers: bool
    guests: tuple[GuestPulse, ...]
    coming: tuple[Coming, ...]
    bridges: frozenset[str]
    directories: dict[str, str]


class Report:
    """Asks the hypervisor, one question at a time."""

    def __init__(self, env: Env) -> None:
        self._agent = env.agent
        self._guests: tuple[GuestPulse, ...] = ()
        self._coming: tuple[Coming, ...] = ()
        self._directories: dict[str, str] = {}
        self._bridges: frozenset[str] = frozenset()
        self._bridges_at: float | None = None
        self._answered: float | None = None
        self._asking: asyncio.Task[None] | None = None

    async def seen(self) -> Seen:
        """Within ``PATIENCE``."""
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask(), name="ask the hypervisor")
        await asyncio.wait([self._asking], timeout=PATIENCE)
        answers = self._answered is not None and self._now() - self._answered <= FRESH
        return Seen(answers, self._guests, self._coming, self._bridges, self._directories)

    def stop(self) -> None:
        if self._asking is not None:
            self._asking.cancel()

    async def _ask(self) -> None:
        try:
            async with asyncio.timeout(HANGING):
                coming = await self._agent.hypervisor.coming()
                found = await self._agent.hypervisor.guests()
                self._coming = tuple(coming)
                self._guests = tuple(_pulse(g) for g in found)
                self._directories = {g.id: g.directory for g in found}
                self._answered = self._now()
        except (MillpondError, TimeoutError):
            self._answered, self._coming = None, ()
        await self._ask_bridges()

    async def _ask_bridges(self) -> None:
        now = self._now()
        if self._bridges_at is not None and now - self._bridges_at <= BRIDGES_SECONDS:
            return
        with suppress(MillpondError):
            self._bridges = frozenset(b.name for b in await self._agent.bridges.bridges())
            self._bridges_at = now

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


def _pulse(guest: Guest) -> GuestPulse:
    return GuestPulse(vm=guest.id, run=guest.run, power=guest.power, outdated=guest.outdated)
