"""Fence devices of the agent ``scsi-pr``: the server's key is taken from every LUN of the pool, whose
reservations then refuse its writes (SPC-4 5.13).

Argument ``key``: the server's, up to 16 hexadecimal digits. There is one device for all LUNs, and one
claim: a server that can still write to any of them is not cut off.
"""

import asyncio
import re

from millpond.adapters.fencing.bounded import bounded, step
from millpond.adapters.fencing.fitting import invalid
from millpond.domain.errors import Failed
from millpond.domain.fencing import DeviceState, FenceDevice
from millpond.domain.ha.proof import Claim, FenceMethod
from millpond.ports.luns import Luns, Reservation

NO_LUN = "the pool has no block-device LUN, so there is nothing to cut the server off from"
_FIX = "use a device that switches the server's power, such as fence_ipmilan"
_KEY = re.compile(r"(0x)?[0-9a-f]{1,16}", re.IGNORECASE)


class NoLuns:
    """Of a pool on NFS, or on a disk that servers do not reach by SCSI."""

    async def data_luns(self) -> frozenset[str]:
        return frozenset()

    async def reservation(self, lun: str) -> Reservation:
        raise Failed(f"read the reservation of {lun}", NO_LUN)

    async def preempt(self, lun: str, key: int) -> None:
        raise Failed(f"preempt a key on {lun}", NO_LUN)


class ScsiPr:
    """What ``ports.fencing`` asks of one device, for this agent."""

    def __init__(self, luns: Luns) -> None:
        self._luns = luns

    async def off(self, device: FenceDevice) -> Claim:
        """Read back from all, those that the pool has got meanwhile included."""
        async with bounded(device, "off"):
            key = _key(device, "off")
            luns = await self._all(device, "off")
            await asyncio.gather(*(self._luns.preempt(lun, key) for lun in luns))
            there = await self._all(device, "off")
            open_ = await self._writable(there, key)
        if open_:
            raise Failed(step(device, "off"), f"it may still write to {', '.join(open_)}")
        said = f"key {key:#x} is gone from all LUNs ({len(there)}), read back"
        return Claim(FenceMethod.SCSI_PR, device.name, said)

    async def state(self, device: FenceDevice) -> DeviceState:
        """Off where it can write to none. Raises ``Failed`` where it can to some: that is neither."""
        async with bounded(device, "status"):
            key = _key(device, "status")
            luns = await self._all(device, "status")
            open_ = await self._writable(luns, key)
        if open_ and len(open_) < len(luns):
            raise Failed(step(device, "status"), f"it may write to {', '.join(open_)} alone")
        return DeviceState.ON if open_ else DeviceState.OFF

    async def check(self, device: FenceDevice) -> None:
        complaint = ""
        if set(device.arguments) != {"key"} or device.secrets:
            complaint = "scsi-pr takes the argument key, and no other"
        elif not _KEY.fullmatch(device.arguments["key"]) or not _key(device, "check"):
            complaint = "key is a number of up to 16 hexadecimal digits, and not 0"
        if complaint:
            raise invalid(device, complaint, "give the key that the server registers with")
        if not await self._luns.data_luns():
            raise invalid(device, NO_LUN, _FIX)

    async def _all(self, device: FenceDevice, action: str) -> list[str]:
        luns = sorted(await self._luns.data_luns())
        if not luns:
            raise Failed(step(device, action), NO_LUN)
        return luns

    async def _writable(self, luns: list[str], key: int) -> list[str]:
        """Those that ``key``'s holder may write to."""
        found = await asyncio.gather(*(self._luns.reservation(lun) for lun in luns))
        return [n for n, r in zip(luns, found, strict=True) if key in r.keys or not r.guards]


def _key(device: FenceDevice, action: str) -> int:
    """The record may be older than the rules."""
    try:
        return int(device.arguments["key"], 16)
    except (KeyError, ValueError):
        raise Failed(step(device, action), "it has no key") from None
