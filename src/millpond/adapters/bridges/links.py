"""Network links as rtnetlink(7) tells of them, reduced to what bridges need."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from millpond.domain.server import Bridge, Nic

ARPHRD_ETHER = 1
IFF_UP = 0x1

UPLINK_KINDS = frozenset({"", "veth", "vlan", "bond", "macvlan", "ipvlan"})
"""Kinds that lead out of the server; "" is hardware."""

GUEST_KINDS = frozenset({"tun", "vif"})
"""Kinds of a guest's end of a VIF: tap devices (QEMU) and Xen's netback."""

GUEST_PREFIXES = ("vnet", "tap", "vif")

MARK = "millpond"
"""The ifalias of bonds and VLANs that were made for a bridge and go with it."""


@dataclass(frozen=True)
class Link:
    """One interface. ``master`` and ``lower`` are interface indexes (0 = none); ``lower`` is the
    NIC under a VLAN."""

    index: int
    name: str
    kind: str
    mac: str
    up: bool
    master: int
    lower: int
    hardware: bool
    ours: bool

    @property
    def is_bridge(self) -> bool:
        return self.kind == "bridge"

    @property
    def is_uplink(self) -> bool:
        """Physical and veth interfaces, bonds, VLANs: what a bridge may be given as its NIC."""
        return self.hardware and self.kind in UPLINK_KINDS

    @property
    def is_guest(self) -> bool:
        """A guest is plugged in here."""
        return self.kind in GUEST_KINDS or self.name.startswith(GUEST_PREFIXES)


def parse(message: Any) -> Link:
    """A link from pyroute2's message."""
    info = message.get_attr("IFLA_LINKINFO")
    kind = info.get_attr("IFLA_INFO_KIND") if info is not None else None
    return Link(
        index=message["index"],
        name=message.get_attr("IFLA_IFNAME"),
        kind=kind or "",
        mac=message.get_attr("IFLA_ADDRESS") or "",
        up=bool(message["flags"] & IFF_UP),
        master=message.get_attr("IFLA_MASTER") or 0,
        lower=message.get_attr("IFLA_LINK") or 0,
        hardware=message["ifi_type"] == ARPHRD_ETHER,
        ours=message.get_attr("IFLA_IFALIAS") == MARK,
    )


def as_nic(link: Link, links: list[Link]) -> Nic:
    """The domain's view of an uplink."""
    masters = [other.name for other in links if other.index == link.master]
    return Nic(
        name=link.name,
        mac=link.mac,
        up=link.up,
        speed=_speed(link.name),
        master=masters[0] if masters else None,
    )


def as_bridge(link: Link, links: list[Link], addresses: list[str]) -> Bridge:
    """The domain's view of a bridge; ``addresses`` are CIDR strings."""
    return Bridge(
        name=link.name,
        mac=link.mac,
        up=link.up,
        ports=tuple(sorted(other.name for other in links if other.master == link.index)),
        addresses=tuple(addresses),
    )


def _speed(name: str) -> int | None:
    """Mbit/s from sysfs (Documentation/ABI/testing/sysfs-class-net); reading it fails with EINVAL
    on links that are down, and is -1 where unknown."""
    try:
        value = int(Path("/sys/class/net", name, "speed").read_text())
    except (OSError, ValueError):
        return None
    return value if value > 0 else None
