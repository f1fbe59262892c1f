"""``ports.world.World`` as a pool master has it: its own records, and its members called directly."""

from collections.abc import Mapping

from pydantic import BaseModel

from millpond.domain.errors import Failed, not_found
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Guest, GuestSpec, VmDocument
from millpond.ha.env import Env
from millpond.operations.records import every_vm
from millpond.ports.agent import Agent
from millpond.ports.array import Array
from millpond.ports.world import KnownServer


class MasterWorld:
    """One pool, whose record is ``known``; ``documents`` are its VMs as they were last read. There are no jobs here, and nobody's cache: the manager
    hears of every record that is written."""

    def __init__(self, env: Env, known: PoolDocument, documents: Mapping[str, VmDocument]) -> None:
        self._env = env
        self._documents = documents
        self._known = known

    async def server(self, key: str) -> KnownServer:
        for server in await self.servers():
            if key in (server.id, server.name):
                return server
        raise not_found("server", key)

    async def servers(self) -> list[KnownServer]:
        return [
            KnownServer(
                id=m.id,
                name=m.name,
                address=m.address,
                port=m.port,
                pool=self._known.id,
                enrolled=True,
            )
            for m in self._known.members
        ]

    async def pool(self, key: str) -> PoolDocument:
        found = await self._env.records.pool(self._known.cluster_root)
        if found is None or found.id != self._known.id or key not in (found.id, found.name):
            raise not_found("pool", key)
        return found

    async def pools(self) -> list[PoolDocument]:
        return [self._known]

    async def vm(self, key: str) -> tuple[PoolDocument, VmDocument]:
        for document in await self.vms(self._known):
            if key in (document.config.id, document.config.name):
                return self._known, document
        raise not_found("vm", key)

    async def vms(self, pool: PoolDocument) -> list[VmDocument]:
        found = await every_vm(self._env.records, pool)
        return found.with_known(self._documents.values())

    def direct(self, address: str, port: int, server: str) -> Agent:
        return self.agent(self._known, server)

    def agent(self, pool: PoolDocument, server: str) -> Agent:
        if server == self._env.me:
            return self._env.agent
        return self._env.peers(pool.member(server), self._known.term)

    def master(self, pool: PoolDocument) -> Agent:
        return self._env.agent

    async def array_id(self, key: str) -> str:
        raise not_found("array", key)

    def array(self, id_: str) -> Array:
        raise not_found("array", id_)

    async def submit(self, kind: str, spec: BaseModel, key: str) -> str:
        raise Failed(kind, "a pool master has no jobs")

    async def wait(self, job: str) -> None:
        raise Failed(job, "a pool master has no jobs")

    async def remember(self, pool: PoolDocument) -> None:
        """Nothing is cached."""

    async def forget(self, pool: str) -> None:
        """Nothing is cached."""

    async def guest(self, pool: PoolDocument, server: str, vm: str) -> Guest | None:
        return await self.agent(pool, server).hypervisor.guest(vm)

    async def start(self, pool: PoolDocument, server: str, spec: GuestSpec) -> Guest:
        return await self.agent(pool, server).hypervisor.start(spec)

    async def touch(self, pool: PoolDocument, vm: str, document: VmDocument | None = None) -> None:
        """The manager hears of it by itself."""

    async def touch_all(self, pool: PoolDocument) -> None:
        """As ``touch``."""
