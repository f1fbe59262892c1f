"""``ports.leases`` without sanlock."""

from millpond.adapters.fake.lockspace_store import LeaseFile, Slot, Store, slot_of
from millpond.adapters.lease_errors import damaged, in_use, no_lockspace
from millpond.domain.errors import Refused
from millpond.domain.layout import LEASES, lockspace_path, pool_lease, vm_directory, vm_lease
from millpond.domain.leases import MASTER, SUCCESSION, LeaseOwner, Resource


class FakeLeases:
    def __init__(self, store: Store) -> None:
        self._store = store

    async def init(self, cluster_root: str, pool: str, io_timeout: int) -> None:
        path = lockspace_path(cluster_root)
        self._store.make_directory(f"{cluster_root}/{LEASES}")
        if not self._store.exists(path):
            if left := self._store.left(cluster_root):
                raise no_lockspace(path, left)
            self._store.create(path, LeaseFile(pool, io_timeout))
        if self._store.read(path).lockspace != pool:
            raise damaged(path, "it belongs to another pool")
        self._resources([pool_lease(cluster_root, pool, name) for name in (MASTER, SUCCESSION)])

    async def create(self, cluster_root: str, pool: str, vm: str) -> None:
        self._resources([vm_lease(vm_directory(cluster_root, vm), pool, vm)])

    async def owner(self, cluster_root: str, pool: str, vm: str) -> LeaseOwner | None:
        lease = vm_lease(vm_directory(cluster_root, vm), pool, vm)
        slot = slot_of(self._store.read(lease.path), lease)
        if not slot.host_id:
            return None
        return LeaseOwner(host_id=slot.host_id, generation=slot.generation)

    async def remove(self, cluster_root: str, pool: str) -> None:
        path = lockspace_path(cluster_root)
        try:
            file = self._store.read(path)
        except Refused:
            return
        if file.lockspace != pool:
            return
        for host_id, delta in file.hosts.items():
            if delta.renewing:
                raise in_use(path, host_id)
        for lease in (*self._store.left(cluster_root), path):
            self._store.remove(lease)

    def _resources(self, resources: list[Resource]) -> None:
        slots = {r.offset: Slot(r.name) for r in resources}
        self._store.create(resources[0].path, LeaseFile(resources[0].lockspace, slots=slots))
        for resource in resources:
            slot_of(self._store.read(resource.path), resource)
