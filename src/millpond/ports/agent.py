"""One server, as a bundle of its ports."""

from typing import Protocol

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
from millpond.ports.hypervisor import Hypervisor
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


class Agent(Protocol):
    """The same bundle whether it is here (the agent's own) or far away (``adapters/rpc``)."""

    @property
    def hypervisor(self) -> Hypervisor: ...

    @property
    def bridges(self) -> Bridges: ...

    @property
    def disks(self) -> Disks: ...

    @property
    def cloud_init(self) -> CloudInitSeeds: ...

    @property
    def layers(self) -> Layers: ...

    @property
    def packages(self) -> Packages: ...

    @property
    def drivers(self) -> Drivers: ...

    @property
    def adoption(self) -> Adoption: ...

    @property
    def backups(self) -> Backups: ...

    @property
    def warm_disks(self) -> WarmDisks: ...

    @property
    def exports(self) -> Exports: ...

    @property
    def template_files(self) -> TemplateFiles: ...

    @property
    def server(self) -> Server: ...

    @property
    def records(self) -> Records: ...

    @property
    def images(self) -> Images: ...

    @property
    def image_records(self) -> ImageRecords: ...

    @property
    def repositories(self) -> Repositories: ...

    @property
    def host_luns(self) -> HostLuns: ...

    @property
    def leases(self) -> Leases: ...

    @property
    def tasks(self) -> Tasks: ...

    @property
    def ha(self) -> Ha: ...

    @property
    def certificate(self) -> Certificate: ...


PORTS: dict[str, type] = {
    "hypervisor": Hypervisor,
    "bridges": Bridges,
    "disks": Disks,
    "cloud_init": CloudInitSeeds,
    "layers": Layers,
    "packages": Packages,
    "drivers": Drivers,
    "adoption": Adoption,
    "backups": Backups,
    "warm_disks": WarmDisks,
    "exports": Exports,
    "template_files": TemplateFiles,
    "server": Server,
    "records": Records,
    "images": Images,
    "image_records": ImageRecords,
    "repositories": Repositories,
    "host_luns": HostLuns,
    "leases": Leases,
    "tasks": Tasks,
    "ha": Ha,
    "certificate": Certificate,
}
"""The wire: ``/v1/<port>/<method>``. Methods that stream (``Hypervisor.events``) are not calls."""
