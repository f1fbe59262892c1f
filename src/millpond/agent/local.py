"""This server's own ports, and what else the agent serves from."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from millpond.agent.events import EventHub
from millpond.ports.adoption import Adoption
from millpond.ports.backups import Backups
from millpond.ports.bridges import Bridges
from millpond.ports.certificate import Certificate
from millpond.ports.cloud_init import CloudInitSeeds
from millpond.ports.disks import Disks
from millpond.ports.drivers import Drivers
from millpond.ports.exports import Exports
from millpond.ports.ha import Ha
from millpond.ports.host_luns import HostLuns
from millpond.ports.hypervisor import Consoles, Hypervisor
from millpond.ports.image_records import ImageRecords
from millpond.ports.images import Images
from millpond.ports.layers import Layers
from millpond.ports.leases import Leases
from millpond.ports.packages import Packages
from millpond.ports.records import Records
from millpond.ports.repositories import Repositories
from millpond.ports.server import Server
from millpond.ports.tasks import Tasks
from millpond.ports.template_files import TemplateFiles
from millpond.ports.warm_disks import WarmDisks


@dataclass(frozen=True)
class LocalAgent:
    """``ports.agent.Agent`` with its consoles and events. ``close`` lets go of everything and stops
    nothing that runs."""

    hypervisor: Hypervisor
    layers: Layers
    bridges: Bridges
    server: Server
    records: Records
    image_records: ImageRecords
    repositories: Repositories
    host_luns: HostLuns
    leases: Leases
    tasks: Tasks
    certificate: Certificate
    consoles: Consoles
    hub: EventHub
    make_disks: Callable[[], Disks]
    make_images: Callable[[], Images]
    make_cloud_init: Callable[[], CloudInitSeeds]
    make_packages: Callable[[], Packages]
    make_drivers: Callable[[], Drivers]
    make_adoption: Callable[[], Adoption]
    make_backups: Callable[[], Backups]
    make_warm_disks: Callable[[], WarmDisks]
    make_exports: Callable[[], Exports]
    make_template_files: Callable[[], TemplateFiles]
    make_ha: Callable[[], Ha]
    close: Callable[[], Awaitable[None]]

    @property
    def disks(self) -> Disks:
        """Made for each use: which directories disks may lie in depends on the pool."""
        return self.make_disks()

    @property
    def images(self) -> Images:
        """As ``disks``."""
        return self.make_images()

    @property
    def cloud_init(self) -> CloudInitSeeds:
        """As ``disks``."""
        return self.make_cloud_init()

    @property
    def packages(self) -> Packages:
        """Likewise."""
        return self.make_packages()

    @property
    def drivers(self) -> Drivers:
        """Likewise."""
        return self.make_drivers()

    @property
    def adoption(self) -> Adoption:
        """Likewise."""
        return self.make_adoption()

    @property
    def backups(self) -> Backups:
        """Likewise."""
        return self.make_backups()

    @property
    def warm_disks(self) -> WarmDisks:
        """Likewise."""
        return self.make_warm_disks()

    @property
    def exports(self) -> Exports:
        """Likewise."""
        return self.make_exports()

    @property
    def template_files(self) -> TemplateFiles:
        """Likewise."""
        return self.make_template_files()

    @property
    def ha(self) -> Ha:
        """Made of this very agent, and so after it."""
        return self.make_ha()
