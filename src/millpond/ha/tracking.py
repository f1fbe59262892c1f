"""What each view adds to the stories of failovers."""

from dataclasses import dataclass
from math import inf

from millpond.domain.ha.decision import Decision, Restart
from millpond.domain.ha.facts import Facts
from millpond.domain.ha.failover import Failover, VmFailover
from millpond.domain.ha.silence import Condition, valid_proof
from millpond.domain.ha.view import HostView, PoolView
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import VmDocument, Wanted
from millpond.ha.stories import Stories

SILENT_FOR_GOOD = frozenset({Condition.SILENT, Condition.PROVEN, Condition.EXPIRED})
ALIVE = frozenset({Condition.ONLINE, Condition.ISOLATED})
PATIENCE = 300.0
"""Seconds a started guest is waited for to say something."""


@dataclass
class Tracker:
    stories: Stories
    documents: dict[str, VmDocument]

    def track(self, pool: PoolDocument, view: PoolView, decision: Decision) -> None:
        if not view.settings.enabled:
            return
        facts = Facts(view)
        for host in view.hosts:
            self._open(pool, view, facts, host)
        for action in decision.actions:
            failed_on = action.failed_on if isinstance(action, Restart) else None
            if failed_on and facts.condition.get(failed_on) is not Condition.ONLINE:
                self.stories.outlived(failed_on, view.timing.bound_by_leases)
        for story in list(self.stories.open.values()):
            self._follow(story, facts)

    def _open(self, pool: PoolDocument, view: PoolView, facts: Facts, host: HostView) -> None:
        condition = facts.condition[host.id]
        lost = condition is Condition.STORAGE_LOST
        here = [d for d in self.documents.values() if _guarded_on(d, host.id)]
        if lost:
            here = [d for d in here if d.config.id not in facts.seen]
        if here and (lost or condition in SILENT_FOR_GOOD):
            promised = view.timing.promised(host.fence_seconds if host.fenceable else None)
            silent_for = host.storage_age if lost else min(host.network_age, host.storage_age)
            self.stories.detected(
                pool.member(host.id), pool.term, 0.0 if silent_for == inf else silent_for, promised
            )
            self.stories.concerns(host.id, here)
        if (proof := valid_proof(host)) is not None and condition is Condition.PROVEN:
            self.stories.fenced(host.id, proof)
        elif condition in (Condition.EXPIRED, Condition.LEFT):
            self.stories.outlived(host.id, view.timing.bound_by_leases)

    def _follow(self, story: Failover, facts: Facts) -> None:
        for told in story.vms:
            self._follow_vm(story, told, facts)
        story = self.stories.open[story.server]
        back = facts.condition.get(story.server) in ALIVE
        if back and not any(v.started for v in story.vms):
            self.stories.void(story.server)
        elif story.server not in facts.condition or (
            (back or story.fenced is not None) and all(self._settled(story, v) for v in story.vms)
        ):  # it was taken out of the pool
            self.stories.ended(story.server)

    def _follow_vm(self, story: Failover, told: VmFailover, facts: Facts) -> None:
        """What became of it without us: somebody else's doing, or its server came back."""
        document = self.documents.get(told.vm)
        running = [h.name for h in facts.seen.get(told.vm, ())]
        outcome = ""
        if document is None:
            outcome = "deleted"
        elif document.wanted is not Wanted.ON or not document.config.ha:
            outcome = "not wanted any more"
        elif told.started is None and running:
            outcome = f"runs on {running[0]}"
        if outcome and not self._settled(story, told):
            self.stories.spare(told.vm, outcome)

    def _settled(self, story: Failover, told: VmFailover) -> bool:
        if told.spared or told.started is None:
            return told.spared
        waited = self.stories.time(story) - told.started
        return told.answered is not None or waited > PATIENCE


def _guarded_on(document: VmDocument, server: str) -> bool:
    there = server in (document.placed_on, document.migrating_to)
    return there and document.config.ha and document.wanted is Wanted.ON
