"""A server pool's record: members with their roles, its cluster root, its bridges."""

from pydantic import Field

from millpond.domain.errors import Refused
from millpond.domain.names import AbsolutePath, Address, Id, InterfaceName, Name, Text
from millpond.domain.server import AGENT_PORT, Role
from millpond.domain.vm import Model


class Member(Model):
    id: Id
    name: Name
    address: Address
    port: int = Field(default=AGENT_PORT, ge=1, le=65535)
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
    """

    id: Id
    name: Name
    description: Text = ""
    generation: int = Field(ge=1)
    members: tuple[Member, ...] = Field(min_length=1)
    cluster_root: AbsolutePath = "/OVS"
    bridges: tuple[BridgeSpec, ...] = ()
    bandwidth: int = Field(default=0, ge=0, le=1_000_000)
    migrations: int = Field(default=2, ge=1, le=32)

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

    def with_role(self, role: Role) -> tuple[Member, ...]:
        """Members that have ``role``, in the order they joined."""
        return tuple(m for m in self.members if role in m.roles)


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
