"""Failovers as they happen, stage by stage, and their records on the cluster root."""

from collections.abc import Callable
from dataclasses import dataclass, field

from millpond.domain.errors import MillpondError
from millpond.domain.ha.failover import Failover, VmFailover
from millpond.domain.ha.proof import Proof
from millpond.domain.names import Id
from millpond.domain.pool import Member
from millpond.domain.vm import VmDocument, Wanted
from millpond.ha.env import Env
from millpond.ha.place import Place

LIVES = "its server lives"
BY_LEASES = "its leases ran out"
RESUMED = 20


def how(proof: Proof) -> str:
    """Which devices confirmed, in their words."""
    return "; ".join(f"{c.device} ({c.method.value}): {c.detail}" for c in proof.claims)


@dataclass
class Stories:
    """The open failovers by server id. Times are the wall clock's. Whoever becomes master in the
    course of one goes on with what it knows of it."""

    env: Env
    place: Place
    open: dict[str, Failover] = field(default_factory=dict)
    _unsaved: dict[Id, Failover] = field(default_factory=dict)
    _saved: set[Id] = field(default_factory=set)

    async def resume(self) -> None:
        """Go on with what the last master began. Raises ``Refused``."""
        for story in await self.env.failovers.failovers(self.place.root, RESUMED):
            if story.ended is None and story.server not in self.open:
                self.open[story.server] = story
                self._saved.add(story.id)

    def detected(self, member: Member, term: int, silent_for: float, promised: float) -> None:
        """``member`` is silent on network and storage; seconds. Known already: nothing."""
        if member.id in self.open:
            return
        now = self.env.wall()
        self._put(
            Failover(
                id=self.env.new_id(),
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

    def fenced(self, server: str, proof: Proof | None) -> None:
        """Proven dead, or (None) by its lease."""
        story = self.open.get(server)
        if story is not None and story.fenced is None:
            said = how(proof) if proof is not None else BY_LEASES
            when = {"decided": story.decided or self.env.wall(), "fenced": self.env.wall()}
            self._put(story.model_copy(update={**when, "how": said}))

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
                self.vm(told.vm, lambda v: v.model_copy(update={"outcome": LIVES}))
            self.ended(server)
        else:
            del self.open[server]
            self._unsaved.pop(story.id, None)

    def vm(self, vm: str, change: Callable[[VmFailover], VmFailover]) -> None:
        """Change what is told of the VM, in whichever open failover it is."""
        for story in list(self.open.values()):
            told = tuple(change(v) if v.vm == vm else v for v in story.vms)
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
            written.append(story)
        return written

    def _stage(self, server: str, stage: str) -> None:
        story = self.open.get(server)
        if story is not None and getattr(story, stage) is None:
            self._put(story.model_copy(update={stage: self.env.wall()}))

    def _put(self, story: Failover) -> None:
        if story.server not in self.open or self.open[story.server].id == story.id:
            self.open[story.server] = story
        self._unsaved[story.id] = story
