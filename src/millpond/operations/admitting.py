"""Admission: may this be done with room still kept for the failures that the pool tolerates?"""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from millpond.domain.ha.admission import check, shortage
from millpond.domain.placement import Placement, place
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import VmDocument, Wanted
from millpond.operations.placing import Inventories, RoomCheck, candidates_of, inventories
from millpond.operations.vms import Vm
from millpond.ports.world import World

FORCE = "Even if the pool could then no longer restart its HA VMs after a failure"


class Survey(NamedTuple):
    """A pool at a glance: its members' inventories, the records of its VMs."""

    known: Inventories
    vms: list[VmDocument]


def keeps_room(pool: PoolDocument) -> bool:
    return pool.ha.enabled and pool.ha.tolerate > 0


async def admit(
    world: World,
    subject: str,
    before: PoolDocument,
    after: PoolDocument,
    changed: Iterable[VmDocument] = (),
    known: Inventories | None = None,
) -> None:
    """Raise ``Refused(ha.admission)`` if the pool would be shorter of room than it is. ``changed``: the
    VMs that would be new or other than recorded. ``known``: the inventories, if they were asked."""
    if not keeps_room(after):
        return
    known = known or await inventories(world, after)
    _admit(subject, before, after, changed, Survey(known, await world.vms(before)))


def _admit(
    subject: str,
    before: PoolDocument,
    after: PoolDocument,
    changed: Iterable[VmDocument],
    survey: Survey,
) -> None:
    documents = {d.config.id: d for d in survey.vms}
    later = documents | {d.config.id: d for d in changed}
    now = shortage(candidates_of(before, survey.known, ()), documents.values(), before.ha)
    then = shortage(candidates_of(after, survey.known, ()), later.values(), after.ha)
    check(subject, now, then)


def running_on(document: VmDocument, server: str) -> VmDocument:
    """The record of the VM as it is once it runs there."""
    return document.model_copy(
        update={"placed_on": server, "migrating_to": None, "wanted": Wanted.ON}
    )


async def survey(world: World, pool: PoolDocument, on: str | None, *, force: bool) -> Survey:
    """What ``choose`` has to know, asked all at once."""
    asks_all = keeps_room(pool) and not force
    asked = inventories(world, pool, None if asks_all else on)
    return Survey(*await asyncio.gather(asked, world.vms(pool)))


def choose(
    pool: PoolDocument, document: VmDocument, on: str | None, around: Survey, *, force: bool
) -> Placement:
    """A server for a VM that is off. Raises ``Refused``: ``placement.none``, ``ha.admission`` (but not
    with ``force``)."""
    config = document.config
    others = [d for d in around.vms if d.config.id != config.id]
    able = candidates_of(pool, around.known, others)
    placement = place(config, able, on, pool.ha.rules, document.repository)
    if keeps_room(pool) and not force:
        started = running_on(document, placement.server)
        _admit(f"vm {config.name}", pool, pool, [started], around)
    return placement


def room_check(vm: Vm, before: VmDocument) -> RoomCheck:
    """For a step that writes the VM's record: admission once more, against the VM as it was ``before``."""

    async def check(pool: PoolDocument, documents: list[VmDocument]) -> None:
        if not keeps_room(pool):
            return
        known = await inventories(vm.world, pool)
        changed = [_arrived(d) for d in documents if d.config.id == vm.id]
        earlier = [before if d.config.id == vm.id else d for d in documents]
        _admit(f"vm {before.config.name}", pool, pool, changed, Survey(known, earlier))

    return check


def _arrived(document: VmDocument) -> VmDocument:
    """The record as it is once a migration under way has ended."""
    target = document.migrating_to
    return running_on(document, target) if target is not None else document
