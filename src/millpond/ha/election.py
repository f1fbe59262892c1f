"""On every member: who is pool master.

The one whom the pool's record names and who holds the sanlock resource MASTER. Here it is decided
when to take that lease or let go of it, and when a new master is needed: ``succession`` makes one.

A master that is cut from the network lives on the storage, and nobody may take what it holds. So a
member that reaches another asks for it, by holding SUCCESSION, and the master makes way if it hears
nobody at all. Where no member reaches another (two servers, a switch that is gone) none asks.
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
from millpond.ha.peers import any_answers
from millpond.ha.place import Place
from millpond.ha.sightings import Watch
from millpond.ha.standing import Standing
from millpond.ha.succession import Succession, Vacancy

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
    more. ``unanswered``: seconds for which this server as master has had no answer from any other;
    ``fit``: whether this server's hypervisor answers."""

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
        unanswered: Callable[[], float],
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
        self._unanswered = unanswered
        self._fit = fit
        self._watch = Watch(min(t.network_silent, t.storage_silent) / 2)
        self._heard = 0.0
        self._vacant: tuple[str, float] | None = None  # why, and since when
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
                await self._take_unless_asked(membership.term)
        elif not await self._env.lockspaces.holds(self._place.master_lease):
            self._lost("sanlock says that it does not hold the master lease any more")
        elif self._unanswered() > self._place.timing.isolated:
            await self._make_way()

    async def _take_unless_asked(self, term: int) -> None:
        """Who asks is about to take it, whether this server has just made way or begins."""
        if await self._succession.asker() is None:
            self._tasks.start("take", self._take(term))
        else:
            await self._env.lockspaces.release(self._place.master_lease)

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

    async def _make_way(self) -> None:
        """It is cut off. It takes the role again if whoever asked for it ceases to: from now on it
        hears no master, and has not for as long as it heard nobody."""
        asker = await self._succession.asker()
        if asker is None:
            return
        self._env.note("makes way", because="no server answers it", to=f"host {asker.host_id}")
        self._heard = self._watch.now - self._unanswered()
        await self._let_go(False)

    async def _step_down(self) -> None:
        """Another one is master."""
        if self._standing.held is not False:
            self._heard = self._watch.now
        if self._standing.held:
            self._env.note("is pool master no more")
            await self._let_go(None)
        self._standing.held = None
        self._vacant = None

    async def _let_go(self, held: bool | None) -> None:
        """It acts no more before anybody else can."""
        self._standing.held = held
        await self._ended()
        await self._env.lockspaces.release(self._place.master_lease)

    # Everybody else

    async def _as_member(self, membership: Membership) -> None:
        if "succeed" in self._tasks:
            return  # it holds the lease a moment before the record says so
        if self._standing.held is not None:
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
        if self._vacant is None or self._vacant[0] != vacancy.why:
            self._vacant = (vacancy.why, self._watch.now)
        if self._watch.now - self._vacant[1] >= vacancy.patience:
            self._vacant = None
            self._tasks.start("succeed", self._succeed(vacancy, record))

    async def _vacancy(self, record: PoolDocument) -> Vacancy | None:
        t = self._place.timing
        holder = await self._succession.holder()
        if holder is None:
            if self._crashed(record.master.host_id):
                return Vacancy("its master has crashed", 0.0)
            return Vacancy("nobody holds its master lease", t.isolated)
        if holder.host_id == self._place.host_id:
            return None
        if self._silent(holder):
            return Vacancy(f"the server of its master (host {holder.host_id}) is silent", 0.0)
        return Vacancy(f"its master (host {holder.host_id}) hears nobody", t.isolated, lives=True)

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

    async def _succeed(self, vacancy: Vacancy, record: PoolDocument) -> None:
        """Unless another member is faster, for then it holds what ``succession`` needs."""
        await asyncio.sleep(await self._rank(record))
        if vacancy.lives:
            if not await self._reaches_another(record):
                return  # as far as it can tell it is cut off itself
            # If the network has just come back, the master is about to be heard.
            await asyncio.sleep(self._place.timing.network_silent)
        if await self._succession.run(vacancy, lambda: self.unheard):
            membership = await self._standing.membership()
            self._act(membership.term)

    async def _reaches_another(self, record: PoolDocument) -> bool:
        """A member that is not the master."""
        others = (m for m in record.members if m.id not in (self._env.me, record.master.id))
        return await any_answers(self._env, others, self._place.timing.network_silent / 2)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
