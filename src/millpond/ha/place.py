"""A server's place in its pool: all that follows from its membership."""

from dataclasses import dataclass
from functools import cached_property

from millpond.domain.layout import lockspace_path, pool_lease, vm_lease
from millpond.domain.leases import MASTER, SUCCESSION, Lockspace, Resource
from millpond.domain.server import Membership
from millpond.domain.timing import Timing, timing_for


@dataclass(frozen=True)
class Place:
    membership: Membership

    @property
    def pool(self) -> str:
        """The pool's id, and its lockspace's name."""
        return self.membership.pool

    @property
    def root(self) -> str:
        return self.membership.cluster_root

    @property
    def host_id(self) -> int:
        return self.membership.host_id

    @cached_property
    def timing(self) -> Timing:
        return timing_for(self.membership.outage)

    @cached_property
    def lockspace(self) -> Lockspace:
        return Lockspace(
            name=self.pool,
            path=lockspace_path(self.root),
            host_id=self.host_id,
            io_timeout=self.timing.io_timeout,
        )

    @cached_property
    def master_lease(self) -> Resource:
        return pool_lease(self.root, self.pool, MASTER)

    @cached_property
    def succession_lease(self) -> Resource:
        return pool_lease(self.root, self.pool, SUCCESSION)

    def vm_lease(self, vm: str, directory: str) -> Resource:
        """The one that the VM, whose files are in ``directory``, runs under."""
        return vm_lease(directory, self.pool, vm)
