"""Bridges, VLANs and bonds on one server."""

from typing import Protocol

from millpond.domain.pool import BridgeSpec
from millpond.domain.server import Bridge, Nic


class Bridges(Protocol):
    """Linux bridges (ip-link(8)). Creating what exists alike and deleting what is gone do
    nothing."""

    async def bridges(self) -> list[Bridge]: ...

    async def nics(self) -> list[Nic]:
        """Physical (and veth) interfaces, bonds and VLANs; not bridges, taps or loopback."""
        ...

    async def create(self, spec: BridgeSpec) -> Bridge:
        """Create the bridge with a MAC of its own, forward delay 0, and its NIC (bond and VLAN made
        first where asked for) enslaved, and bring all up. If the NIC carries addresses they move to
        the bridge. Raises ``Refused``: ``request.not_found`` (no such NIC), ``object.exists``
        (there, but different), ``bridge.unsupported`` (kernel without 8021q or bonding)."""
        ...

    async def delete(self, name: str) -> None:
        """Raises ``Refused(bridge.in_use)`` naming the guests' taps still in it. Addresses go back
        to the NIC."""
        ...
