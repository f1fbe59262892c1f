"""A manager and agents with many fake guests, there at once instead of created one by one."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from uuid import NAMESPACE_DNS, uuid5

from millpond.adapters.fake.guests import FakeGuest, GuestFiles
from millpond.adapters.records.checks import encoded
from millpond.domain.layout import VM_RECORD, vm_directory
from millpond.domain.names import MAC_PREFIX
from millpond.domain.vm import Disk, DiskFormat, GuestSpec, Vif, VmConfig, VmDocument, Wanted
from tests.support.api import Json
from tests.support.system import System
from tests.support.zygote import Zygote

PATIENCE = 90.0
"""Seconds the manager may take to learn of all VMs, once all servers answer."""
AT_ONCE = 20
"""Programs that start together: of hundreds, the first would not be ready in time."""


class Fleet:
    """A pool on fake servers. ``hold`` gives it VMs, all of them running."""

    def __init__(self, system: System) -> None:
        self._system = system
        self._fresh = Zygote()
        self.api = system.api
        self.ids: list[str] = []

    @property
    def manager_pid(self) -> int:
        return self._system.manager.pid

    def hold(self, count: int) -> float:
        """Bring the VMs to ``count`` while everything is off, then start everything; the seconds
        the manager took, from its start, to show them all."""
        programs = [self._system.manager, *self._system.agents.values()]
        pool = self.api.items("/pools")[0]["id"]
        for program in programs:
            program.end()
        self._seed(count, pool)
        # The manager shall not share the memory of a parent that has imported it already.
        self._system.manager.zygote = self._fresh
        started = time.monotonic()
        for n in range(0, len(programs), AT_ONCE):
            some = programs[n : n + AT_ONCE]
            for program in some:
                program.start()
            for program in some:
                program.wait_ready()
        deadline = time.monotonic() + PATIENCE
        while not self._complete():
            assert time.monotonic() < deadline, "the manager does not know all VMs"
            time.sleep(0.2)
        return time.monotonic() - started

    def walk(self) -> list[Json]:
        """All VMs, by pages of 1,000."""
        found: list[Json] = []
        after = ""
        while True:
            page = self.api("GET", f"/vms?limit=1000{after}")
            found += page["items"]
            if page["next"] is None:
                return found
            after = f"&after={page['next']}"

    def servers(self) -> list[Json]:
        return self.api.items("/servers?limit=1000")

    def _complete(self) -> bool:
        servers = self.servers()
        if not all(s["up"] for s in servers) or sum(s["vms"] for s in servers) != len(self.ids):
            return False
        return not any(self.api.items(f"/vms?limit=1&power={p}") for p in ("stopped", "unknown"))

    def _seed(self, count: int, pool: str) -> None:
        servers = list(self._system.agents)
        guests = {name: self._guests(name) for name in servers}
        for n in range(len(self.ids), count):
            name = servers[n % len(servers)]
            document = _document(n, _server_id(name))
            directory = vm_directory(str(self._system.root), document.config.id)
            Path(directory).mkdir()
            (Path(directory) / VM_RECORD).write_bytes(encoded(document))
            assert document.run is not None
            spec = GuestSpec(
                config=document.config,
                directory=directory,
                lockspace=pool,
                run=document.run,
            )
            guests[name].put(FakeGuest(spec=spec, started=time.time()))
            self.ids.append(document.config.id)

    def _guests(self, server: str) -> GuestFiles:
        return GuestFiles(self._system.directory / "guests" / self._system.agents[server].address)

    def close(self) -> None:
        self._fresh.close()


def _server_id(name: str) -> str:
    return str(uuid5(NAMESPACE_DNS, name))


def _document(n: int, server: str) -> VmDocument:
    """An ordinary VM: two disks, a VIF, a description, tags."""
    disk = {"format": DiskFormat.QCOW2, "size": 40 << 30}
    config = VmConfig(
        id=str(uuid5(NAMESPACE_DNS, f"vm{n}")),
        name=f"vm{n:05}",
        memory=1024,
        max_memory=2048,
        vcpus=2,
        max_vcpus=4,
        disks=tuple(
            Disk(target=target, source=f"file:{target}.qcow2", **disk) for target in ("vda", "vdb")
        ),
        vifs=(
            Vif(
                mac=f"{MAC_PREFIX}:{n >> 16:02x}:{n >> 8 & 255:02x}:{n & 255:02x}", bridge="xenbr0"
            ),
        ),
        description=f"Number {n} of a fleet that is there to be measured",
        tags=("bench", f"rack-{n % 40}"),
    )
    return VmDocument(
        config=config,
        generation=3,
        wanted=Wanted.ON,
        placed_on=server,
        run=str(uuid5(NAMESPACE_DNS, f"run{n}")),
    )


@contextmanager
def fleet(directory: Path, servers: int) -> Iterator[Fleet]:
    """An empty pool of ``servers`` fake servers; every process of it has ended on return."""
    with System(directory, servers) as system:
        system.make_pool()
        made = Fleet(system)
        try:
            yield made
        finally:
            made.close()
