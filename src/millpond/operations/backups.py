"""What the operations on backups share: where they lie, and which of them is meant."""

from typing import NamedTuple, TypeVar

from pydantic import Field

from millpond.domain.backup import BACKUPS, Backup, chain
from millpond.domain.errors import Refused, not_found
from millpond.domain.job import Lock, Mode
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import CLUSTER_ROOT, Repository
from millpond.domain.vm import Model, PlaceSpec
from millpond.operations.base import Operation
from millpond.operations.pool_members import member_by_key
from millpond.operations.records import readable
from millpond.operations.utility import utility_server
from millpond.ports.world import World

LATEST = "latest"


class BackupSpec(PlaceSpec):
    """A request about one backup that there is."""

    pool: Name = Field(description="Name or id of the pool", examples=["pool1"])
    vm: Name = Field(description="The VM's id, or what it was called", examples=["web1"])
    backup: Name = Field(description=f"Its id, or {LATEST}", examples=["latest"])


class Place(Model):
    """``path`` as ``ports.backups`` has it; ``repository`` (None: the cluster root) is where it lies
    unless ``directory``."""

    path: AbsolutePath
    repository: Id | None = None
    directory: bool = False


class BackupPlan(Model):
    """The server that does the work, and the backup as it was found."""

    pool: Id
    server: Id
    place: Place
    backup: Backup


def place_of(pool: PoolDocument, spec: PlaceSpec) -> Place:
    """Raises ``Refused``: ``request.not_found``, ``storage.unavailable``, ``request.invalid`` for a
    directory in a repository."""
    if spec.directory is not None:
        _check_outside(pool, spec.directory)
        return Place(path=spec.directory, directory=True)
    found = repository_of(pool, spec)
    if found is None:
        return Place(path=f"{pool.cluster_root}/{BACKUPS}")
    return Place(path=f"{readable(pool, found)}/{BACKUPS}", repository=found.id)


def repository_of(pool: PoolDocument, spec: PlaceSpec) -> Repository | None:
    """None: the cluster root, or none at all."""
    key = spec.repository
    return None if key in (None, CLUSTER_ROOT) else pool.repository(str(key))


def _check_outside(pool: PoolDocument, directory: str) -> None:
    for root in (pool.cluster_root, *(r.mount for r in pool.repositories)):
        if f"{directory}/".startswith(f"{root}/"):
            raise Refused(
                "request.invalid",
                f"directory {directory}",
                f"it lies in the repository {root}",
                "name the repository itself: its backups have a folder of their own",
            )


def worker(pool: PoolDocument, spec: PlaceSpec, work: str) -> str:
    """The id of the server that gets at the place, for the work on the object ``work``."""
    if spec.server is not None:
        return member_by_key(pool, spec.server).id
    return utility_server(pool, work, repository_of(pool, spec))


class FoundBackup(NamedTuple):
    """``chain`` are the backup and those that it needs, the oldest first."""

    pool: PoolDocument
    plan: BackupPlan
    chain: list[Backup]


async def find_backup(world: World, spec: BackupSpec) -> FoundBackup:
    """Raises ``Refused(request.not_found)``, and if several VMs were called so ``request.invalid``."""
    pool = await world.pool(spec.pool)
    place = place_of(pool, spec)
    server = worker(pool, spec, pool.id)
    listed = await world.agent(pool, server).backups.backups(place.path, None)
    mine = [b for b in listed if spec.vm in (b.vm, b.config.name)]
    found = mine if spec.backup == LATEST else [b for b in mine if b.id == spec.backup]
    if not found:
        raise not_found(
            "backup",
            f"{spec.backup} of {spec.vm}",
            "list what there is with: millpond backup list POOL --in PLACE",
        )
    if len({b.vm for b in found}) > 1:
        raise Refused(
            "request.invalid",
            f"backup {spec.backup} of {spec.vm}",
            f"{len({b.vm for b in found})} VMs were called that",
            "give the VM's id: millpond backup list POOL --in PLACE",
        )
    plan = BackupPlan(pool=pool.id, server=server, place=place, backup=found[-1])
    return FoundBackup(pool, plan, chain(listed, found[-1]))


S = TypeVar("S", bound=Model)
P = TypeVar("P", bound=BackupPlan)


class BackupOperation(Operation[S, P]):
    """An operation on one backup. ``mode``: whether it holds the VM's backups alone."""

    permission = Permission.VM_MANAGE
    mode = Mode.EXCLUSIVE

    def locks(self, spec: S, plan: P) -> list[Lock]:
        return [
            Lock(object=f"pool:{plan.pool}", mode=Mode.SHARED),
            Lock(object=f"server:{plan.server}", mode=Mode.SHARED),
            Lock(object=f"backups:{plan.backup.vm}", mode=self.mode),
        ]

    def subject(self, spec: S, plan: P) -> str:
        return f"backup:{plan.backup.id}"
