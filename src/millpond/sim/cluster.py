"""A scenario's cluster.toml: the servers, the pool's settings, the VMs and where they run at first."""

from uuid import UUID, uuid5

from pydantic import Field

from millpond.domain.ha.rules import AffinityRule
from millpond.domain.ha.settings import HaSettings, Isolation
from millpond.domain.names import Id, InterfaceName, Name
from millpond.domain.server import Role
from millpond.domain.vm import Model, Vif, VmConfig

_SPACE = UUID("5d7e1f52-9f0a-4c55-8a3e-6d6f6e6c7069")
BRIDGE = "xenbr0"
ROOT = "/OVS"


def id_of(kind: str, name: str) -> str:
    """The same id for the same name, always."""
    return str(uuid5(_SPACE, f"{kind}:{name}"))


class ServerSpec(Model):
    """``fence``: it has a BMC that is a fence device, of level 1; ``strip``: and a switched power strip,
    of level ``strip_level``. ``on``: it has power at the beginning."""

    name: Name
    memory: int = Field(default=8192, description="MiB")
    watchdog: bool = True
    fence: bool = True
    strip: bool = False
    strip_level: int = 2
    roles: frozenset[Role] = frozenset(Role)
    maintenance: bool = False
    on: bool = True
    bridges: frozenset[InterfaceName] = frozenset({BRIDGE})

    @property
    def id(self) -> Id:
        return id_of("server", self.name)


class VmSpec(Model):
    """``on`` is the server it runs on at the beginning; None: it is off."""

    name: Name
    on: Name | None = None
    memory: int = Field(default=1024, description="MiB")
    ha: bool = True
    priority: int = 100
    preferred: tuple[Name, ...] = ()
    bridge: InterfaceName = BRIDGE
    deaf: bool = Field(default=False, description="It ignores the power button")

    @property
    def id(self) -> Id:
        return id_of("vm", self.name)

    def config(self) -> VmConfig:
        tail = UUID(self.id).bytes[-3:]
        mac = f"00:16:3e:{tail[0] & 0x7F:02x}:{tail[1]:02x}:{tail[2]:02x}"
        return VmConfig(
            id=self.id,
            name=self.name,
            memory=self.memory,
            max_memory=self.memory,
            vcpus=1,
            max_vcpus=1,
            vifs=(Vif(mac=mac, bridge=self.bridge),),
            tags=("fake:deaf",) if self.deaf else (),
            preferred_servers=self.preferred,
            ha=self.ha,
            restart_priority=self.priority,
        )


class ClusterSpec(Model):
    """The first server is the pool's master at the beginning. ``duration`` is how many seconds are
    simulated after the last event of the timeline."""

    server: tuple[ServerSpec, ...] = Field(min_length=1)
    vm: tuple[VmSpec, ...] = ()
    rule: tuple[AffinityRule, ...] = ()
    enabled: bool = True
    armed: bool = True
    tolerate: int = 0
    isolation: Isolation = Isolation.KEEP
    outage: int = 20
    duration: float = 120.0

    def settings(self) -> HaSettings:
        return HaSettings(
            enabled=self.enabled,
            armed=self.armed,
            tolerate=self.tolerate,
            isolation=self.isolation,
            outage=self.outage,
            rules=self.rule,
        )
