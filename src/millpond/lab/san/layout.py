"""Where a SAN lab keeps its things, and its addresses.

``<root>/.san/<lab>/nodes/n1``  a node's disk, sockets and console log
``<root>/.san/<lab>/array``     the array
The leading dot keeps it apart from labs made of namespaces, whose names have none.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from millpond.lab.layout import default_root

Sp = Literal["a", "b"]
SPS: tuple[Sp, ...] = get_args(Sp)
Net = Literal["m", "a", "b"]
"""The management network, and the networks of SP A and SP B."""
NETS: tuple[Net, ...] = get_args(Net)
MAX_NODES = 4
CLUSTER = "millpond"
"""The name of o2cb's cluster."""
_SUBNETS = {"m": "198.18.0", "a": "198.19.1", "b": "198.19.2"}  # RFC 2544, never routed


def labs_root() -> Path:
    return default_root() / ".san"


def cache_root() -> Path:
    """What is made once and used by every SAN lab: MILLPOND_CACHE_DIR or /var/cache/millpond."""
    return Path(os.environ.get("MILLPOND_CACHE_DIR", "/var/cache/millpond"))


def node_name(index: int) -> str:
    """Nodes count from 1: n1, n2, ..."""
    return f"n{index}"


def node_address(index: int, net: Net) -> str:
    return f"{_SUBNETS[net]}.{10 + index}"


def node_mac(index: int, net: Net) -> str:
    """Locally administered."""
    return f"02:6d:73:00:{NETS.index(net):02x}:{index:02x}"


def sp_address(sp: Sp) -> str:
    """At which an SP takes commands and iSCSI: on its own network only."""
    return f"{_SUBNETS[sp]}.1"


def initiator_name(index: int) -> str:
    """A node's iSCSI name (RFC 7143 4.2.7)."""
    return f"iqn.2026-01.org.millpond.lab:{node_name(index)}"


@dataclass(frozen=True)
class NodeLayout:
    directory: Path

    @property
    def disk(self) -> Path:
        return self.directory / "disk.qcow2"

    @property
    def initrd(self) -> Path:
        return self.directory / "initrd.img"

    @property
    def console(self) -> Path:
        """What the node said on its serial console, since it was made."""
        return self.directory / "console.log"

    @property
    def agent(self) -> Path:
        return self.directory / "agent.sock"

    @property
    def monitor(self) -> Path:
        return self.directory / "qmp.sock"

    @property
    def pid(self) -> Path:
        return self.directory / "qemu.pid"

    @property
    def log(self) -> Path:
        return self.directory / "qemu.log"

    def pulled(self, net: Net) -> Path:
        """There while the cable is out."""
        return self.directory / f"pulled-{net}"


@dataclass(frozen=True)
class SanLayout:
    directory: Path

    @property
    def network_pid(self) -> Path:
        return self.directory / "network.pid"

    @property
    def array(self) -> Path:
        return self.directory / "array"

    @property
    def spec(self) -> Path:
        """What the lab was made with."""
        return self.directory / "san.json"

    def sp_pid(self, sp: Sp) -> Path:
        return self.directory / f"sp-{sp}.pid"

    def sp_log(self, sp: Sp) -> Path:
        return self.directory / f"sp-{sp}.log"

    @property
    def nodes(self) -> Path:
        return self.directory / "nodes"

    def node(self, index: int) -> NodeLayout:
        return NodeLayout(self.nodes / node_name(index))

    def indexes(self) -> list[int]:
        """The numbers of the nodes that exist, running or not, in order."""
        if not self.nodes.is_dir():
            return []
        return sorted(int(p.name.removeprefix("n")) for p in self.nodes.iterdir())
