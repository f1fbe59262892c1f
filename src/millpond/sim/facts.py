"""What a simulated server says of itself, and its bridges."""

from millpond import __version__
from millpond.adapters.fake.guests import FakeGuest
from millpond.domain.errors import Refused
from millpond.domain.pool import BridgeSpec
from millpond.domain.repository import RepositoryState
from millpond.domain.server import Acceleration, Bridge, Cpu, Inventory, Membership, Nic
from millpond.sim.machine import Machine

_CPU = Cpu(
    model="Simulated", vendor="Millpond", flags=(), sockets=1, cores=8, threads=1, mhz=2000.0
)


class SimBridges:
    """``ports.bridges`` of a server whose network is what its hardware says."""

    def __init__(self, names: frozenset[str]) -> None:
        self._bridges = [Bridge(name=n, mac="00:16:3e:00:00:01", up=True) for n in sorted(names)]

    async def bridges(self) -> list[Bridge]:
        return self._bridges

    async def nics(self) -> list[Nic]:
        return []

    async def create(self, spec: BridgeSpec) -> Bridge:
        raise _fixed()

    async def delete(self, name: str) -> None:
        raise _fixed()


def _fixed() -> Refused:
    return Refused(
        "bridge.unsupported",
        "a simulated server",
        "its network is part of its hardware",
        "change the scenario's cluster.toml",
    )


class SimDisks:
    """``ports.disks``, as far as suspended guests need it: their images."""

    def __init__(self, images: dict[str, FakeGuest]) -> None:
        self._images = images

    async def size(self, path: str) -> int | None:
        return 1 if path in self._images else None

    async def remove(self, path: str) -> None:
        self._images.pop(path, None)


class SimRepositories:
    """``ports.repositories``, as far as the cluster root needs it: it has room without end."""

    async def room(self, root: str) -> RepositoryState:
        return RepositoryState(total=1 << 60, free=1 << 60)


class SimServer:
    """``ports.server``; the membership lies on the machine's own disk."""

    def __init__(self, machine: Machine, bridges: SimBridges) -> None:
        self._machine = machine
        self._bridges = bridges

    def memory_free(self) -> int:
        """MiB."""
        used = sum(g.spec.config.memory for g in self._machine.guests.all().values())
        return max(0, self._machine.hardware.memory - used)

    async def inventory(self) -> Inventory:
        hardware = self._machine.hardware
        return Inventory.model_construct(
            id=hardware.id,
            hostname=hardware.name,
            agent_version=__version__,
            libvirt_version="none",
            hypervisor="simulated",
            acceleration=Acceleration.TCG,
            acceleration_proof="simulated",
            cpu=_CPU,
            numa=(),
            memory=hardware.memory,
            memory_free=self.memory_free(),
            nics=(),
            bridges=tuple(await self._bridges.bridges()),
            storage=(),
            clock=self._machine.wall(),
            boot_id=self._machine.boot_id,
            kernel="simulated",
            joined=bool(self._machine.sanlock.spaces),
        )

    def is_master(self) -> bool | None:
        membership = self._machine.membership
        return None if membership is None else membership.master == self._machine.hardware.id

    async def membership(self) -> Membership | None:
        return self._machine.membership

    async def join(self, membership: Membership) -> None:
        current = self._machine.membership
        if current is not None and current.pool != membership.pool:
            raise Refused(
                "server.in_pool",
                f"server {self._machine.name}",
                f"it belongs to pool {current.pool_name}",
                "remove it from that pool first",
            )
        self._machine.membership = membership

    async def leave(self, pool: str) -> None:
        if self._machine.membership is not None and self._machine.membership.pool == pool:
            self._machine.membership = None

    async def resolve(self, names: list[str]) -> dict[str, list[str]]:
        return {name: [] for name in names}

    async def write_probe(self, directory: str, nonce: str) -> None:
        raise _fixed()

    async def read_probe(self, directory: str, nonce: str) -> bool:
        raise _fixed()

    async def remove_probe(self, directory: str, nonce: str) -> None:
        raise _fixed()
