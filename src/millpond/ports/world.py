"""What an operation may see and touch."""

from typing import Protocol

from pydantic import BaseModel

from millpond.domain.names import Address
from millpond.domain.pool import PoolDocument
from millpond.domain.vm import Guest, GuestSpec, Model, VmDocument
from millpond.ports.agent import Agent
from millpond.ports.array import Array


class KnownServer(Model):
    """A server the manager has enrolled. ``pool`` is None while it is in none."""

    id: str
    name: str
    address: Address
    port: int
    pool: str | None
    enrolled: bool


class World(Protocol):
    """Pools, VMs and servers, read from those who own them (never from the manager's cache, but
    for finding them), and the agents to act through."""

    async def server(self, key: str) -> KnownServer:
        """By id or name; raises ``Refused(request.not_found)``."""
        ...

    async def servers(self) -> list[KnownServer]: ...

    async def pool(self, key: str) -> PoolDocument:
        """By id or name, as its master has it now."""
        ...

    async def pools(self) -> list[PoolDocument]:
        """As last heard; for uniqueness checks."""
        ...

    async def vm(self, key: str) -> tuple[PoolDocument, VmDocument]:
        """By id or unique name (else ``Refused`` asks for the id), as the pool master has it."""
        ...

    async def vms(self, pool: PoolDocument) -> list[VmDocument]:
        """All VMs of the pool, from its master."""
        ...

    def direct(self, address: str, port: int, server: str) -> Agent:
        """A server outside any pool, or the pool master itself."""
        ...

    def agent(self, pool: PoolDocument, server: str) -> Agent:
        """A member, reached through the pool master."""
        ...

    def master(self, pool: PoolDocument) -> Agent: ...

    async def array_id(self, key: str) -> str:
        """Of an array, by id or name; raises ``Refused(request.not_found)``."""
        ...

    def array(self, id_: str) -> Array:
        """The array with this id, which is asked for when something is asked of it; that raises
        ``Refused(request.not_found)`` too."""
        ...

    async def submit(self, kind: str, spec: BaseModel, key: str) -> str:
        """Start a child job (same ``key``, same job) and return its id. It may use locks that its
        parent holds."""
        ...

    async def wait(self, job: str) -> None:
        """Until it is done; raises ``Failed`` with its error if it ended otherwise."""
        ...

    async def remember(self, pool: PoolDocument) -> None:
        """Tell the manager's cache what the pool now is (its servers' membership with it)."""
        ...

    async def forget(self, pool: str) -> None:
        """Drop the pool and its VMs from the manager's cache; its servers are free."""
        ...

    async def guest(self, pool: PoolDocument, server: str, vm: str) -> Guest | None:
        """What the member's hypervisor says of the VM's guest; the manager's cache hears it too."""
        ...

    async def start(self, pool: PoolDocument, server: str, spec: GuestSpec) -> Guest:
        """Have the member's hypervisor start a guest; the manager's cache hears of it too."""
        ...

    async def touch(self, pool: PoolDocument, vm: str, document: VmDocument | None = None) -> None:
        """Refresh the manager's cache of one VM: its record from the pool master, or the
        ``document`` that the caller has just written there, and its guest where it was last seen."""
        ...

    async def touch_all(self, pool: PoolDocument) -> None:
        """Refresh the manager's cache of which VMs the pool has, from the pool master: some have come
        or gone with a repository."""
        ...
