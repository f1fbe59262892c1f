"""On every member: has the pool's repositories mounted, whatever it has been through."""

import asyncio

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.repository import Repository
from millpond.ha.alarms import Alarms
from millpond.ha.env import Env
from millpond.ha.standing import Standing

LOOK_SECONDS = 5.0
TOLD_SECONDS = 4 * LOOK_SECONDS


class Mounting:
    """``usable``: the ids of those that were found to be so at the last look. What is mounted and no
    more the pool's is left alone: whoever detached it saw to that."""

    def __init__(self, env: Env, standing: Standing, alarms: Alarms) -> None:
        self.usable: frozenset[str] = frozenset()
        self._env = env
        self._standing = standing
        self._alarms = alarms

    async def look(self) -> None:
        """To be called every ``LOOK_SECONDS``. Raises ``Refused``, ``Failed``."""
        wanted = list((await self._standing.membership()).repositories)
        if not wanted:
            self.usable = frozenset()
            return
        states = await self._env.agent.repositories.states(wanted)
        pairs = list(zip(wanted, states, strict=True))
        self.usable = frozenset(r.id for r, state in pairs if state.usable)
        lacking = [r for r in wanted if r.id not in self.usable]
        for repository in wanted:
            if repository not in lacking:
                self._alarms.over(f"repository {repository.id}")
        mounted = await asyncio.gather(*(self._mount(r) for r in lacking))
        self.usable |= {r.id for r, done in zip(lacking, mounted, strict=True) if done}

    async def _mount(self, repository: Repository) -> bool:
        try:
            await self._env.agent.repositories.mount(repository)
        except MillpondError as error:
            why = error.message if isinstance(error, Refused) else str(error)
            self._alarms.raised(
                f"repository {repository.id}",
                f"repository {repository.name} cannot be used here: {why}; its VMs cannot start here",
                TOLD_SECONDS,
            )
            return False
        self._alarms.over(f"repository {repository.id}")
        self._env.note("mounted", repository=repository.name)
        return True
