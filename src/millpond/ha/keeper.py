"""On every member: keeps it in its pool's lockspace, and its guests from running without leases.

sanlock kills what loses its lease, and a watchdog resets the server if sanlock cannot. The keeper
stands in where neither does: when sanlock is dead or frozen and there is no watchdog, when a new
sanlock knows nothing of guests that an old one guarded, and when the lockspace file was replaced, so
that sanlock goes on renewing one that the others do not see.
"""

import asyncio
from contextlib import suppress

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.leases import LeaseHost
from millpond.domain.vm import Guest
from millpond.ha.alarms import Alarms
from millpond.ha.env import Env
from millpond.ha.place import Place
from millpond.ha.sightings import Sightings

ANSWER_SECONDS = 5.0
"""sanlock answers from memory; libvirt within moments."""
DESTROY_SECONDS = 3.0
"""Until libvirt must have ended all guests; then they are killed past it."""
FIRST_PATIENCE = 10.0
"""An agent that starts does not know for how long sanlock has been silent."""
OUTSIDE_LOOKS = 2
"""How often in a row sanlock has to say that the lockspace is gone before guests are ended for it."""
REJOIN_SECONDS = 5.0
ENDED_SECONDS = 600.0
WATCHDOG_SECONDS = 60.0
NO_WATCHDOG = (
    "it has no watchdog: if it freezes for longer than {dead:.0f} s and wakes up again, a guest may run"
    " here beside its restarted copy for a moment; load a hardware watchdog's driver or softdog"
)
CLONE = (
    "another server has joined the pool's lockspace as host {host_id} under this one's name, which threw"
    " this one out: find the copy of this server, and give it another our_host_name (sanlock.conf)"
)


