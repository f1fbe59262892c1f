"""Destroys snapshots whose time has come. Each SP looks, for the other one may be down; who comes second finds nothing."""

import asyncio
import logging
import time

from millpond.array.model import snaps
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
EVERY = 10.0
"""Seconds between two looks."""


async def watch(store: Store) -> None:
    """Until cancelled."""
    while True:
        await asyncio.sleep(EVERY)
        try:
            if snaps.expired(store.state(), time.time()):
                await asyncio.to_thread(expire, store)
        except Exception:
            log.exception("snapshots that have expired cannot be destroyed")


def expire(store: Store) -> None:
    store.change(lambda state, _: snaps.expire(state), time.time())
