"""A call to a fence device, named and bounded in time."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from millpond.domain.errors import Failed
from millpond.domain.fencing import FenceDevice


def step(device: FenceDevice, action: str) -> str:
    return f"fence device {device.name}: {action}"


@asynccontextmanager
async def bounded(device: FenceDevice, action: str) -> AsyncIterator[None]:
    """Raises ``Failed`` when the device's time is over; what runs then is killed."""
    try:
        async with asyncio.timeout(device.timeout):
            yield
    except TimeoutError:
        raise Failed(
            step(device, action), f"it did not answer within {device.timeout:g} s"
        ) from None
