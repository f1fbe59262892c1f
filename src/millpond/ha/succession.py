"""Becoming pool master in place of one that is gone.

The sanlock resource SUCCESSION is held throughout, so no two members are ever at it; it is only ever
taken as sanlock gives it, never cleared. The old master's server is proven dead by its fence devices,
or waited for until sanlock itself calls it dead. One that lives is asked: it sees on the storage who
holds SUCCESSION, and makes way if it hears nobody.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.fencing import longest
from millpond.domain.ha.proof import Proof
from millpond.domain.ha.view import FenceState
from millpond.domain.leases import HostState, LeaseHost, Resource
from millpond.domain.pool import Member, PoolDocument, mastered_by
from millpond.domain.timing import AGENT_RESTART
from millpond.ha.env import Env
from millpond.ha.fencing import Fencer
from millpond.ha.keeper import Keeper
from millpond.ha.loops import Tasks
from millpond.ha.peers import answers
from millpond.ha.place import Place
from millpond.ha.standing import Standing
from millpond.ha.stories import Stories

ACQUIRE_SECONDS = 5.0
"""A free lease takes milliseconds; sanlock waits for long where it does not know who lives."""
ASKING_SECONDS = 10.0
"""For so long at a time a master that lives is asked to make way. It looks once a second."""
WRITES = 5


class _CalledOff(Exception):
    """The old master lives, or somebody else was faster."""


@dataclass(frozen=True)
class Vacancy:
    """``why`` the pool needs a new master, in half a sentence, and the seconds to leave the old one.
    ``lives``: that one holds its lease and can only be asked for it."""

    why: str
    patience: float
    lives: bool = False


class Succession:
    def __init__(
        self,
        env: Env,
        place: Place,
        standing: Standing,
        keeper: Keeper,
        fencer: Fencer,
        stories: Stories,
    ) -> None:
        self._env = env
        self._place = place
        self._standing = standing
        self._keeper = keeper
        self._fencer = fencer
        self._stories = stories
        self._unheard: Callable[[], float] = lambda: 0.0
        self._answered: dict[str, float] = {}
        self._tasks = Tasks(env.note)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def holder(self) -> LeaseHost | None:
        """The host that holds the master lease; None if it is free, as one of an older generation
        is. Raises ``Refused``."""
        return await self._holder(self._place.master_lease)

    async def asker(self) -> LeaseHost | None:
        """The other host, alive, that is about to be master or asks us to make way. Raises
        ``Refused``."""
        holder = await self._holder(self._place.succession_lease)
        if holder is None or holder.host_id == self._place.host_id or not self._renews(holder):
            return None
        return holder

    async def _holder(self, resource: Resource) -> LeaseHost | None:
        owner = await self._env.lockspaces.owner(resource)
        if owner is None:
            return None
        host = self._keeper.sightings.hosts.get(owner.host_id)
        if host is None or host.state is HostState.FREE or host.generation > owner.generation:
            return None
        return host

    async def run(self, vacancy: Vacancy, unheard: Callable[[], float]) -> bool:
        """True once this server is master: by the lease and by the record. ``unheard``: seconds since
        the old master was heard. Raises ``Refused`` where leases or storage fail."""
        self._unheard = unheard
        if not await self._acquired(self._place.succession_lease):
            return False
        dead: Member | None = None
        try:
            if vacancy.lives and not await self._made_way():
                return False
            self._env.note("the pool needs a new master", because=vacancy.why)
            record = await self._record()
            holder = await self.holder()
            dead = next((m for m in record.members if holder and m.host_id == holder.host_id), None)
            if holder is not None:
                await self._outlive(record, dead, holder)
            await self._become_master(record)
        except _CalledOff as reason:
            self._env.note("no new master is needed", because=str(reason))
            if dead is not None:
                self._stories.void(dead.id)
            return False
        finally:
            await self._env.lockspaces.release(self._place.succession_lease)
        return True

    async def _made_way(self) -> bool:
        """Whether the master lets go of its lease, and not because it dies."""
        until = self._now() + ASKING_SECONDS
        while self._now() < until and self._unheard() > self._place.timing.network_silent:
            holder = await self.holder()
            if holder is None:
                return True
            if not self._renews(holder):
                return False
            await asyncio.sleep(self._place.timing.pulse)
        return False

    def _renews(self, host: LeaseHost) -> bool:
        return self._keeper.sightings.age(host.host_id) <= self._place.timing.storage_silent

    async def _record(self) -> PoolDocument:
        """The pool's record, while it names the same old master."""
        known = await self._standing.membership()
        record = await self._standing.record()
        if record is None or record.master.id == self._env.me:
            raise _CalledOff("the pool's record is another one now")
        if (record.master.id, record.term) != (known.master, known.term):
            raise _CalledOff(f"{record.master.name} is master now")
        return record

    async def _outlive(self, record: PoolDocument, dead: Member | None, holder: LeaseHost) -> None:
        """Until the lease of ``holder`` can be had: cleared, or free by sanlock's own judgement."""
        self._check_silence(holder)
        await self._fencer.read()
        if dead is not None and record.ha.enabled:
            self._tell(record, dead, holder)
        while not self._is_over(holder):
            proof = await self._proof(record, dead, holder)
            if proof is not None:
                await self._env.lockspaces.clear(self._place.master_lease, proof)
                return
            await asyncio.sleep(self._place.timing.pulse)
            self._check_silence(holder)
        if dead is not None:
            self._stories.outlived(dead.id, self._place.timing.bound_by_leases)

    def _is_over(self, holder: LeaseHost) -> bool:
        """Whether sanlock gives away by itself what it held."""
        now = self._keeper.sightings.hosts[holder.host_id]
        free = now.state in (HostState.FREE, HostState.DEAD)
        return free or now.generation != holder.generation

    def _check_silence(self, holder: LeaseHost) -> None:
        t = self._place.timing
        if self._unheard() <= t.network_silent:
            raise _CalledOff("the master was heard again")
        if self._renews(holder):
            raise _CalledOff("the master's server renews its lease again")

    def _silent(self, holder: LeaseHost) -> bool:
        t, sightings = self._place.timing, self._keeper.sightings
        return (
            self._unheard() > t.network_silent
            and sightings.current
            and sightings.age(holder.host_id) > t.storage_silent
        )

    async def _proof(
        self, record: PoolDocument, dead: Member | None, holder: LeaseHost
    ) -> Proof | None:
        """Of a server that was seen to live before, by its fence devices; None if there is none (yet).
        One that was silent from the first may be about to boot: it gets the time that sanlock takes."""
        settings = record.ha
        if dead is None or not (settings.enabled and settings.armed):
            return None
        if not self._keeper.sightings.was_alive(holder.host_id):
            return None
        attempt = self._fencer.attempt(dead.id)
        if attempt.state is FenceState.RUNNING or self._now() < attempt.retry_at:
            return None
        if not self._fencer.fenceable(dead.id):
            return None
        # Longer than the server itself waits for a storage that hangs before it says no.
        silent = self._place.timing.network_silent
        if await answers(self._env, dead, silent / 2):
            self._answered[dead.id] = self._now()
            return None  # it lives, and loses its leases without our help
        if self._now() - self._answered.get(dead.id, -inf) < AGENT_RESTART + silent:
            return (
                None  # so it did a moment ago: its agent was killed for lost leases, and restarts
            )
        before = self._keeper.sightings.hosts[holder.host_id]
        self._check_silence(before)
        self._stories.decided(dead.id)
        self._env.note("fencing", server=dead.name, because="it was master and is silent")
        try:
            proof = await self._fenced(dead, before)
        except MillpondError as error:
            self._env.note("failed", what="fence", cause=str(error))
            return None
        if proof is None:
            return None
        self._stories.fenced(dead.id, proof)
        return proof

    async def _fenced(self, dead: Member, before: LeaseHost) -> Proof | None:
        """None if its leases ran out, or it came back, while its devices were still waited for. These end
        what they have begun: a server that was switched off without a proof of it would not be switched
        on again."""
        silent = partial(self._silent, before)
        fence = asyncio.create_task(self._fencer.fence(dead, before, silent))
        try:
            while not fence.done() and not self._is_over(before):
                await asyncio.wait((fence,), timeout=self._place.timing.pulse)
        except BaseException:
            fence.cancel()
            await asyncio.gather(fence, return_exceptions=True)
            raise
        if not fence.done():
            self._tasks.start(f"fence {dead.id}", self._finish(fence, dead))
            return None
        if (proof := fence.result()) is None:
            raise _CalledOff("the master's server may live")
        return proof

    async def _finish(self, fence: asyncio.Task[Proof | None], dead: Member) -> None:
        """The fencer keeps the proof. Whoever ends this ends the fence. If no master was made of it,
        because the server had just come back, nobody else knows that it was switched off."""
        if await fence is None or self._standing.held:
            return
        self._env.note("powering on", server=dead.name, because="it came back as it was fenced")
        await self._fencer.power_on(dead.id)

    def _tell(self, record: PoolDocument, dead: Member, holder: LeaseHost) -> None:
        devices = self._fencer.devices(dead.id) if self._fencer.fenceable(dead.id) else ()
        self._stories.detected(
            dead,
            record.term + 1,
            min(self._unheard(), self._keeper.sightings.age(holder.host_id)),
            self._place.timing.promised(longest(devices) if devices else None),
        )

    async def _become_master(self, expected: PoolDocument) -> None:
        lease = self._place.master_lease
        if not await self._acquired(lease):
            raise _CalledOff("the master lease is somebody else's")
        self._standing.held = True
        try:
            await self._write(expected)
        except BaseException:
            self._standing.held = None
            await self._env.lockspaces.release(lease)
            raise

    async def _write(self, expected: PoolDocument) -> None:
        for attempt in range(1, WRITES + 1):
            record = await self._record()
            if (record.master.id, record.term) != (expected.master.id, expected.term):
                raise _CalledOff(f"{record.master.name} is master now")
            try:
                await self._env.records.put_pool(mastered_by(record, self._env.me))
                break
            except Refused as refused:
                if refused.code != "pool.stale" or attempt == WRITES:
                    raise
        await self._standing.record()  # and remember what it says now

    async def _acquired(self, resource: Resource) -> bool:
        """False if another one has it, or may have."""
        try:
            async with asyncio.timeout(ACQUIRE_SECONDS):
                await self._env.lockspaces.acquire(resource)
        except TimeoutError:
            return False
        except Refused as refused:
            if refused.code == "lease.held":
                return False
            raise
        return True

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
