"""The storage that all servers share, and each server's way to it."""

import asyncio

from millpond.adapters.fake.guests import FakeGuest
from millpond.adapters.fake.ha_records import FakeFailovers, FakeFenceRecords
from millpond.adapters.fake.lockspace_store import MemoryStore
from millpond.adapters.fake.records import RecordStore
from millpond.domain.errors import Refused
from millpond.sim.clock import VirtualLoop


class LeaseStore(MemoryStore):
    """Asks its loop for the time without looking for it: somebody wants to know it all the time."""

    def __init__(self, loop: VirtualLoop) -> None:
        super().__init__()
        self._loop = loop

    def now(self) -> float:
        return self._loop.time()


class Storage:
    """What lies on it. It outlives every server."""

    def __init__(self, loop: VirtualLoop) -> None:
        self.records = RecordStore()
        self.leases = LeaseStore(loop)
        self.images: dict[str, FakeGuest] = {}
        self.fencing = FakeFenceRecords()
        self.failovers = FakeFailovers()


class Path:
    """One server's way to the storage. ``latency`` in seconds; ``gone``: accesses hang, and fail
    after ``queueing`` seconds (multipath's)."""

    def __init__(self, queueing: float) -> None:
        self.latency = 0.0
        self._queueing = queueing
        self.gone = False
        self._back = asyncio.Event()

    def cut(self) -> None:
        self.gone = True
        self._back.clear()

    def restore(self) -> None:
        self.gone = False
        self._back.set()

    async def access(self) -> None:
        """Raises ``Refused(storage.unavailable)``."""
        if self.latency:
            await asyncio.sleep(self.latency)
        if self.gone:
            try:
                async with asyncio.timeout(self._queueing):
                    await self._back.wait()
            except TimeoutError:
                raise Refused(
                    "storage.unavailable",
                    "the cluster root",
                    f"its storage did not answer within {self._queueing:g} s",
                    "check the server's paths to it",
                ) from None
