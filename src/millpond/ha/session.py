"""A server's life in one pool: its loops, from joining it to leaving it."""

import asyncio

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.ha.pulse import Pulse
from millpond.domain.server import Membership
from millpond.ha.alarms import Alarms
from millpond.ha.election import Election
from millpond.ha.env import Env
from millpond.ha.fencing import Fencer
from millpond.ha.guard import Guard
from millpond.ha.isolation import Isolated
from millpond.ha.keeper import Keeper
from millpond.ha.loops import Tasks, after, every
from millpond.ha.master import Master
from millpond.ha.mounting import LOOK_SECONDS, Mounting
from millpond.ha.place import Place
from millpond.ha.report import Report
from millpond.ha.standing import Standing
from millpond.ha.stories import Stories
from millpond.ha.succession import Succession

LEAVE_SECONDS = 10.0
ISOLATION_SECONDS = 5.0


class Session:
    """``alarms`` are this server's, told in its pulse; ``pool_alarms`` those it raises as master.
    ``master`` is there while it acts as one."""

    def __init__(self, env: Env, place: Place, standing: Standing) -> None:
        self.place = place
        self.alarms = Alarms(env.note)
        self.pool_alarms = Alarms(env.note)
        self.standing = standing
        self.fencer = Fencer(env, place, self.pool_alarms)
        self.master: Master | None = None
        self._env = env
        self._keeper = Keeper(env, place, self.alarms)
        self._report = Report(env)
        self._stories = Stories(env, place)
        self._election = Election(
            env,
            place,
            self.standing,
            self._keeper,
            self.alarms,
            Succession(env, place, self.standing, self._keeper, self.fencer, self._stories),
            self._begin_mastering,
            self._end_mastering,
            self._unanswered,
            self._fit,
        )
        self._isolated = Isolated(
            env, place, self.standing, self._keeper, self._election, self.alarms
        )
        self._guard = Guard(env, place, self._keeper, self._report, self.alarms)
        self._mounting = Mounting(env, self.standing, self.alarms)
        self._woken = asyncio.Event()
        self._tasks = Tasks(env.note)

    def fits(self, membership: Membership) -> bool:
        """Whether it is still the same place in the same pool; the master may be another."""
        there = self.place.membership
        return (
            membership.pool,
            membership.cluster_root,
            membership.host_id,
            membership.outage,
        ) == (there.pool, there.cluster_root, there.host_id, there.outage)

    def start(self) -> None:
        note, pulse = self._env.note, after(self.place.timing.pulse)
        self._tasks.start("keeper", every(self._keeper.look, pulse, note))
        self._tasks.start("election", every(self._election.look, self._pause, note))
        self._tasks.start("guard", every(self._guard.look, pulse, note))
        isolation = every(self._isolated.look, after(ISOLATION_SECONDS), note)
        self._tasks.start("isolation", isolation)
        mounting = every(self._mounting.look, after(LOOK_SECONDS), note)
        self._tasks.start("mounting", mounting)

    async def stop(self) -> None:
        """Guests and leases stay as they are."""
        self._keeper.stop()
        self._report.stop()
        await self._tasks.stop()
        await self._election.stop()
        await self._end_mastering()
        self.standing.held = None

    async def leave(self) -> None:
        """Stop, and give the host id back. Raises ``Refused(lease.held)`` while guests run here."""
        await self.stop()
        lockspaces = self._env.lockspaces
        try:
            async with asyncio.timeout(LEAVE_SECONDS):
                await lockspaces.release(self.place.master_lease)
                await lockspaces.leave(self.place.lockspace)
        except (MillpondError, TimeoutError) as error:
            if isinstance(error, Refused) and error.code == "lease.held":
                raise
            self._env.note("the lockspace was not left", cause=str(error) or "silence")

    async def heard(self) -> Pulse:
        """The master asks how this member is."""
        self._election.heard()
        return await self.pulse()

    async def pulse(self) -> Pulse:
        membership = await self.standing.membership()
        seen = await self._report.seen()
        facts = self._env.facts()
        own = self._keeper.own
        processes = frozenset() if seen.answers else await self._env.processes.living()
        return Pulse(
            server=self._env.me,
            boot_id=facts.boot_id,
            term=membership.term,
            host_id=membership.host_id,
            generation=own.generation if own is not None else None,
            hypervisor=seen.answers,
            guests=seen.guests,
            processes=processes,
            coming=seen.coming,
            memory=facts.memory,
            memory_free=facts.memory_free,
            bridges=seen.bridges,
            repositories=self._mounting.usable,
            watchdog=self._keeper.watchdog,
            problems=self.alarms.sentences(),
        )

    def record_changed(self, vm: str | None) -> None:
        """A record was written here; None: the pool's own, which says who is master."""
        if self.master is not None:
            self.master.record_changed()
        if vm is None:
            self._woken.set()

    async def _pause(self) -> None:
        try:
            async with asyncio.timeout(self.place.timing.pulse):
                await self._woken.wait()
        except TimeoutError:
            return
        self._woken.clear()

    async def _fit(self) -> bool:
        return (await self._report.seen()).answers

    def _begin_mastering(self) -> None:
        if self.master is None:
            self.master = Master(
                self._env,
                self.place,
                self._keeper,
                self.standing,
                self.fencer,
                self._stories,
                self.pool_alarms,
                self.pulse,
            )
            self.master.start()

    def _unanswered(self) -> float:
        return self.master.unanswered() if self.master is not None else 0.0

    async def _end_mastering(self) -> None:
        master, self.master = self.master, None
        if master is not None:
            await master.stop()
            self.pool_alarms.clear()
