"""A server: its roles, and what it says of itself (inventory)."""

from enum import StrEnum

from pydantic import Field

from millpond.domain.ha.settings import Isolation
from millpond.domain.names import Id
from millpond.domain.repository import Repository
from millpond.domain.vm import Model

AGENT_PORT = 8899


class Role(StrEnum):
    """What a server does in its pool; any combination."""

    MASTER = "master"
    UTILITY = "utility"
    VM = "vm"


class Acceleration(StrEnum):
    KVM = "kvm"
    TCG = "tcg"
    XEN = "xen"


class Cpu(Model):
    model: str
    vendor: str
    flags: tuple[str, ...]
    sockets: int
    cores: int = Field(description="Cores per socket")
    threads: int = Field(description="Threads per core")
    mhz: float

    @property
    def logical(self) -> int:
        """Processors the scheduler sees."""
        return self.sockets * self.cores * self.threads


class NumaNode(Model):
    node: int
    memory: int = Field(description="MiB")
    cpus: tuple[int, ...]


class Nic(Model):
    name: str
    mac: str
    up: bool
    speed: int | None = Field(default=None, description="Mbit/s, None when unknown")
    master: str | None = Field(default=None, description="The bridge or bond it belongs to")


class Bridge(Model):
    name: str
    mac: str
    up: bool
    ports: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()


class StorageView(Model):
    """A repository directory as this server sees it; sizes in bytes."""

    path: str
    available: bool
    filesystem: str = ""
    total: int = 0
    free: int = 0


class Inventory(Model):
    """Everything the agent knows of its server. Memory in MiB, clock in seconds since 1970 UTC."""

    id: Id
    hostname: str
    agent_version: str
    libvirt_version: str
    hypervisor: str = Field(description="Such as 'QEMU 7.2.18'")
    acceleration: Acceleration
    acceleration_proof: str = Field(description="What was tried, and what came of it")
    cpu: Cpu
    numa: tuple[NumaNode, ...]
    memory: int
    memory_free: int
    nics: tuple[Nic, ...]
    bridges: tuple[Bridge, ...]
    storage: tuple[StorageView, ...]
    clock: float
    boot_id: str
    kernel: str
    repositories: frozenset[Id] = Field(
        default=frozenset(), description="Those of its pool that it has and can use"
    )
    joined: bool = Field(
        default=False, description="It has its host id in its pool's lockspace: guests can start"
    )


class Membership(Model):
    """What an agent remembers of its pool, so that it can act with the manager off."""

    pool: Id
    pool_name: str
    master: Id
    master_address: str
    cluster_root: str
    host_id: int
    term: int
    outage: int = Field(description="Seconds, see HaSettings")
    isolation: Isolation
    repositories: tuple[Repository, ...] = Field(
        default=(), description="Those that this server shall have, besides the cluster root"
    )
