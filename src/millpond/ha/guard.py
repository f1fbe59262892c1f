"""On every member: ends a guest that runs although its lease is not this server's.

sanlock does not look at leases that it has given: one that was cleared on the word of a lying fence
device, of a server that was silent and comes back before its sanlock has lost anything, is somebody
else's, and so is the disk.
"""

import asyncio

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.leases import LeaseOwner
from millpond.domain.vm import Guest, Power
from millpond.ha.alarms import Alarms
from millpond.ha.env import Env
from millpond.ha.keeper import ENDED_SECONDS, Keeper
from millpond.ha.place import Place
from millpond.ha.report import Report

ANSWER_SECONDS = 5.0


class Guard:
    """A guest that is paused is left alone: it writes nothing, and gets no lease back that was
    another's. In a live migration the source is paused before its lease moves, and the target runs
    only once it has it, so that no guest is found without its lease twice in a row."""

    def __init__(
        self, env: Env, place: Place, keeper: Keeper, report: Report, alarms: Alarms
    ) -> None:
        self._env = env
        self._place = place
        self._keeper = keeper
        self._report = report
        self._alarms = alarms
        self._strays: set[tuple[str, str]] = set()

    async def look(self) -> None:
        """To be called every ``timing.pulse``. Raises ``Refused``, ``Failed``."""
        before, self._strays = self._strays, set()
        self._strays = await self._without_lease()
        if twice := before & self._strays:
            await self._end(twice)

    async def _without_lease(self) -> set[tuple[str, str]]:
        """VM and run of each guest that runs here while its lease is another's or nobody's."""
        seen = await self._report.seen()
        runs = {g.vm: g.run for g in seen.guests if g.power is Power.RUNNING}
        own = self._keeper.own
        if not seen.answers or not runs or own is None:
            return set()
        leases = {self._place.vm_lease(vm): vm for vm in runs}
        try:
            owners = await self._env.lockspaces.owners(leases)
        except Refused:
            return set()  # the keeper says so
        me = LeaseOwner(host_id=own.host_id, generation=own.generation)
        return {(leases[r], runs[leases[r]]) for r, owner in owners.items() if owner != me}

    async def _end(self, strays: set[tuple[str, str]]) -> None:
        """Those of them that run at this very moment."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                for guest in await self._env.agent.hypervisor.guests():
                    if (guest.id, guest.run) in strays and guest.power is Power.RUNNING:
                        await self._destroy(guest)
        except TimeoutError:
            self._env.note("failed", cause="the hypervisor does not end a guest without a lease")

    async def _destroy(self, guest: Guest) -> None:
        self._env.note("ending a guest", vm=guest.config.name, because="its lease is not ours")
        try:
            await self._env.agent.hypervisor.destroy(guest.id)
        except MillpondError as error:
            self._env.note("failed", what=f"the end of {guest.config.name}", cause=str(error))
            return
        self._alarms.raised(
            f"stray {guest.id}",
            f"{guest.config.name} was ended here, for its lease had been given to others while it ran:"
            " see the pool's alarms for a fence device that lied",
            ENDED_SECONDS,
        )
