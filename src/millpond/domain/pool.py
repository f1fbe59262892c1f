"""A server pool's record: members with their roles, its repositories, its bridges."""

from pydantic import Field

from millpond.domain.errors import Refused, not_found
from millpond.domain.ha.settings import HaSettings
from millpond.domain.layout import vm_directory
from millpond.domain.leases import MAX_HOSTS
from millpond.domain.names import AbsolutePath, Address, Id, InterfaceName, Name, Text
from millpond.domain.pool_lun import PoolLun
from millpond.domain.repository import CLUSTER_ROOT, Repository
from millpond.domain.server import AGENT_PORT, Role
from millpond.domain.vm import Model, VmDocument


class Member(Model):
    id: Id
    name: Name
    address: Address
    port: int = Field(default=AGENT_PORT, ge=1, le=65535)
    host_id: int = Field(ge=1, le=MAX_HOSTS, description="Its id in the pool's lockspace")
    roles: frozenset[Role] = Field(min_length=1)
    maintenance: bool = False


class BridgeSpec(Model):
    """A bridge every member has. ``vlan`` tags what leaves by ``nic``; ``bond`` lists the NICs that
    ``nic`` is made of (active-backup), when it is a bond."""

    name: InterfaceName
    nic: InterfaceName | None = None
    vlan: int | None = Field(default=None, ge=1, le=4094)
    bond: tuple[InterfaceName, ...] = ()


class PoolDocument(Model):
    """The record in ``<cluster root>/.millpond/pool.json``, written by the pool master alone.

    ``bandwidth`` limits each live migration, in MiB/s; 0 = no limit.
    ``migrations`` is how many run at once from one server during an evacuation.
    ``term`` grows by one with each new master; agents refuse the master of an older one.
    ``repositories`` are those besides the cluster root; ``reserve`` percent of each are kept free.
    ``luns`` are those of arrays that all of its members have.
    ``lab`` lets ``millpond chaos`` break its servers.
    """

    id: Id
    name: Name
    description: Text = ""
    generation: int = Field(ge=1)
    members: tuple[Member, ...] = Field(min_length=1)
    cluster_root: AbsolutePath = "/OVS"
    repositories: tuple[Repository, ...] = ()
    luns: tuple[PoolLun, ...] = ()
    reserve: int = Field(default=5, ge=0, le=90)
    bridges: tuple[BridgeSpec, ...] = ()
    bandwidth: int = Field(default=0, ge=0, le=1_000_000)
    migrations: int = Field(default=2, ge=1, le=32)
    term: int = Field(default=1, ge=1)
    ha: HaSettings = HaSettings()
    lab: bool = False

    @property
    def master(self) -> Member:
        """The one member that speaks for the pool."""
        return next(m for m in self.members if Role.MASTER in m.roles)

    def member(self, server_id: str) -> Member:
        """The member with this id; raises ``Refused(server.not_in_pool)``."""
        for member in self.members:
            if member.id == server_id:
                return member
        raise Refused(
            "server.not_in_pool",
            f"server {server_id}",
            f"is not a member of pool {self.name}",
            f"list the members with: millpond pool show {self.name}",
        )

    def repository(self, key: str) -> Repository | None:
        """By id or name; None is the cluster root. Raises ``Refused(request.not_found)``."""
        if key == CLUSTER_ROOT:
            return None
        for repository in self.repositories:
            if key in (repository.id, repository.name):
                return repository
        raise not_found("repository", key)

    def lun_at(self, source: str) -> PoolLun | None:
        """The one that a disk's source names."""
        return next((lun for lun in self.luns if lun.source == source), None)

    def root_of(self, repository: str | None) -> str:
        """The directory of the repository with this id, None being the cluster root. Raises
        ``Refused(request.not_found)``."""
        found = self.repository(repository) if repository is not None else None
        return self.cluster_root if found is None else found.mount

    def directory_of(self, document: VmDocument) -> str:
        """All that the VM owns lies there. Raises ``Refused(request.not_found)``."""
        return vm_directory(self.root_of(document.repository), document.config.id)

    def repositories_of(self, server: str) -> tuple[Repository, ...]:
        """Those that the member shall have."""
        return tuple(r for r in self.repositories if r.on(server))

    def with_role(self, role: Role) -> tuple[Member, ...]:
        """Members that have ``role``, in the order they joined."""
        return tuple(m for m in self.members if role in m.roles)


def free_host_id(members: tuple[Member, ...]) -> int:
    """The lowest that no member has; raises ``Refused(pool.members)`` when all are taken."""
    taken = {m.host_id for m in members}
    for host_id in range(1, MAX_HOSTS + 1):
        if host_id not in taken:
            return host_id
    raise Refused(
        "pool.members", "the pool", f"has {MAX_HOSTS} members", "make another pool for this server"
    )


def check_roles(members: tuple[Member, ...], pool: str) -> None:
    """A pool has one master, a utility server and a VM server; raises ``Refused`` otherwise."""
    masters = [m.name for m in members if Role.MASTER in m.roles]
    if len(masters) != 1:
        raise Refused(
            "pool.master",
            f"pool {pool}",
            f"has {len(masters)} pool masters ({', '.join(masters) or 'none'})",
            "give the role master to exactly one server",
        )
    for role in (Role.UTILITY, Role.VM):
        if not any(role in m.roles for m in members):
            raise Refused(
                "pool.roles",
                f"pool {pool}",
                f"no server has the role {role.value}",
                f"give the role {role.value} to a server",
            )


def mastered_by(pool: PoolDocument, server: str) -> PoolDocument:
    """The record once ``server`` is master, of the next term. The old master keeps its other roles;
    one that had none becomes a utility server, for a member has to be something. Raises
    ``Refused(server.not_in_pool)``."""
    pool.member(server)
    members = []
    for member in pool.members:
        roles = member.roles - {Role.MASTER} or frozenset({Role.UTILITY})
        if member.id == server:
            roles = member.roles | {Role.MASTER}
        members.append(member.model_copy(update={"roles": roles}))
    return pool.model_copy(
        update={
            "members": tuple(members),
            "term": pool.term + 1,
            "generation": pool.generation + 1,
        }
    )
