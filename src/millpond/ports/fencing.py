"""Cutting a server off, and having it confirmed: local to the pool master, not part of the wire."""

from typing import Protocol

from millpond.domain.fencing import DeviceState, FenceAgent, FenceDevice
from millpond.domain.ha.proof import Claim


class Fencing(Protocol):
    """One engine for fence devices of any kind. Secrets in ``device`` never reach an argument list
    or a log. Every call is bounded by the device's own timeout."""

    async def off(self, device: FenceDevice) -> Claim:
        """Cut the server off and read back that it is. Off already is fine. Raises ``Failed`` with
        what the device said, or that it did not answer in time."""
        ...

    async def on(self, device: FenceDevice) -> None:
        """Let the server come back. Raises ``Failed``."""
        ...

    async def state(self, device: FenceDevice) -> DeviceState:
        """What the device says of the server, changing nothing. Raises ``Failed``."""
        ...

    async def check(self, device: FenceDevice) -> None:
        """Whether the device's agent exists and takes these arguments. Raises
        ``Refused(fence.invalid)`` naming each argument that does not fit, and the agent's own
        description of those it needs."""
        ...

    async def agents(self) -> list[str]:
        """The names of the agents that are installed here, sorted."""
        ...

    async def describe(self, agent: str) -> FenceAgent:
        """The agent by its own metadata. Raises ``Refused(request.not_found)`` if it is not
        installed here, ``Failed`` if it does not describe itself."""
        ...
