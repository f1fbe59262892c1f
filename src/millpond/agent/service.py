"""Which adapters make this server's agent: the engines, or the fakes."""

from collections.abc import Awaitable, Callable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from millpond.adapters.adoption import Facts, ServerAdoption
from millpond.adapters.backups.backups import ServerBackups
from millpond.adapters.cloud_init.seeds import IsoSeeds
from millpond.adapters.disks.qemu_img import QemuImgDisks
from millpond.adapters.drivers import ServerDrivers
from millpond.adapters.host.acceleration import (
    AccelerationSource,
    KnownAcceleration,
    ProvenAcceleration,
)
from millpond.adapters.host.server import HostServer
from millpond.adapters.host.versions import Versions, libvirt_versions
from millpond.adapters.images.staging import Sources, StagedImages
from millpond.adapters.images.template_files import ServerTemplateFiles
from millpond.adapters.packages.exports import Digests, ServerExports
from millpond.adapters.packages.packages import ServerPackages
from millpond.adapters.records.directory import DirectoryRecords
from millpond.adapters.records.images import DirectoryImages
from millpond.adapters.repositories import HostRepositories
from millpond.adapters.rpc.client import Agents
from millpond.adapters.tasks.runner import TaskRunner
from millpond.adapters.warm.disks import FileWarmDisks
from millpond.agent.enrolment import Enrolment
from millpond.agent.events import EventHub
from millpond.agent.high_availability import Here, environment
from millpond.agent.libvirt_identity import Rest
from millpond.agent.local import LocalAgent
from millpond.agent.settings import AgentSettings, HypervisorKind
from millpond.agent.usage import UsageReport
from millpond.domain.errors import MillpondError
from millpond.domain.ha.status import HaStatus
from millpond.domain.leases import Lockspace
from millpond.domain.mastership import check_write
from millpond.domain.names import new_id
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.server import Acceleration
from millpond.ha.env import GuestProcesses
from millpond.ha.place import Place
from millpond.ha.service import HaService
from millpond.ports.bridges import Bridges
from millpond.ports.certificate import Certificate
from millpond.ports.host_luns import HostLuns
from millpond.ports.hypervisor import Consoles, Hypervisor
from millpond.ports.layers import Layers
from millpond.ports.leases import Leases
from millpond.ports.live_copies import LiveCopies
from millpond.ports.lockspace import Lockspaces
from millpond.ports.repositories import Repositories

_Lockspace = Callable[[], Awaitable[Lockspace | None]]
"""This server's place in its pool's lockspace, None while it is in no pool."""


@dataclass(frozen=True)
class _Engine:
    """What differs between real and fake. ``overrides`` are of the server's inventory; ``rest`` gives a
    time in which libvirt may be restarted."""

    hypervisor: Hypervisor
    copies: LiveCopies
    layers: Layers
    consoles: Consoles
    bridges: Bridges
    leases: Leases
    lockspaces: Lockspaces
    repositories: Repositories
    host_luns: HostLuns
    processes: GuestProcesses
    acceleration: AccelerationSource
    versions: Callable[[], Awaitable[Versions]]
    overrides: dict[str, Any]
    rest: Rest
    close: Callable[[], Awaitable[None]]


class Composed(NamedTuple):
    """An agent's ports, and its high availability and its report of what is used, which its program
    runs."""

    local: LocalAgent
    ha: HaService
    usage: UsageReport


