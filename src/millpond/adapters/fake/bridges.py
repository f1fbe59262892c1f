"""``ports.bridges`` on a file: what a server's network would be."""

import asyncio
from pathlib import Path

from pydantic import Field

from millpond.adapters import durable
from millpond.adapters.bridges.naming import bridge_mac, port_name
from millpond.adapters.bridges.refusals import in_use, no_nic, taken
from millpond.domain.pool import BridgeSpec
from millpond.domain.server import Bridge, Nic
from millpond.domain.vm import Model


class Network(Model):
    """The file. ``addresses`` are CIDR strings by NIC, ``plugged`` guests' interfaces by bridge."""

    nics: tuple[Nic, ...]
    addresses: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    bridges: dict[str, Bridge] = Field(default_factory=dict)
    plugged: dict[str, tuple[str, ...]] = Field(default_factory=dict)


class FakeBridges:
    """Bridges in ``state_dir/bridges.json``; ``nics`` are what the server starts with."""

    def __init__(
        self, state_dir: Path, server: str, nics: tuple[str, ...] = ("eth0", "eth1")
    ) -> None:
        self._path = state_dir / "bridges.json"
        self._server = server
        self._first = nics
        self._lock = asyncio.Lock()

    async def bridges(self) -> list[Bridge]:
        network = self._load()
        return [_with_guests(network, bridge) for bridge in network.bridges.values()]

    async def nics(self) -> list[Nic]:
        return list(self._load().nics)

    async def create(self, spec: BridgeSpec) -> Bridge:
        async with self._lock:
            network = self._load()
            existing = network.bridges.get(spec.name)
            names = {nic.name for nic in network.nics}
            if spec.name in names:
                raise taken(f"bridge {spec.name}", "an interface of that name is no bridge")
            if spec.nic is None:
                port = None
            else:
                for needed in spec.bond or (spec.nic,):
                    if needed not in names:
                        raise no_nic(spec.name, needed)
                port = port_name(spec)
                _check_port(network, spec.name, port)
            if existing is not None and (port is None or port in existing.ports):
                return _with_guests(network, existing)
            self._save(_created(network, spec, port, bridge_mac(self._server, spec.name)))
        return next(b for b in await self.bridges() if b.name == spec.name)

    async def delete(self, name: str) -> None:
        async with self._lock:
            network = self._load()
            bridge = network.bridges.get(name)
            if bridge is None:
                return
            if network.plugged.get(name):
                raise in_use(name, sorted(network.plugged[name]))
            addresses = dict(network.addresses)
            if bridge.ports and bridge.addresses:
                addresses[bridge.ports[0]] = bridge.addresses
            self._save(
                network.model_copy(
                    update={
                        "bridges": {k: v for k, v in network.bridges.items() if k != name},
                        "addresses": addresses,
                        "nics": _enslaved(network, bridge.ports, None),
                    }
                )
            )

    async def plug(self, bridge: str, interface: str) -> None:
        """A guest's interface appears in the bridge."""
        async with self._lock:
            network = self._load()
            plugged = network.plugged | {bridge: (*network.plugged.get(bridge, ()), interface)}
            self._save(network.model_copy(update={"plugged": plugged}))

    async def unplug(self, interface: str) -> None:
        """A guest's interface is gone."""
        async with self._lock:
            network = self._load()
            plugged = {
                bridge: tuple(i for i in interfaces if i != interface)
                for bridge, interfaces in network.plugged.items()
            }
            self._save(network.model_copy(update={"plugged": plugged}))

    def _load(self) -> Network:
        if self._path.exists():
            return Network.model_validate_json(self._path.read_bytes())
        nics = tuple(
            Nic(name=name, mac=bridge_mac(self._server, name), up=True, speed=10_000)
            for name in self._first
        )
        return Network(nics=nics)

    def _save(self, network: Network) -> None:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        durable.write(self._path, network.model_dump_json(indent=2).encode())


def _check_port(network: Network, name: str, port: str) -> None:
    for other in network.bridges.values():
        if other.name != name and port in other.ports:
            raise taken(f"bridge {name}", f"{port} belongs to {other.name}")
        if other.name == name and other.ports and port not in other.ports:
            ports = ", ".join(other.ports)
            raise taken(f"bridge {name}", f"it is there, with the NIC {ports} and not {port}")


def _created(network: Network, spec: BridgeSpec, port: str | None, mac: str) -> Network:
    ports = (port,) if port else ()
    bridge = Bridge(
        name=spec.name,
        mac=mac,
        up=True,
        ports=ports,
        addresses=network.addresses.get(port or "", ()),
    )
    return network.model_copy(
        update={
            "bridges": network.bridges | {spec.name: bridge},
            "addresses": {k: v for k, v in network.addresses.items() if k != port},
            "nics": _enslaved(network, ports, spec.name),
        }
    )


def _enslaved(network: Network, ports: tuple[str, ...], master: str | None) -> tuple[Nic, ...]:
    return tuple(
        nic.model_copy(update={"master": master}) if nic.name in ports else nic
        for nic in network.nics
    )


def _with_guests(network: Network, bridge: Bridge) -> Bridge:
    ports = sorted((*bridge.ports, *network.plugged.get(bridge.name, ())))
    return bridge.model_copy(update={"ports": tuple(ports)})