class Keeper:
    """``sightings`` are fed here for everybody."""

    def __init__(self, env: Env, place: Place, alarms: Alarms) -> None:
        longest = min(place.timing.network_silent, place.timing.storage_silent) / 2
        self.sightings = Sightings(longest)
        self.storage_ok = False
        self.watchdog: str | None = None
        self.lost = asyncio.Event()
        self._env = env
        self._place = place
        self._alarms = alarms
        self._in = False
        self._replaced = False
        self._joining: asyncio.Task[None] | None = None
        self._renewed = self._now() - max(0.0, place.timing.lease_lost - FIRST_PATIENCE)
        self._watchdog_asked: float | None = None
        self._outside = 0
        self._generation = 0

    @property
    def joined(self) -> bool:
        """Whether this server has its host id now, in the lockspace that the others see."""
        return self._in and not self._replaced

    @property
    def own(self) -> LeaseHost | None:
        """Our own delta lease, while it is ours."""
        return self.sightings.hosts.get(self._place.host_id) if self.joined else None

    def stop(self) -> None:
        if self._joining is not None:
            self._joining.cancel()

    async def look(self) -> None:
        """To be called every ``timing.pulse``. Raises ``Failed`` if guests cannot be ended."""
        joined = await self._ask_daemon()
        if joined:
            await self._look_at_storage()
            self._in = True
            self._look_for_a_clone()
        else:
            self._in = False
            self.sightings.blind()
            self.storage_ok = False
        if joined is None:
            await self._without_daemon()
        elif joined:
            self._alarms.over("lockspace")
            self._outside = 0
            await self._check_renewal()
            await self._ask_watchdog()
        else:
            await self._outside_lockspace()

    async def _ask_daemon(self) -> bool | None:
        """None if it does not answer."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                joined = await self._env.lockspaces.joined(self._place.lockspace)
        except (MillpondError, TimeoutError) as error:
            self._alarms.raised("sanlock", f"sanlock does not answer: {error or 'silence'}")
            return None
        self._alarms.over("sanlock")
        if joined and not self._in:
            self._renewed = self._now()
        return joined

    async def _look_at_storage(self) -> None:
        before = self.own
        try:
            hosts = await self._env.lockspaces.hosts(self._place.lockspace)
        except MillpondError as error:
            self.sightings.blind()
            self.storage_ok = False
            if isinstance(error, Refused) and error.code == "lease.replaced":
                self._replaced = True
            else:
                self._renewed = self._now()  # sanlock renews or kills; we cannot see which
            self._alarms.raised("storage", f"the leases cannot be read: {error}")
            return
        self._replaced = False
        self.sightings.saw(hosts)
        self._alarms.over("storage")
        if self.own is not None and self.own != before:
            self._renewed = self._now()
        self.storage_ok = self._unrenewed() <= self._place.timing.storage_silent

    def _look_for_a_clone(self) -> None:
        """sanlock takes two servers of one name for the same, and lets either throw the other out."""
        if self.own is None:
            return
        before, self._generation = self._generation, self.own.generation
        if before and self.own.generation > before + 1:
            self._alarms.raised("clone", CLONE.format(host_id=self._place.host_id), ENDED_SECONDS)

    async def _check_renewal(self) -> None:
        """sanlock says that all is well; see whether its lease says so too, where the others look. It
        renews a lockspace that was replaced as if nothing were: no watchdog helps."""
        if self._unrenewed() > self._place.timing.lease_lost:
            await self.stop_guests("its host lease is not renewed where the others look for it")
            await self._leave()

    async def _leave(self) -> None:
        """So that it joins again, what is there now; its agent ends first if it is master."""
        with suppress(MillpondError, TimeoutError):
            async with asyncio.timeout(ANSWER_SECONDS):
                await self._env.lockspaces.leave(self._place.lockspace)

    async def _without_daemon(self) -> None:
        """While a watchdog stands behind, it resets the server before anybody takes its leases."""
        if self._unrenewed() > self._place.timing.lease_lost and self.watchdog is None:
            await self.stop_guests("sanlock does not answer, and nothing renews its host lease")

    async def _outside_lockspace(self) -> None:
        """A guest that runs now has no lease: it ends before this server joins, for by joining the
        server tells all others that what it held before is free."""
        self._outside += 1
        if self._joining is not None and not self._joining.done():
            return
        if await self._has_guests():
            if self._outside < OUTSIDE_LOOKS or not await self._others_may_take_leases():
                return
            await self.stop_guests("this server has lost its place in the pool's lockspace")
        self._joining = asyncio.create_task(self._join(), name="join lockspace")

    async def _has_guests(self) -> bool:
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                return bool(await self._env.agent.hypervisor.guests())
        except (MillpondError, TimeoutError):
            return True  # as far as we know

    async def _others_may_take_leases(self) -> bool:
        """Without a lockspace nobody can, and ending guests would help nobody. One that only this server
        does not see is there for the others: they wait until its own leases have run out."""
        try:
            await self._env.lockspaces.hosts(self._place.lockspace)
        except Refused as refused:
            self._alarms.raised("lockspace", f"{refused}; {refused.fix}")
            unseen = refused.code == "storage.unavailable"
            return unseen and self._unrenewed() > self._place.timing.lease_lost
        return True

    async def _join(self) -> None:
        self._env.note("joining the lockspace", host_id=self._place.host_id)
        try:
            await self._env.lockspaces.join(self._place.lockspace)
        except MillpondError as error:
            fix = f"; {error.fix}" if isinstance(error, Refused) else ""
            self._alarms.raised("lockspace", f"it cannot join the pool's lockspace: {error}{fix}")
            await asyncio.sleep(REJOIN_SECONDS)
            return
        self._env.note("joined the lockspace", host_id=self._place.host_id)

    async def stop_guests(self, reason: str) -> None:
        """End all guests here, whatever it takes. Whoever waits for ``lost`` hears of it: nothing
        that this server holds is certain any more. Raises ``Failed`` if some cannot be killed."""
        self.lost.set()
        try:
            async with asyncio.timeout(DESTROY_SECONDS):
                if not (guests := await self._env.agent.hypervisor.guests()):
                    return
                self._env.note("ending all guests", reason=reason, guests=len(guests))
                await asyncio.gather(*(self._destroy(g) for g in guests))
                if not await self._env.agent.hypervisor.guests():
                    self._tell_ended(len(guests), reason)
                    return
        except (MillpondError, TimeoutError) as error:
            self._env.note("the hypervisor does not end the guests", cause=str(error) or "silence")
        if killed := await self._env.processes.kill():
            self._tell_ended(killed, reason)

    async def _destroy(self, guest: Guest) -> None:
        await self._env.agent.hypervisor.destroy(guest.id)

    def _tell_ended(self, count: int, reason: str) -> None:
        what = f"guests that were ended here: {count}, because {reason}; see why sanlock stopped"
        self._alarms.raised("ended", what, ENDED_SECONDS)

    async def _ask_watchdog(self) -> None:
        now = self._now()
        if self._watchdog_asked is not None and now - self._watchdog_asked < WATCHDOG_SECONDS:
            return
        try:
            self.watchdog = await self._env.lockspaces.watchdog()
        except MillpondError:
            return
        self._watchdog_asked = now
        if self.watchdog is None:
            dead = self._place.timing.host_dead
            self._alarms.raised("watchdog", NO_WATCHDOG.format(dead=dead))
        else:
            self._alarms.over("watchdog")

    def _unrenewed(self) -> float:
        """Real seconds since our delta lease was seen to advance: here, no benefit of doubt."""
        return self._now() - self._renewed

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