def compose(
    settings: AgentSettings,
    enrolment: Enrolment,
    agents: Agents,
    certificate: Callable[[Rest], Certificate],
) -> Composed:
    """Connects to nothing yet, and so cannot fail for an engine that is down. ``agents`` are the
    connections to other members."""
    tasks = TaskRunner()
    known: Facts = {}
    digests: Digests = {}

    async def lockspace() -> Lockspace | None:
        membership = await server.membership()
        return Place(membership).lockspace if membership else None

    async def joined() -> bool:
        """By sanlock's own word: high availability knows it only some time after our start."""
        place = await lockspace()
        try:
            return place is not None and await engine.lockspaces.joined(place)
        except MillpondError:
            return False

    async def usable(repositories: Sequence[Repository]) -> frozenset[str]:
        states = await engine.repositories.states(list(repositories))
        pairs = zip(repositories, states, strict=True)
        return frozenset(r.id for r, state in pairs if state.usable)

    # High availability is made of this agent's ports, and some of these ask it: so they look later.
    async def leaving(pool: str) -> None:
        await ha.leave(pool)
        # Also those of which nobody else knows any more: they were deleted when it was taken for dead.
        for lun in await engine.host_luns.attached():
            await engine.host_luns.detach(lun)

    def told() -> HaStatus | None:
        return ha.told()

    make = _libvirt if settings.hypervisor is HypervisorKind.LIBVIRT else _fake
    engine = make(settings, enrolment, tasks, lockspace)
    server = HostServer(
        enrolment.server,
        settings.state_dir,
        engine.bridges,
        engine.versions,
        engine.acceleration,
        settings.repositories,
        engine.overrides,
        leaving=leaving,
        joined=joined,
        usable=usable,
    )
    hub = EventHub(enrolment.server, engine.hypervisor, server.memory_free, told)

    def may_write(current: PoolDocument | None, wanted: PoolDocument | None) -> None:
        check_write(enrolment.server, server.current, ha.held, current, wanted)

    def home() -> str | None:
        return server.current.cluster_root if server.current is not None else None

    records = DirectoryRecords(server.is_master, hub.records_changed, may_write, home)
    sources = Sources(settings.import_networks, settings.import_folders, settings.import_max_size)
    local = LocalAgent(
        hypervisor=engine.hypervisor,
        layers=engine.layers,
        bridges=engine.bridges,
        server=server,
        records=records,
        image_records=DirectoryImages(records),
        repositories=engine.repositories,
        host_luns=engine.host_luns,
        leases=engine.leases,
        tasks=tasks,
        certificate=certificate(engine.rest),
        consoles=engine.consoles,
        hub=hub,
        make_disks=lambda: QemuImgDisks(server.repositories(), tasks),
        make_images=lambda: StagedImages(server.repositories(), sources, tasks),
        make_adoption=lambda: ServerAdoption(server.repositories(), tasks, known),
        make_cloud_init=lambda: IsoSeeds(server.repositories()),
        make_exports=lambda: ServerExports(server.repositories(), tasks, digests),
        make_packages=lambda: ServerPackages(server.repositories(), settings.import_folders, tasks),
        make_drivers=lambda: ServerDrivers(server.repositories(), tasks, settings.work_dir),
        make_backups=lambda: ServerBackups(
            server.repositories(), settings.backup_folders, engine.copies, tasks
        ),
        make_warm_disks=lambda: FileWarmDisks(
            server.repositories(), settings.import_folders, tasks
        ),
        make_template_files=lambda: ServerTemplateFiles(server.repositories()),
        make_ha=lambda: ha,
        close=engine.close,
    )
    shared = DirectoryRecords(lambda: True, hub.records_changed, may_write, home)
    here = Here(server, shared, engine.lockspaces, engine.processes)
    ha = HaService(environment(settings, local, here, agents))
    hub.on_records(ha.record_changed)
    return Composed(local, ha, UsageReport(hub, engine.hypervisor, server.counters))


