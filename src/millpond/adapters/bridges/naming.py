"""What bridges and their ports are called, the same for real ones and fakes."""

import hashlib

from millpond.domain.pool import BridgeSpec


def bridge_mac(server: str, name: str) -> str:
    """The MAC of a server's bridge: the same after every reboot, different on every server.

    Left to itself, a bridge takes the lowest MAC of its ports, which changes as guests come and
    go, or one derived from the machine id, which cloned servers share. Locally administered
    unicast (IEEE 802: bit 1 set, bit 0 clear in the first byte).
    """
    digest = bytearray(hashlib.sha256(f"{server}/{name}".encode()).digest()[:6])
    digest[0] = digest[0] & 0xFC | 0x02
    return ":".join(f"{byte:02x}" for byte in digest)


def vlan_name(nic: str, vlan: int) -> str:
    """``eth0.42``, shortened where that would be longer than an interface name may be (15)."""
    name = f"{nic}.{vlan}"
    return name if len(name) <= 15 else f"vlan{vlan}.{nic}"[:15]


def port_name(spec: BridgeSpec) -> str:
    """The interface that becomes the bridge's port."""
    nic = spec.nic or ""
    return vlan_name(nic, spec.vlan) if spec.vlan is not None else nic
