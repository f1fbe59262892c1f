"""The heartbeat over the network: every member asked at once, none waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from math import inf

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.ha.pulse import Pulse
from millpond.domain.pool import Member, PoolDocument
from millpond.ha.env import Env
from millpond.ha.loops import Tasks
from millpond.ha.sightings import Watch

PulseSelf = Callable[[], Awaitable[Pulse]]


@dataclass
class Peer:
    """``heard`` on the watch's clock, None = never. ``refuses``: it lives, but its last answer said
    nothing of its guests. ``trouble``: why the last question brought no pulse; empty if it did."""

    heard: float | None = None
    pulse: Pulse | None = None
    refuses: bool = False
    trouble: str = ""


class Peers:
    """``heard`` is called with the id of each server that answers. ``longest`` as in ``Watch``;
    ``patience``: seconds an answer may take."""

    def __init__(
        self,
        env: Env,
        pulse_self: PulseSelf,
        heard: Callable[[str], None],
        longest: float,
        patience: float,
    ) -> None:
        self._env = env
        self._pulse_self = pulse_self
        self._heard = heard
        self._patience = patience
        self._watch = Watch(longest)
        self._peers: dict[str, Peer] = {}
        self._tasks = Tasks(env.note)

    def ask(self, pool: PoolDocument) -> None:
        """Ask each member that does not owe an answer."""
        self._watch.look()
        members = {m.id for m in pool.members}
        for gone in [s for s in self._peers if s not in members]:
            del self._peers[gone]
        for member in pool.members:
            self._peers.setdefault(member.id, Peer())
            if member.id not in self._tasks:
                self._tasks.start(member.id, self._ask(pool, member))

    def peer(self, server: str) -> Peer:
        return self._peers.get(server) or Peer()

    def age(self, server: str) -> float:
        """Seconds since the member answered anything; infinite if it never did."""
        heard = self.peer(server).heard
        return inf if heard is None else self._watch.now - heard

    def unanswered(self) -> float:
        """Seconds for which no other member has answered anything; since we began to ask if none ever
        did."""
        others = (p.heard or 0.0 for s, p in self._peers.items() if s != self._env.me)
        return self._watch.now - max(others, default=0.0)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _ask(self, pool: PoolDocument, member: Member) -> None:
        peer = self.peer(member.id)
        try:
            async with asyncio.timeout(self._patience):
                if member.id == self._env.me:
                    peer.pulse = await self._pulse_self()
                else:
                    ha = self._env.peers(member, pool.term).ha
                    peer.pulse = await ha.pulse(pool.id, pool.term, self._env.me)
            peer.refuses, peer.trouble = False, ""
        except Unknown as error:
            peer.trouble = error.cause
            return
        except TimeoutError:
            peer.trouble = f"it did not answer within {self._patience:g} s"
            return
        except (Refused, Failed) as error:
            if not peer.refuses:
                self._env.note("pulse refused", member=member.name, cause=str(error))
            peer.refuses, peer.trouble = True, f"it refuses to say how it is: {error}"
        peer.heard = self._watch.now
        self._heard(member.id)


async def answers(env: Env, member: Member, patience: float) -> bool:
    """Whether the member's agent gives any sign of life within ``patience`` seconds; a refusal is
    one."""
    try:
        async with asyncio.timeout(patience):
            await env.peers(member, None).server.membership()
    except (Unknown, TimeoutError):
        return False
    except (Refused, Failed):
        return True
    return True


async def any_answers(env: Env, members: Iterable[Member], patience: float) -> bool:
    """Whether the agent of any of them does."""
    return any(await asyncio.gather(*(answers(env, m, patience) for m in members)))