def _libvirt(
    settings: AgentSettings, enrolment: Enrolment, tasks: TaskRunner, lockspace: _Lockspace
) -> _Engine:
    from millpond.adapters.bridges.linux import LinuxBridges
    from millpond.adapters.host.silence import give_up_in_time
    from millpond.adapters.iscsi.attached import FOLDER, AttachedLuns
    from millpond.adapters.iscsi.luns import RelayedLuns
    from millpond.adapters.libvirt import view
    from millpond.adapters.libvirt.connection import Connection
    from millpond.adapters.libvirt.console import LibvirtConsoles
    from millpond.adapters.libvirt.hypervisor import LibvirtHypervisor
    from millpond.adapters.libvirt.layers import LibvirtLayers
    from millpond.adapters.libvirt.live_copies import LibvirtLiveCopies
    from millpond.adapters.libvirt.processes import QemuProcesses
    from millpond.adapters.sanlock.leases import SanlockLeases
    from millpond.adapters.sanlock.lockspace import SanlockLockspaces

    give_up_in_time()
    connection = Connection()
    luns = AttachedLuns(settings.state_dir / FOLDER)
    lockspaces = SanlockLockspaces()
    acceleration = ProvenAcceleration(settings.state_dir)
    hypervisor = LibvirtHypervisor(
        connection, tasks, acceleration.acceleration, lockspaces, lockspace, luns.lun_at
    )
    return _Engine(
        hypervisor=hypervisor,
        copies=LibvirtLiveCopies(connection),
        layers=LibvirtLayers(connection, tasks, hypervisor),
        consoles=LibvirtConsoles(connection),
        bridges=LinuxBridges(lambda: enrolment.server),
        leases=SanlockLeases(),
        lockspaces=lockspaces,
        repositories=HostRepositories(),
        host_luns=RelayedLuns(luns, enrolment.server),
        processes=QemuProcesses(),
        acceleration=acceleration,
        versions=lambda: libvirt_versions(connection),
        overrides={},
        rest=lambda: connection.rest(view.at_work),
        close=connection.close,
    )


def _fake(
    settings: AgentSettings, enrolment: Enrolment, tasks: TaskRunner, _lockspace: _Lockspace
) -> _Engine:
    from millpond.adapters.fake.bridges import FakeBridges
    from millpond.adapters.fake.consoles import FakeConsoles
    from millpond.adapters.fake.engine import file_engine
    from millpond.adapters.fake.host_luns import FakeHostLuns
    from millpond.adapters.fake.hypervisor import FakeHypervisor
    from millpond.adapters.fake.layers import FakeLayers
    from millpond.adapters.fake.live_copies import FakeLiveCopies
    from millpond.adapters.fake.lockspace import LockspacesWithoutGuests
    from millpond.adapters.fake.lockspace_daemon import FakeSanlock
    from millpond.adapters.fake.lockspace_leases import FakeLeases
    from millpond.adapters.fake.lockspace_store import FileStore, this_process
    from millpond.adapters.fake.mounts import FakeMounts
    from millpond.adapters.fake.processes import FakeProcesses
    from millpond.adapters.iscsi.attached import FOLDER, AttachedLuns

    async def versions() -> Versions:
        return Versions(libvirt="none", hypervisor="fake")

    async def close() -> None:
        """Files need no closing."""

    shared = settings.fake_dir
    guests = shared / enrolment.address if shared else settings.state_dir
    bridges = FakeBridges(settings.state_dir, enrolment.server)
    engine = file_engine(guests)
    store = FileStore()
    hypervisor = FakeHypervisor(engine, enrolment.server, tasks, bridges)
    return _Engine(
        hypervisor=hypervisor,
        copies=FakeLiveCopies(engine, guests / "marks"),
        layers=FakeLayers(engine, tasks, hypervisor),
        consoles=FakeConsoles(hypervisor),
        bridges=bridges,
        leases=FakeLeases(store),
        host_luns=FakeHostLuns(AttachedLuns(settings.state_dir / FOLDER), enrolment.server),
        repositories=HostRepositories(FakeMounts(guests.parent / "storage", enrolment.address)),
        lockspaces=LockspacesWithoutGuests(FakeSanlock(store, enrolment.server), this_process()),
        processes=FakeProcesses(engine),
        acceleration=KnownAcceleration(Acceleration.TCG, "a fake server: its guests are files"),
        versions=versions,
        overrides={
            "hostname": enrolment.name,
            "memory": settings.fake_memory,
            "boot_id": _fake_boot(guests / "boot_id"),
        },
        rest=nullcontext,
        close=close,
    )


def _fake_boot(file: Path) -> str:
    """Whoever pretends that a fake server booted anew removes the file and starts its agent."""
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists():
        file.write_text(new_id())
    return file.read_text()
