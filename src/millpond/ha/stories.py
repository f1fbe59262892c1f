"""Failovers as they happen, stage by stage, and their records on the cluster root."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf

from millpond.domain.errors import MillpondError
from millpond.domain.ha.failover import Failover, Measured, SwitchedOff, VmFailover, worse
from millpond.domain.ha.proof import Proof
from millpond.domain.names import Id
from millpond.domain.pool import Member
from millpond.domain.vm import VmDocument, Wanted
from millpond.ha.env import Env
from millpond.ha.place import Place

LIVES = "its server lives"
BY_LEASES = "its leases ran out"
KEPT = 1000
"""As many as the records' own limit."""


def how(proof: Proof) -> str:
    """Which devices confirmed, in their words."""
    return "; ".join(f"{c.device} ({c.method.value}): {c.detail}" for c in proof.claims)


@dataclass
class Stories:
    """The open failovers by server id. Whoever becomes master in the course of one goes on with what it
    knows of it. ``last`` and ``worst`` are of those that have ended. ``off``: how each server was last
    switched off, by id."""

    env: Env
    place: Place
    open: dict[str, Failover] = field(default_factory=dict)
    last: Measured | None = None
    worst: Measured | None = None
    off: dict[Id, SwitchedOff] = field(default_factory=dict)
    _unsaved: dict[Id, Failover] = field(default_factory=dict)
    _saved: set[Id] = field(default_factory=set)
    _silent: dict[Id, float] = field(default_factory=dict)
    """When each began, on the loop's clock."""

    async def resume(self, silent_for: Callable[[str], float]) -> None:
        """Go on with what the last master began. ``silent_for``: the seconds for which the storage has
        not heard of a server; infinite if it is not silent. Raises ``Refused``."""
        self.last = self.worst = None
        for story in reversed(await self.env.failovers.failovers(self.place.root, KEPT)):
            self._count(story)
            if story.off is not None:
                self.off[story.server] = story.off
            if story.ended is None and self.open.setdefault(story.server, story) is story:
                self._saved.add(story.id)
                gone_by = self._gone_by(story, silent_for(story.server))
                self._silent[story.id] = self._now() - gone_by

    def _gone_by(self, story: Failover, silent_for: float) -> float:
        """Seconds since it began. Two clocks may differ, and what the storage tells is late by a
        renewal at most; neither can be less than what was told already."""
        told = story.told_until - story.silent
        by_clock = self.env.wall() - story.silent
        return min((t for t in (by_clock, silent_for) if told <= t < inf), default=told)

    def detected(self, member: Member, term: int, silent_for: float, promised: float) -> None:
        """``member`` is silent on network and storage; seconds. Known already: nothing."""
        if member.id in self.open:
            return
        now, id_ = self.env.wall(), self.env.new_id()
        self._silent[id_] = self._now() - silent_for
        self._put(
            Failover(
                id=id_,
                server=member.id,
                server_name=member.name,
                term=term,
                silent=now - silent_for,
                detected=now,
                promised=promised,
            )
        )

    def concerns(self, server: str, documents: list[VmDocument]) -> None:
        """The HA guests that were there."""
        story = self.open.get(server)
        if story is None:
            return
        known = {v.vm for v in story.vms}
        fresh = tuple(
            VmFailover(vm=d.config.id, name=d.config.name)
            for d in documents
            if d.config.id not in known
            and d.config.ha
            and d.wanted is Wanted.ON
            and server in (d.placed_on, d.migrating_to)
        )
        if fresh:
            self._put(story.model_copy(update={"vms": (*story.vms, *fresh)}))

    def decided(self, server: str) -> None:
        self._stage(server, "decided")

    def fenced(self, server: str, proof: Proof) -> None:
        """Proven dead. After ``outlived``: devices that were still waited for say so later."""
        story = self.open.get(server)
        if story is None:
            return
        changes = self._out(story, how(proof))
        if story.off is None:
            changes["off"] = SwitchedOff(
                generation=proof.generation, devices=tuple(c.device for c in proof.claims)
            )
        if changes:
            self._put(story.model_copy(update=changes))

    def outlived(self, server: str, promised: float) -> None:
        """Dead by its leases: no device has confirmed it, so what is ``promised`` for that counts."""
        story = self.open.get(server)
        if story is not None and story.fenced is None:
            changes = self._out(story, BY_LEASES) | {"promised": promised}
            self._put(story.model_copy(update=changes))

    def _out(self, story: Failover, how_: str) -> dict[str, object]:
        if story.fenced is not None:
            return {}
        now = self.time(story)
        return {"decided": story.decided or now, "fenced": now, "how": how_}

    def cleared(self, server: str) -> None:
        self._stage(server, "leases_cleared")

    def ended(self, server: str) -> None:
        self._stage(server, "ended")
        self.open.pop(server, None)

    def void(self, server: str) -> None:
        """It lives, and none of its guests was started again."""
        story = self.open.get(server)
        if story is None:
            return
        if story.id in self._saved:
            for told in story.vms:
                self.spare(told.vm, LIVES)
            self.ended(server)
        else:
            del self.open[server]
            self._unsaved.pop(story.id, None)
            self._silent.pop(story.id, None)

    def started(self, vm: str, server: str) -> None:
        """On the server of that name; only the first time counts."""

        def change(told: VmFailover, now: float) -> VmFailover:
            again = {"server": server, "started": now, "outcome": f"started on {server}"}
            return told if told.started is not None else told.model_copy(update=again)

        self._change(vm, change)

    def answered(self, vm: str) -> None:
        def change(told: VmFailover, now: float) -> VmFailover:
            first = told.started is not None and told.answered is None
            return told.model_copy(update={"answered": now}) if first else told

        self._change(vm, change)

    def failed(self, vm: str, why: str) -> None:
        """A start of it, which will be repeated."""
        self._change(vm, lambda told, _: told.model_copy(update={"outcome": why}))

    def spare(self, vm: str, why: str) -> None:
        """It needs no start by us any more, or has no place for now."""
        self._change(vm, lambda v, _: v.model_copy(update={"outcome": why, "spared": True}))

    def time(self, story: Failover) -> float:
        """Now, as the story counts: a clock that is set meanwhile changes nothing."""
        return story.silent + self._now() - self._silent[story.id]

    def _change(self, vm: str, change: Callable[[VmFailover, float], VmFailover]) -> None:
        """Change what is told of the VM, in whichever open failover it is."""
        for story in list(self.open.values()):
            now = self.time(story)
            told = tuple(change(v, now) if v.vm == vm else v for v in story.vms)
            if told != story.vms:
                self._put(story.model_copy(update={"vms": told}))

    async def save(self) -> list[Failover]:
        """Write what has changed; returns what was written. The rest is tried again next time."""
        written = []
        for story in list(self._unsaved.values()):
            try:
                await self.env.failovers.put_failover(self.place.root, story)
            except MillpondError as error:
                self.env.note("a failover's record was not written", cause=str(error))
                break
            if self._unsaved.get(story.id) is story:
                del self._unsaved[story.id]
            self._saved.add(story.id)
            if story.ended is not None:
                self._saved.discard(story.id)
                self._silent.pop(story.id, None)
                self._count(story)
            written.append(story)
        return written

    def _stage(self, server: str, stage: str) -> None:
        story = self.open.get(server)
        if story is not None and getattr(story, stage) is None:
            self._put(story.model_copy(update={stage: self.time(story)}))

    def _count(self, story: Failover) -> None:
        result = story.result
        if result is not None:
            self.last, self.worst = result, worse(self.worst, result)

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()

    def _put(self, story: Failover) -> None:
        if story.server not in self.open or self.open[story.server].id == story.id:
            self.open[story.server] = story
        self._unsaved[story.id] = story
