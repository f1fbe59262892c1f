"""``ports.luns`` in memory. Time is the event loop's alone."""

import asyncio

from millpond.domain.errors import Failed
from millpond.ports.luns import Reservation


class FakeLuns:
    """``held`` are the LUNs and their reservations; ``deaf`` those that do not answer; ``stubborn``
    those that say they have preempted and did not. ``latency`` in seconds."""

    def __init__(self, latency: float = 0.01) -> None:
        self.held: dict[str, Reservation] = {}
        self.deaf: set[str] = set()
        self.stubborn: set[str] = set()
        self._latency = latency

    async def data_luns(self) -> frozenset[str]:
        return frozenset(self.held)

    async def reservation(self, lun: str) -> Reservation:
        await self._answered(lun, "read the reservation of")
        return self.held[lun]

    async def preempt(self, lun: str, key: int) -> None:
        await self._answered(lun, "preempt a key on")
        if lun not in self.stubborn:
            self.held[lun] = self.held[lun]._replace(keys=self.held[lun].keys - {key})

    async def _answered(self, lun: str, what: str) -> None:
        await asyncio.sleep(self._latency)
        if lun in self.deaf:
            raise Failed(f"{what} {lun}", "it does not answer")
