"""A storage processor as a whole: its model, its iSCSI ports and its management server in one process."""

import asyncio
import logging
import signal
from functools import partial
from pathlib import Path

from millpond.array import copying, expiring, faulting, governing, metrics, takeover
from millpond.array.exports import ISCSI, SpName
from millpond.array.hold import Hold
from millpond.array.iscsi.server import Port
from millpond.array.mirroring.far import Far
from millpond.array.mirroring.replication import Replication
from millpond.array.model.types import Lun
from millpond.array.navisphere import certificate
from millpond.array.navisphere.server import ManagementServer
from millpond.array.processor import Processor
from millpond.array.state.lun_state import trespassed
from millpond.array.state.peer import other
from millpond.array.statistics import Counted, Statistics, rows
from millpond.array.store.masking import StoredMasking
from millpond.array.store.store import Store

log = logging.getLogger(__name__)
PATIENCE = 30.0
"""Seconds that a command waits for the front end."""


class FrontOwners:
    """Which SP serves a LUN, asked from the threads that carry out commands."""

    def __init__(self, processor: Processor) -> None:
        self._processor = processor
        self._loop = asyncio.get_running_loop()

    def hold(self) -> Hold:
        return Hold(self._processor, self._loop)

    def of(self, lun: Lun) -> SpName:
        refreshed = asyncio.run_coroutine_threadsafe(self._processor.state.refresh(), self._loop)
        refreshed.result(PATIENCE)
        return self._processor.state.of(bytes.fromhex(lun.wwn)).owner or lun.default_owner

    def take(self, lun: Lun) -> None:
        wwn, sp = bytes.fromhex(lun.wwn), self._processor.sp
        decide = partial(trespassed, wwn=wwn, default=lun.default_owner, sp=sp)
        moved = asyncio.run_coroutine_threadsafe(
            self._processor.state.change(wwn, decide), self._loop
        )
        moved.result(PATIENCE)

    def statistics(self) -> Statistics:
        sp, peer = self._processor.sp, self._processor.state.peer
        asked = asyncio.run_coroutine_threadsafe(peer.told({"statistics": True}), self._loop)
        found = {sp: rows(self._processor.counts)}
        told = asked.result(PATIENCE)
        return found if told is None else found | {other(sp): [Counted(*row) for row in told]}


async def serve(
    root: Path, sp: SpName, address: str | None = None, metrics_port: int | None = None
) -> None:
    """Be that SP until SIGTERM. ``address``: where to take commands, if not at the SP's own.
    ``metrics_port``: where Prometheus may ask, if anywhere. Raises OSError (BlockingIOError if it runs
    already)."""
    store = Store(root)
    faulting.check_up(store, sp)
    array = store.state().array
    processor = Processor(root, sp, StoredMasking(store))
    where = address or array.management[sp]
    files = certificate.ensure(root, sp, array.serial, where)
    replication = Replication(processor, store, where, files)
    replication.links.adapt()  # before hosts write
    await processor.serve_peer()
    ports = processor.masking.ports()[sp]
    fronts = {number: Port(processor, number) for number in ports}
    servers = [await fronts[number].listen(at, ISCSI) for number, at in ports.items()]
    management = ManagementServer(store, sp, where, FrontOwners(processor), Far(replication))
    await management.start()
    if metrics_port is not None:
        metrics.serve(processor, store, where, metrics_port, files)
    watching = [
        asyncio.ensure_future(takeover.watch(processor, store)),
        asyncio.ensure_future(copying.watch(processor, store)),
        asyncio.ensure_future(governing.watch(processor, store)),
        asyncio.ensure_future(expiring.watch(store)),
        asyncio.ensure_future(replication.watch()),
        asyncio.ensure_future(faulting.watch(processor, store, list(fronts.values()))),
    ]
    log.info("SP %s takes commands at %s, and iSCSI at %s", sp, where, ports or "no port")
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    await stop.wait()
    for task in watching:
        task.cancel()
    replication.stop()
    for server in servers:
        server.close()
    await management.stop()
