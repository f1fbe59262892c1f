"""What an SP does about faults without being asked: sessions end where there is no path, pools are found full,
rebuilds end, and an SP that is to be down goes."""

import asyncio
import logging
import os
import signal
import time
from collections.abc import Sequence

from millpond.array.iscsi.server import Port
from millpond.array.model import faults, pools
from millpond.array.model.state import State
from millpond.array.model.types import LunKind
from millpond.array.processor import Processor
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
EVERY = 0.25
"""Seconds between two looks."""


class SpDown(OSError):
    """The SP is not to run."""


def check_up(store: Store, sp: str) -> None:
    """Raises ``SpDown``."""
    if faults.kept_down(store.state(), sp):
        raise SpDown(f"SP {sp} is kept down by a fault; millpond-array repair ends it")


async def watch(processor: Processor, store: Store, ports: Sequence[Port]) -> None:
    """Until cancelled."""
    above: frozenset[int] | None = None
    while True:
        await asyncio.sleep(EVERY)
        try:
            if processor.stale:
                await processor.refresh()
            if faults.kept_down(store.state(), processor.sp):
                os.kill(os.getpid(), signal.SIGKILL)
            for port in ports:
                port.end_down()
            if faults.due(store.state(), time.time()):
                await asyncio.to_thread(_finish, store)
            full, now_above = await asyncio.to_thread(_space, store)
            processor.set_full(full)
            processor.warn(
                _thin_of(store.state(), now_above - (now_above if above is None else above))
            )
            above = now_above
        except Exception:
            log.exception("faults cannot be looked after")


def _finish(store: Store) -> None:
    now = time.time()
    store.change(lambda state, _: faults.finish(state, now), now)


def _space(store: Store) -> tuple[frozenset[bytes], frozenset[int]]:
    """The thin LUNs that get no more space, and the pools above their threshold."""
    state = store.state()
    if not state.pools:
        return frozenset(), frozenset()
    usage = store.usage()
    full = [pool.number for pool in state.pools.values() if pools.is_full(state, pool, usage)]
    above = frozenset(
        pool.number
        for pool in state.pools.values()
        for capacity in [pools.capacity(state, pool, usage)]
        if pools.above_threshold(pool, capacity.consumed, capacity.user)
    )
    return _thin_of(state, frozenset(full)), above


def _thin_of(state: State, numbers: frozenset[int]) -> frozenset[bytes]:
    return frozenset(
        bytes.fromhex(lun.wwn)
        for lun in state.luns.values()
        if lun.kind is LunKind.THIN and lun.home in numbers
    )
