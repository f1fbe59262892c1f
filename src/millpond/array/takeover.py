"""What an SP does for one that is dead or frozen: it resets it, and serves its LUNs."""

import asyncio
import logging

from millpond.array.exports import SpName
from millpond.array.processor import Processor
from millpond.array.state.lun_state import Change, LunState, trespassed
from millpond.array.state.peer import other
from millpond.array.state.shared import Decide
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
EVERY = 1.0
"""Seconds between two looks at the peer. One that is dead has lost its LUNs after that; one that is frozen
after ``state.peer.PATIENCE`` more."""


async def watch(processor: Processor, store: Store) -> None:
    """Until cancelled, whatever goes wrong: nobody else takes the peer's LUNs over."""
    peer = processor.state.peer
    while True:
        await asyncio.sleep(EVERY)
        try:
            if peer.alive():
                await peer.ask({})
            if not peer.alive():
                await take_over(processor, store)
        except Exception:
            log.exception("the peer cannot be watched")


async def take_over(processor: Processor, store: Store) -> None:
    """Own what the dead peer owns. Raises OSError."""
    sp, dead = processor.sp, other(processor.sp)
    await processor.state.refresh()
    for lun in store.state().luns.values():
        wwn = bytes.fromhex(lun.wwn)
        if (processor.state.of(wwn).owner or lun.default_owner) == dead:
            await processor.state.change(wwn, _taken(processor, wwn, lun.default_owner, sp))
            log.warning("SP %s is down: LUN %s trespassed to SP %s", dead, lun.number, sp)


def _taken(processor: Processor, wwn: bytes, default: SpName, sp: SpName) -> Decide:
    def decide(state: LunState) -> Change | None:
        alive = processor.state.peer.alive()
        return None if alive else trespassed(state, wwn, default, sp)

    return decide
