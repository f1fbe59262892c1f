"""On every member: who is pool master.

The one whom the pool's record names and who holds the sanlock resource MASTER. Here it is decided
when to take that lease or let go of it, and when a new master is needed: ``succession`` makes one.
"""

import asyncio
from collections.abc import Awaitable, Callable

from millpond.domain.errors import Refused
from millpond.domain.leases import LeaseHost
from millpond.domain.pool import PoolDocument
from millpond.domain.server import Membership
from millpond.ha.alarms import Alarms
from millpond.ha.env import Env
from millpond.ha.keeper import Keeper
from millpond.ha.loops import Tasks
from millpond.ha.place import Place
from millpond.ha.sightings import Watch
from millpond.ha.standing import Standing
from millpond.ha.succession import Succession

TAKE_AGAIN_SECONDS = 0.3
"""The old master lets go of the lease within moments of a handing over."""
HELD_SECONDS = 10.0
SPREAD = 1.0
"""Seconds over which members that could be master try one after the other, the one with most free
memory first."""
HALF = 16_384
"""MiB of free memory with which a member waits half of that."""
STEP = 0.05
"""Seconds between two members that have the same."""
UNFIT = 5.0
"""Seconds that a member in maintenance, or without a hypervisor, leaves to the others."""


class Election:
    """``began`` and ``ended`` are called as this server becomes the acting master, and when it is no
    more. ``fit``: whether this server's hypervisor answers."""

    def __init__(
        self,
        env: Env,
        place: Place,
        standing: Standing,
        keeper: Keeper,
        alarms: Alarms,
        succession: Succession,
        began: Callable[[], None],
        ended: Callable[[], Awaitable[None]],
        fit: Callable[[], Awaitable[bool]],
    ) -> None:
        t = place.timing
        self._env = env
        self._place = place
        self._standing = standing
        self._keeper = keeper
        self._alarms = alarms
        self._succession = succession
        self._began = began
        self._ended = ended
        self._fit = fit
        self._watch = Watch(min(t.network_silent, t.storage_silent) / 2)
        self._heard = 0.0
        self._vacant: tuple[str, float] | None = None
        self._tasks = Tasks(env.note)

    def heard(self) -> None:
        """The master asked how we are."""
        self._heard = self._watch.now

    @property
    def unheard(self) -> float:
        """Seconds since it did."""
        return self._watch.now - self._heard

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._succession.stop()

    async def look(self) -> None:
        """To be called every ``timing.pulse``, and when the pool's record has changed."""
        self._watch.look()
        if self._keeper.lost.is_set():
            self._keeper.lost.clear()
            self._lost("nothing renews the leases of this server any more")
        membership = await self._standing.membership()
        if membership.master == self._env.me:
            await self._as_master()
        else:
            await self._as_member(membership)

    # The named master

    async def _as_master(self) -> None:
        record = await self._standing.record()
        membership = await self._standing.membership()
        if membership.master != self._env.me:
            await self._step_down()
        elif record is None or (record.master.id, record.term) != (
            self._env.me,
            membership.term,
        ):
            return
        elif not self._standing.held:
            if self._keeper.joined and "take" not in self._tasks:
                self._tasks.start("take", self._take(membership.term))
        elif not await self._env.lockspaces.holds(self._place.master_lease):
            self._lost("sanlock says that it does not hold the master lease any more")

    async def _take(self, term: int) -> None:
        """Blocks for as long as sanlock does not know whether another holder lives."""
        began = self._now()
        while not await self._acquired():
            if self._now() - began > HELD_SECONDS:
                self._alarms.raised(
                    "master", "the record names it pool master, but another server holds the lease"
                )
            await asyncio.sleep(TAKE_AGAIN_SECONDS)
        self._alarms.over("master")
        membership = await self._standing.membership()
        if (membership.master, membership.term) != (self._env.me, term):
            await self._env.lockspaces.release(self._place.master_lease)
            return
        self._act(term)

    async def _acquired(self) -> bool:
        membership = await self._standing.membership()
        if membership.master != self._env.me:
            return True  # there is nothing to take any more
        try:
            await self._env.lockspaces.acquire(self._place.master_lease)
        except Refused as refused:
            if refused.code == "lease.held":
                return False
            raise
        return True

    def _act(self, term: int) -> None:
        self._standing.held = True
        self._env.note("is pool master", term=term)
        self._began()

    def _lost(self, why: str) -> None:
        """Work may be under way that believes in the lease: only the end of the process ends it."""
        if self._standing.held:
            self._standing.held = False
            self._env.note("ending the agent", because=why)
            self._env.end_process(why)

    async def _step_down(self) -> None:
        if self._standing.held:
            self._env.note("is pool master no more")
            self._standing.held = None
            await self._ended()
            await self._env.lockspaces.release(self._place.master_lease)
        self._heard = self._watch.now
        self._vacant = None

    # Everybody else

    async def _as_member(self, membership: Membership) -> None:
        if "succeed" in self._tasks:
            return  # it holds the lease a moment before the record says so
        if self._standing.held:
            await self._step_down()
        if not (self._keeper.joined and self._keeper.storage_ok):
            self._heard = self._watch.now  # our own trouble is nobody's silence
            return
        if self.unheard <= self._place.timing.network_silent:
            self._vacant = None
            return
        record = await self._standing.record()
        known = await self._standing.membership()
        if record is None or known.term != membership.term:
            self._heard = self._watch.now  # there is a new master: it will be heard of
            return
        vacancy = await self._vacancy(record)
        if vacancy is None:
            self._vacant = None
            return
        why, patience = vacancy
        if self._vacant is None or self._vacant[0] != why:
            self._vacant = (why, self._watch.now)
        if self._watch.now - self._vacant[1] >= patience:
            self._vacant = None
            self._tasks.start("succeed", self._succeed(why, record))

    async def _vacancy(self, record: PoolDocument) -> tuple[str, float] | None:
        """Why the pool needs a new master, and the seconds to leave the old one; None if it does
        not."""
        t = self._place.timing
        holder = await self._succession.holder()
        if holder is None:
            if self._crashed(record.master.host_id):
                return "its master has crashed", 0.0
            return "nobody holds its master lease", t.isolated
        if holder.host_id != self._place.host_id and self._silent(holder):
            return f"the server of its master (host {holder.host_id}) is silent", 0.0
        return None

    def _silent(self, host: LeaseHost) -> bool:
        return self._keeper.sightings.age(host.host_id) > self._place.timing.storage_silent

    def _crashed(self, host_id: int) -> bool:
        sightings = self._keeper.sightings
        there = sightings.hosts.get(host_id)
        return there is not None and self._silent(there) and sightings.was_alive(host_id)

    async def _rank(self, record: PoolDocument) -> float:
        """Seconds to leave to members that suit better."""
        free = self._env.facts().memory_free
        delay = SPREAD / (1 + max(free, 0) / HALF) + STEP * self._place.host_id
        fit = await self._fit() and not record.member(self._env.me).maintenance
        return delay if fit else delay + UNFIT

    async def _succeed(self, why: str, record: PoolDocument) -> None:
        """Unless another member is faster, for then it holds what ``succession`` needs."""
        await asyncio.sleep(await self._rank(record))
        if await self._succession.run(why, lambda: self.unheard):
            membership = await self._standing.membership()
            self._act(membership.term)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
