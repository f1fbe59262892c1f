"""Which adapters make this server's agent: the engines, or the fakes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from millpond.adapters.disks.qemu_img import QemuImgDisks
from millpond.adapters.host.acceleration import (
    AccelerationSource,
    KnownAcceleration,
    ProvenAcceleration,
)
from millpond.adapters.host.server import HostServer
from millpond.adapters.host.versions import Versions, libvirt_versions
from millpond.adapters.records.directory import DirectoryRecords
from millpond.adapters.tasks.runner import TaskRunner
from millpond.agent.enrolment import Enrolment
from millpond.agent.events import EventHub
from millpond.agent.local import LocalAgent
from millpond.agent.settings import AgentSettings, HypervisorKind
from millpond.domain.server import Acceleration
from millpond.ports.bridges import Bridges
from millpond.ports.hypervisor import Consoles, Hypervisor


@dataclass(frozen=True)
class _Engine:
    """What differs between real and fake. ``overrides`` are of the server's inventory."""

    hypervisor: Hypervisor
    consoles: Consoles
    bridges: Bridges
    acceleration: AccelerationSource
    versions: Callable[[], Awaitable[Versions]]
    overrides: dict[str, Any]
    close: Callable[[], Awaitable[None]]


def compose(settings: AgentSettings, enrolment: Enrolment) -> LocalAgent:
    """Connects to nothing yet, and so cannot fail for an engine that is down."""
    tasks = TaskRunner()
    make = _libvirt if settings.hypervisor is HypervisorKind.LIBVIRT else _fake
    engine = make(settings, enrolment, tasks)
    server = HostServer(
        enrolment.server,
        settings.state_dir,
        engine.bridges,
        engine.versions,
        engine.acceleration,
        settings.repositories,
        engine.overrides,
    )
    hub = EventHub(enrolment.server, engine.hypervisor, server.memory_free)
    return LocalAgent(
        hypervisor=engine.hypervisor,
        bridges=engine.bridges,
        server=server,
        records=DirectoryRecords(server.is_master, hub.records_changed),
        tasks=tasks,
        consoles=engine.consoles,
        hub=hub,
        make_disks=lambda: QemuImgDisks(server.repositories(), tasks),
        close=engine.close,
    )


def _libvirt(settings: AgentSettings, enrolment: Enrolment, tasks: TaskRunner) -> _Engine:
    from millpond.adapters.bridges.linux import LinuxBridges
    from millpond.adapters.libvirt.connection import Connection
    from millpond.adapters.libvirt.console import LibvirtConsoles
    from millpond.adapters.libvirt.hypervisor import LibvirtHypervisor

    connection = Connection()
    acceleration = ProvenAcceleration(settings.state_dir)
    return _Engine(
        hypervisor=LibvirtHypervisor(connection, tasks, acceleration.acceleration),
        consoles=LibvirtConsoles(connection),
        bridges=LinuxBridges(lambda: enrolment.server),
        acceleration=acceleration,
        versions=lambda: libvirt_versions(connection),
        overrides={},
        close=connection.close,
    )


def _fake(settings: AgentSettings, enrolment: Enrolment, tasks: TaskRunner) -> _Engine:
    from millpond.adapters.fake.bridges import FakeBridges
    from millpond.adapters.fake.consoles import FakeConsoles
    from millpond.adapters.fake.hypervisor import FakeHypervisor

    async def versions() -> Versions:
        return Versions(libvirt="none", hypervisor="fake")

    async def close() -> None:
        """Files need no closing."""

    shared = settings.fake_dir
    guests = shared / enrolment.address if shared else settings.state_dir
    bridges = FakeBridges(settings.state_dir, enrolment.server)
    hypervisor = FakeHypervisor(guests, enrolment.server, tasks, bridges)
    return _Engine(
        hypervisor=hypervisor,
        consoles=FakeConsoles(hypervisor),
        bridges=bridges,
        acceleration=KnownAcceleration(Acceleration.TCG, "a fake server: its guests are files"),
        versions=versions,
        overrides={"hostname": enrolment.name, "memory": settings.fake_memory},
        close=close,
    )
