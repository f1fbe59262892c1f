"""On every member: what to do about its guests when it hears no master, and nobody else either."""

import asyncio

from millpond.domain.errors import MillpondError
from millpond.domain.ha.settings import Isolation
from millpond.domain.pool import Member
from millpond.domain.vm import Wanted
from millpond.ha.alarms import Alarms
from millpond.ha.election import Election
from millpond.ha.env import Env
from millpond.ha.keeper import Keeper
from millpond.ha.peers import any_answers
from millpond.ha.place import Place
from millpond.ha.standing import Standing

AGAIN_SECONDS = 60.0
"""A guest that does not shut down is asked again; it is never forced: its lease is in order."""


class Isolated:
    """Guests are left alone, or shut down so that the rest of the pool can start them elsewhere. A
    server that reaches any other member is not isolated: its pool only has no master. Nor is the last
    one that lives: there is nobody who could start its guests."""

    def __init__(
        self,
        env: Env,
        place: Place,
        standing: Standing,
        keeper: Keeper,
        election: Election,
        alarms: Alarms,
    ) -> None:
        self._env = env
        self._place = place
        self._standing = standing
        self._keeper = keeper
        self._election = election
        self._alarms = alarms
        self._asked: dict[str, float] = {}

    async def look(self) -> None:
        """To be called every few seconds."""
        membership = await self._standing.membership()
        unheard = self._election.unheard
        if membership.master == self._env.me or unheard <= self._place.timing.isolated:
            self._alarms.over("isolated")
            self._asked.clear()
            return
        if not self._keeper.storage_ok:
            return  # without the storage its guests go anyway
        record = await self._standing.record()
        others = [m for m in record.members if m.id != self._env.me] if record is not None else []
        if await any_answers(self._env, others, self._place.timing.network_silent / 2):
            self._alarms.raised("isolated", "it has heard no pool master for a while")
            return
        if not any(self._lives(m) for m in others):
            self._alarms.raised("isolated", "no other server of its pool lives")
            return
        self._alarms.raised("isolated", "it reaches no other server of its pool: check its network")
        if membership.isolation is Isolation.SHUTDOWN:
            await self._shut_down()

    def _lives(self, member: Member) -> bool:
        """By its heartbeat on the storage."""
        return self._keeper.sightings.age(member.host_id) <= self._place.timing.storage_silent

    async def _shut_down(self) -> None:
        documents = await self._env.records.vms(self._place.root)
        guarded = {d.config.id for d in documents if d.config.ha and d.wanted is Wanted.ON}
        now = asyncio.get_running_loop().time()
        for guest in await self._env.agent.hypervisor.guests():
            if guest.id not in guarded:
                continue
            if now - self._asked.get(guest.id, -AGAIN_SECONDS) < AGAIN_SECONDS:
                continue
            self._asked[guest.id] = now
            self._env.note("shutting down, for the server is isolated", vm=guest.config.name)
            try:
                await self._env.agent.hypervisor.shutdown(guest.id)
            except MillpondError as error:
                self._env.note("failed", what="shutdown", cause=str(error))
