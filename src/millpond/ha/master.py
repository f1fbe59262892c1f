"""On the master: look, decide, act; once per pulse, and as soon as an action is done."""

import asyncio
from contextlib import suppress
from math import inf

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.ha.brain import decide
from millpond.domain.ha.silence import Condition, conditions
from millpond.domain.ha.status import HaStatus
from millpond.domain.placement import repositories_of
from millpond.domain.pool import PoolDocument
from millpond.ha.actions import Actions
from millpond.ha.alarms import Alarms
from millpond.ha.env import Env
from millpond.ha.fencing import CHECK_SECONDS, Fencer
from millpond.ha.keeper import Keeper
from millpond.ha.loops import Tasks, after, every
from millpond.ha.monitor import Monitor
from millpond.ha.peers import Peers, PulseSelf
from millpond.ha.place import Place
from millpond.ha.standing import Standing
from millpond.ha.status import lasting, status_of
from millpond.ha.stories import Stories
from millpond.ha.tracking import Tracker
from millpond.ha.tries import Tries

LIVES = {
    Condition.ONLINE: True,
    Condition.ISOLATED: True,
    Condition.SILENT: False,
    Condition.PROVEN: False,
    Condition.EXPIRED: False,
}
"""What a fence device should say: on or off. Of others nobody knows."""


GATHER_SECONDS = 0.1


class Master:
    """From the moment this server holds the role until it does not. ``alarms`` are those of the
    pool."""

    def __init__(
        self,
        env: Env,
        place: Place,
        keeper: Keeper,
        standing: Standing,
        fencer: Fencer,
        stories: Stories,
        alarms: Alarms,
        pulse_self: PulseSelf,
    ) -> None:
        t = place.timing
        longest = min(t.network_silent, t.storage_silent) / 2
        tries = Tries()
        self._env = env
        self._place = place
        self._keeper = keeper
        self._standing = standing
        self._fencer = fencer
        self._stories = stories
        self._alarms = alarms
        self._peers = Peers(env, pulse_self, fencer.alive, longest, t.network_silent / 2)
        self._monitor = Monitor(env, place, keeper, self._peers, fencer, tries)
        self._done = asyncio.Event()
        self._actions = Actions(
            env,
            place,
            keeper,
            self._peers,
            self._monitor,
            fencer,
            stories,
            tries,
            self._done,
        )
        self._status: HaStatus | None = None
        self._told: dict[str, object] | None = None
        self._lives: dict[str, bool] = {}
        self._pool: PoolDocument | None = None
        self._looked = asyncio.Event()
        self._tasks = Tasks(env.note)
        self.wake = self._done.set
        self.record_changed = self._monitor.record_changed

    def start(self) -> None:
        note = self._env.note
        self._tasks.start("master", every(self._look_and_act, self._pause, note))
        check = every(self._check_devices, after(CHECK_SECONDS), note)
        self._tasks.start("fence devices", check)

    async def stop(self) -> None:
        await self._tasks.stop()
        await self._actions.stop()
        await self._peers.stop()

    def status(self) -> HaStatus:
        """Raises ``Refused(server.busy)`` before the first look at the pool."""
        if self._status is None:
            raise Refused(
                "server.busy",
                f"server {self._env.me}",
                "has just become pool master and looks around",
                "ask again in a moment",
            )
        return self._status

    def unanswered(self) -> float:
        """Seconds for which no other member has answered us."""
        return self._peers.unanswered()

    def check_devices(self) -> None:
        """The fence devices changed: check them soon."""
        self._tasks.start("check", self._check_devices())

    async def _pause(self) -> None:
        """Until the next pulse, or until an action is done; several may be within a moment."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._place.timing.pulse):
                await self._done.wait()
                await asyncio.sleep(GATHER_SECONDS)
        self._done.clear()

    async def _look_and_act(self) -> None:
        pool = await self._standing.record()
        if pool is None or pool.master.id != self._env.me:
            return  # the election ends this
        if self._pool is None:
            await self._begin(pool)
        view = await self._monitor.look(pool)
        unread = self._judge_repositories(pool)
        found = conditions(view)
        self._pool = pool
        self._looked.set()
        self._lives = {s: LIVES[c] for s, c in found.items() if self._certain(pool, s, c)}
        decision = decide(view)
        if self._status is None or self._status.sentence != decision.sentence:
            self._env.note("decided", sentence=decision.sentence)
        for action in decision.actions:
            self._actions.start(action, pool)
        Tracker(self._stories, self._monitor.documents).track(pool, view, decision)
        alarms = self._alarms.sentences()
        status = status_of(
            pool, view, found, decision, self._peers, self._fencer, self._stories, alarms
        )
        self._status = status.model_copy(update={"unread": unread})
        await self._tell()

    def _judge_repositories(self, pool: PoolDocument) -> dict[str, str]:
        """Those whose records cannot be read: nobody else is harmed, and somebody has to know."""
        unread = self._monitor.unread
        for repository in pool.repositories:
            key, why = f"repository {repository.id}", unread.get(repository.id)
            if why is None:
                self._alarms.over(key)
            else:
                lying = [
                    d.config.name
                    for d in self._monitor.documents.values()
                    if repository.id in repositories_of(d.config, d.repository)
                ]
                self._alarms.raised(
                    key,
                    f"the pool master cannot read repository {repository.name}: {why}; nothing can be"
                    f" done with its VMs ({', '.join(sorted(lying)) or 'none known'}) until it is back",
                )
        return dict(unread)

    def _certain(self, pool: PoolDocument, server: str, condition: Condition) -> bool:
        """Renewals that were never seen to advance may be those of a server long dead."""
        if condition is Condition.ISOLATED:
            return self._keeper.sightings.was_alive(pool.member(server).host_id)
        return condition in LIVES

    async def _begin(self, pool: PoolDocument) -> None:
        """What the last master left."""
        host_ids = {m.id: m.host_id for m in pool.members}

        def silent_for(server: str) -> float:
            age = self._keeper.sightings.age(host_ids.get(server, 0))
            return age if age > self._place.timing.storage_silent else inf

        try:
            await self._fencer.read()
            await self._stories.resume(silent_for)
            self._fencer.remember(self._stories.off)
        except MillpondError as error:
            self._env.note("failed", cause=str(error))

    async def _tell(self) -> None:
        status = self.status()
        for story in await self._stories.save():
            self._env.told(status, story)
            self._told = lasting(status)
        if self._told != lasting(status):
            self._env.told(status, None)
            self._told = lasting(status)

    async def _check_devices(self) -> None:
        await self._looked.wait()
        if self._pool is not None:
            await self._fencer.check(self._pool, self._alive)

    def _alive(self, server: str) -> bool | None:
        """As of the last look."""
        return self._lives.get(server)
