"""On every member: ends a guest that runs although its lease is not this server's.

sanlock does not look at leases that it has given: one that was cleared on the word of a lying fence
device, of a server that was silent and comes back before its sanlock has lost anything, is somebody
else's, and so is the disk.
"""

import asyncio
from collections.abc import Mapping

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
        seen = await self._report.seen()
        if seen.answers:
            running = {(g.vm, g.run) for g in seen.guests if g.power is Power.RUNNING}
            self._strays = await self._without_lease(running, seen.directories)
        if twice := before & self._strays:
            await self._end(twice)

    async def _without_lease(
        self, running: set[tuple[str, str]], directories: Mapping[str, str]
    ) -> set[tuple[str, str]]:
        """Those of the guests (VM and run) that run here whose lease is another's or nobody's. None
        while this server's own generation may be that of before it joined again."""
        own = self._keeper.own
        if not running or own is None or not self._keeper.sightings.current:
            return set()
        leases = {self._place.vm_lease(vm, directories[vm]): (vm, run) for vm, run in running}
        try:
            owners = await self._env.lockspaces.owners(leases)
        except Refused:
            return set()  # the keeper says so
        me = LeaseOwner(host_id=own.host_id, generation=own.generation)
        return {leases[r] for r, owner in owners.items() if owner != me}

    async def _end(self, strays: set[tuple[str, str]]) -> None:
        """Those of them that run without their lease at this very moment: what the report said may be
        some seconds old."""
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                guests = {(g.id, g.run): g for g in await self._env.agent.hypervisor.guests()}
                running = {k for k in strays & guests.keys() if guests[k].power is Power.RUNNING}
                directories = {g.id: g.directory for g in guests.values()}
                for key in sorted(await self._without_lease(running, directories)):
                    await self._destroy(guests[key])
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
            f"{guest.config.name} was ended here, for its lease was not this server's while it ran: see"
            " the pool's alarms",
            ENDED_SECONDS,
        )
