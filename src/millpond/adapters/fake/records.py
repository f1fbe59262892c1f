"""``ports.records`` in memory: for simulated pools, whose time is the event loop's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from millpond.adapters.records.checks import follows
from millpond.adapters.records.lock import PATIENCE
from millpond.domain.errors import Refused
from millpond.domain.pool import PoolDocument
from millpond.domain.template import TemplateDocument
from millpond.domain.vm import VmDocument


@dataclass
class Repository:
    """One cluster root. ``locked_by`` writes just now."""

    pool: PoolDocument | None = None
    vms: dict[str, VmDocument] = field(default_factory=dict)
    templates: dict[str, TemplateDocument] = field(default_factory=dict)
    locked_by: "FakeRecords | None" = None


@dataclass
class RecordStore:
    """The storage that the servers of a pool share. ``wrote`` is told who has written, and what the
    pool's record was before."""

    roots: dict[str, Repository] = field(default_factory=dict)
    wrote: "Callable[[FakeRecords, PoolDocument | None], None]" = lambda writer, before: None

    def unlock(self, owner: "FakeRecords") -> None:
        """The kernel lets go of the lock of a process that died."""
        for repository in self.roots.values():
            if repository.locked_by is owner:
                repository.locked_by = None


async def _at_once() -> None:
    """Storage that is never slow."""


MayWrite = Callable[[PoolDocument | None, PoolDocument | None], None]
"""Raises ``Refused`` unless this server may write: see ``domain.mastership.check_write``, of which
these are ``current`` and ``wanted``."""


class FakeRecords:
    """One server's way to the records in ``store``; ``is_master`` and ``on_change`` are those of
    ``adapters.records.DirectoryRecords``. ``may_write`` is asked under the lock. ``access`` is
    awaited before each access to the storage: it may take its time, or raise
    ``Refused(storage.unavailable)``. As with threads, a write goes on when its caller has given
    up."""

    def __init__(
        self,
        store: RecordStore,
        is_master: Callable[[], bool | None],
        on_change: Callable[[str | None], None] = lambda vm: None,
        access: Callable[[], Awaitable[None]] = _at_once,
        may_write: MayWrite = lambda current, wanted: None,
    ) -> None:
        self._store = store
        self._is_master = is_master
        self._on_change = on_change
        self._access = access
        self._may_write = may_write
        self._writing: set[asyncio.Task[bool]] = set()

    async def init(self, cluster_root: str) -> None:
        self._check_right(cluster_root, pool_to_be=True)
        await self._access()
        self._store.roots.setdefault(cluster_root, Repository())

    async def pool(self, cluster_root: str) -> PoolDocument | None:
        return (await self._root(cluster_root, pool_to_be=True)).pool

    async def put_pool(self, document: PoolDocument) -> None:
        def put(repository: Repository) -> bool:
            current = repository.pool
            if current is not None and current.id != document.id:
                raise Refused(
                    "object.exists",
                    f"repository {document.cluster_root}",
                    f"it belongs to pool {current.name}",
                    "use another repository, or delete that pool first",
                )
            if not follows(current, document, f"pool {document.name}"):
                return False
            repository.pool = document
            return True

        if await self._write(document.cluster_root, put, wanted=document, pool_to_be=True):
            self._on_change(None)

    async def delete_pool(self, cluster_root: str, pool: str) -> None:
        def delete(repository: Repository) -> bool:
            if repository.pool is None or repository.pool.id != pool:
                return False
            repository.pool = None
            return True

        if await self._write(cluster_root, delete, pool_to_be=True):
            self._on_change(None)

    async def vms(self, cluster_root: str) -> list[VmDocument]:
        return [d for _, d in sorted((await self._root(cluster_root)).vms.items())]

    async def vm(self, cluster_root: str, vm: str) -> VmDocument | None:
        return (await self._root(cluster_root)).vms.get(vm)

    async def put_vm(self, cluster_root: str, document: VmDocument) -> None:
        def put(repository: Repository) -> bool:
            config = document.config
            if not follows(repository.vms.get(config.id), document, f"vm {config.name}"):
                return False
            for other in repository.vms.values():
                if other.config.name == config.name and other.config.id != config.id:
                    raise Refused(
                        "object.exists",
                        f"vm {config.name}",
                        f"the pool has a VM of that name ({other.config.id})",
                        "choose another name",
                    )
            repository.vms[config.id] = document
            return True

        if await self._write(cluster_root, put):
            self._on_change(document.config.id)

    async def delete_vm(self, cluster_root: str, vm: str, disks: bool) -> None:
        def delete(repository: Repository) -> bool:
            return repository.vms.pop(vm, None) is not None

        if await self._write(cluster_root, delete):
            self._on_change(vm)

    async def templates(self, cluster_root: str) -> list[TemplateDocument]:
        return [t for _, t in sorted((await self._root(cluster_root)).templates.items())]

    async def template(self, cluster_root: str, name: str) -> TemplateDocument | None:
        return (await self._root(cluster_root)).templates.get(name)

    def _check_right(self, root: str, pool_to_be: bool) -> None:
        master = self._is_master()
        if not (master or (pool_to_be and master is None)):
            raise Refused(
                "server.role",
                f"repository {root}",
                "this server is not the pool master",
                "ask the pool master",
            )

    async def _root(self, root: str, pool_to_be: bool = False) -> Repository:
        self._check_right(root, pool_to_be)
        await self._access()
        if root not in self._store.roots:
            raise Refused(
                "storage.unavailable",
                f"repository {root}",
                "there is no such directory",
                "check that the shared storage is mounted there",
            )
        return self._store.roots[root]

    async def _write(
        self,
        root: str,
        work: Callable[[Repository], bool],
        wanted: PoolDocument | None = None,
        pool_to_be: bool = False,
    ) -> bool:
        writing = asyncio.create_task(self._write_now(root, work, wanted, pool_to_be))
        self._writing.add(writing)
        writing.add_done_callback(self._written)
        return await asyncio.shield(writing)

    def _written(self, writing: asyncio.Task[bool]) -> None:
        self._writing.discard(writing)
        if not writing.cancelled():
            writing.exception()  # whoever asked may have given up: then nobody hears of it

    async def _write_now(
        self,
        root: str,
        work: Callable[[Repository], bool],
        wanted: PoolDocument | None,
        pool_to_be: bool,
    ) -> bool:
        repository = await self._root(root, pool_to_be)
        async with self._exclusive(root, repository):
            self._may_write(repository.pool, wanted)
            await self._access()
            before = repository.pool
            changed = work(repository)
        if changed:
            self._store.wrote(self, before)
        return changed

    @asynccontextmanager
    async def _exclusive(self, root: str, repository: Repository) -> AsyncIterator[None]:
        """``adapters.records.lock.exclusive``."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while repository.locked_by is not None:
            if loop.time() > deadline:
                raise Refused(
                    "server.busy",
                    f"repository {root}",
                    f"another process has held its lock for {PATIENCE:.0f} s",
                    "see which server of the pool hangs",
                )
            await asyncio.sleep(0.1)
        repository.locked_by = self
        try:
            yield
        finally:
            self._store.unlock(self)
