"""``ports.fencing`` over two engines: one for the pool's LUNs, one for the servers' power."""

from millpond.adapters.fencing.scsi_pr import ScsiPr
from millpond.domain.fencing import SCSI_PR, DeviceState, FenceAgent, FenceDevice
from millpond.domain.ha.proof import Claim
from millpond.ports.fencing import Fencing


class ByAgent:
    def __init__(self, power: Fencing, scsi: ScsiPr) -> None:
        self._power = power
        self._scsi = scsi

    async def off(self, device: FenceDevice) -> Claim:
        return await self._engine(device).off(device)

    async def on(self, device: FenceDevice) -> None:
        """A server registers its key itself as it boots: nothing keeps it from that."""
        if device.agent != SCSI_PR:
            await self._power.on(device)

    async def state(self, device: FenceDevice) -> DeviceState:
        return await self._engine(device).state(device)

    async def check(self, device: FenceDevice) -> None:
        await self._engine(device).check(device)

    async def agents(self) -> list[str]:
        return await self._power.agents()

    async def describe(self, agent: str) -> FenceAgent:
        return await self._power.describe(agent)

    def _engine(self, device: FenceDevice) -> Fencing | ScsiPr:
        return self._scsi if device.agent == SCSI_PR else self._power
