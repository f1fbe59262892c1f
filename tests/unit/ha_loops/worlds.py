"""Simulated pools to watch the loops in. What is asserted is asked of the world: of the machines, the
storage and the fence devices, not of the loops."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from millpond.domain.ha.failover import Failover
from millpond.domain.layout import pool_lease
from millpond.domain.leases import MASTER
from millpond.domain.pool import PoolDocument
from millpond.domain.server import Role
from millpond.domain.vm import VmDocument
from millpond.sim.cluster import ROOT, ClusterSpec, ServerSpec, VmSpec, id_of
from millpond.sim.simulation import Simulation

EVERY_ROLE = frozenset({Role.UTILITY, Role.VM})


class World(Simulation):
    """Servers s1 (the master), s2, s3; VMs named after the server they run on."""

    def pool(self) -> PoolDocument:
        found = self.storage.records.roots[ROOT].pool
        assert found is not None
        return found

    def record(self, vm: str) -> VmDocument:
        return self.storage.records.roots[ROOT].vms[id_of("vm", vm)]

    def change(self, vm: str, **fields: Any) -> None:
        """As an operation writes its record."""
        before = self.record(vm)
        fields["generation"] = before.generation + 1
        after = before.model_copy(update=fields)
        self.storage.records.roots[ROOT].vms[before.config.id] = after

    def where(self, vm: str) -> list[str]:
        """The servers whose processors run it now."""
        return [n for n, m in self.machines.items() if id_of("vm", vm) in m.running()]

    def master_lease(self) -> str | None:
        return self.holder(MASTER)

    def holder(self, resource: str) -> str | None:
        """The server that holds the pool's resource by what the storage says."""
        lease = pool_lease(ROOT, self.pool_id, resource)
        slot = self.storage.leases.read(lease.path).slots[lease.offset]
        names = {m.hardware.host_id: n for n, m in self.machines.items()}
        return names[slot.host_id] if slot.host_id else None

    def failovers(self) -> list[Failover]:
        return sorted(self.storage.failovers._by_id.values(), key=lambda f: f.detected)

    def said(self, who: str, *words: str) -> bool:
        """Whether ``who``, master or not, has noted something with all these words in it."""
        starts = (f" {who}: ", f" {who}/master: ")
        return any(
            any(s in line for s in starts) and all(w in line for w in words)
            for line in self.journal.lines
        )


@contextmanager
def world(*, vms: tuple[str, ...] = ("s2",), **cluster: Any) -> Iterator[World]:
    """A pool at t=0, all well; ``vms`` are the servers that run one each, unless ``vm`` says more."""
    made = World(
        ClusterSpec(
            server=cluster.pop("server", None) or tuple(ServerSpec(name=n) for n in NAMES),
            vm=cluster.pop("vm", None) or tuple(VmSpec(name=f"vm-{n}", on=n) for n in vms),
            **cluster,
        )
    )
    try:
        made.begin()
        yield made
    finally:
        made.close()


NAMES = ("s1", "s2", "s3")
NO_DEVICES = tuple(ServerSpec(name=n, fence=False, watchdog=False) for n in NAMES)
"""Servers without fence devices and watchdogs."""
