"""Where a lab keeps its things. Standard library only: the servers' PID 1 imports this.

``<root>/<lab>/shared``            the directory every server sees as /OVS
``<root>/<lab>/servers/srv1/etc``  that server's own /etc; ``var`` likewise
``<root>/<lab>/servers/srv1/bmc``  its BMC's, which no server sees
``<root>/<lab>/manager``           the manager's state directory
"""

import os
from dataclasses import dataclass
from pathlib import Path

SHARED_MOUNT = "/OVS"
PID_DIR = "/run/millpond-lab"  # inside a server: one <daemon>.pid for each supervised daemon
LOG_DIR = "/var/log/millpond-lab"  # inside a server
NICS = ("eth0", "eth1")
MANAGER_ADDRESS = "198.18.0.1"  # RFC 2544: the benchmark network, never routed
PREFIX_LENGTH = 24
BMC_NETWORK = "198.18.1.0/24"
MAX_SERVERS = 200


def default_root() -> Path:
    """The directory that holds all labs: MILLPOND_LAB_DIR or /var/lib/millpond-lab."""
    return Path(os.environ.get("MILLPOND_LAB_DIR", "/var/lib/millpond-lab"))


def server_name(index: int) -> str:
    """Servers count from 1: srv1, srv2, ..."""
    return f"srv{index}"


def server_address(index: int) -> str:
    """srv1 is 198.18.0.11; the same in every lab, for no lab's network meets another's."""
    return f"198.18.0.{10 + index}"


def bmc_address(index: int) -> str:
    """The BMC of srv1 is 198.18.1.11: its own address on the network of eth0."""
    return f"198.18.1.{10 + index}"


def nic_mac(index: int, nic: int) -> str:
    """The MAC address of a server's NIC (locally administered)."""
    return f"02:6d:70:00:{nic:02x}:{index:02x}"


def bridge_mac(index: int, nic: int) -> str:
    """The MAC address of xenbr<nic>. Explicit, because systems that share a machine's identity
    would all derive the same one."""
    return f"02:6d:71:00:{nic:02x}:{index:02x}"


def switch_mac(nic: int) -> str:
    """The MAC address of the switch's own interface, behind which manager and BMCs are. Explicit,
    because a bridge changes a derived one with its ports, and who has the old one is cut off until
    its ARP entry is given up."""
    return f"02:6d:72:00:{nic:02x}:01"


@dataclass(frozen=True)
class ServerLayout:
    """The files of one server on the machine that runs the lab."""

    directory: Path

    @property
    def etc(self) -> Path:
        return self.directory / "etc"

    @property
    def var(self) -> Path:
        return self.directory / "var"

    @property
    def new_root(self) -> Path:
        """An empty directory on which PID 1 assembles the server's root file system."""
        return self.directory / "root"

    @property
    def spec(self) -> Path:
        return self.directory / "server.json"

    @property
    def bmc(self) -> Path:
        return self.directory / "bmc"

    @property
    def init_pid(self) -> Path:
        return self.directory / "init.pid"

    @property
    def init_log(self) -> Path:
        return self.directory / "init.log"


@dataclass(frozen=True)
class LabLayout:
    """The files of one lab."""

    directory: Path

    @property
    def shared(self) -> Path:
        return self.directory / "shared"

    @property
    def servers(self) -> Path:
        return self.directory / "servers"

    @property
    def switch_pid(self) -> Path:
        return self.directory / "switch.pid"

    @property
    def board_pid(self) -> Path:
        return self.directory / "board.pid"

    @property
    def board_log(self) -> Path:
        return self.directory / "board.log"

    @property
    def board_socket(self) -> Path:
        return self.directory / "board.sock"

    @property
    def bmc_login(self) -> Path:
        """User and password of every BMC of the lab, as JSON; for root's eyes."""
        return self.directory / "bmc.json"

    @property
    def manager_state(self) -> Path:
        return self.directory / "manager"

    @property
    def manager_settings(self) -> Path:
        """The manager's TOML file; there is none unless somebody writes it."""
        return self.directory / "manager.toml"

    @property
    def manager_pid(self) -> Path:
        return self.directory / "manager.pid"

    @property
    def manager_port(self) -> Path:
        return self.directory / "manager.port"

    @property
    def manager_log(self) -> Path:
        return self.directory / "manager.log"

    def server(self, index: int) -> ServerLayout:
        return ServerLayout(self.servers / server_name(index))

    def indexes(self) -> list[int]:
        """The numbers of the servers that exist, running or not, in order."""
        if not self.servers.is_dir():
            return []
        return sorted(int(p.name.removeprefix("srv")) for p in self.servers.iterdir())
