"""``ports.records`` on a directory shared by all servers of the pool."""

import asyncio
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

from pydantic import TypeAdapter

from millpond.adapters import durable
from millpond.adapters.records.cache import DocumentCache
from millpond.adapters.records.checks import checked, encoded, explained, follows
from millpond.adapters.records.lock import exclusive
from millpond.adapters.storage_errors import translated, unavailable
from millpond.domain import layout
from millpond.domain.errors import Refused
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.pool import PoolDocument
from millpond.domain.template import TemplateDocument
from millpond.domain.vm import VmDocument

T = TypeVar("T")

LOCK = ".millpond/lock"

MayWrite = Callable[[PoolDocument | None, PoolDocument | None], None]

_ROOT: TypeAdapter[str] = TypeAdapter(AbsolutePath)
_ID: TypeAdapter[str] = TypeAdapter(Id)
_NAME: TypeAdapter[str] = TypeAdapter(Name)


class DirectoryRecords:
    """The records of a pool in its cluster root.

    ``is_master`` says whether this server is its pool's master: True, False, or None for a server
    in no pool. None may lay out a repository and write the pool's record, because that is how a
    server becomes master; all else needs True. ``on_change`` is called in the event loop after
    every write with the VM's id, or None for the pool's own record.

    ``home`` is the cluster root of this server's pool, None while it is in none: the pool's record is
    there, and so is the one lock, whatever repository is written to.

    ``may_write`` is called before every write, under the lock, with the pool's record as it is now
    and, if it is that which is written, as it shall be; it raises ``Refused`` for a server that is
    master no more, whatever ``is_master`` knew.
    """

    def __init__(
        self,
        is_master: Callable[[], bool | None],
        on_change: Callable[[str | None], None] = lambda vm: None,
        may_write: MayWrite = lambda current, wanted: None,
        home: Callable[[], str | None] = lambda: None,
    ) -> None:
        self._is_master = is_master
        self._on_change = on_change
        self._may_write = may_write
        self._home = home
        self._pools = DocumentCache(PoolDocument)
        self._vms = DocumentCache(VmDocument, lambda d: d.config.id)
        self._templates = DocumentCache(TemplateDocument, lambda d: d.name)

    async def init(self, cluster_root: str) -> None:
        await self._run(cluster_root, self._init, pool_to_be=True)

    async def pool(self, cluster_root: str) -> PoolDocument | None:
        return await self._run(cluster_root, self._pool, pool_to_be=True)

    async def put_pool(self, document: PoolDocument) -> None:
        def put(root: Path) -> bool:
            (root / layout.POOL_RECORD).parent.mkdir(exist_ok=True)
            with exclusive(root / LOCK):
                return self._put_pool(root, document)

        if await self._run(document.cluster_root, put, pool_to_be=True):
            self._on_change(None)

    async def delete_pool(self, cluster_root: str, pool: str) -> None:
        def delete(root: Path) -> bool:
            if self._pool(root) is None:
                return False
            with exclusive(root / LOCK):
                return self._delete_pool(root, pool)

        if await self._run(cluster_root, delete, pool_to_be=True):
            self._on_change(None)

    async def vms(self, cluster_root: str) -> list[VmDocument]:
        return await self._run(cluster_root, self._list_vms)

    async def vm(self, cluster_root: str, vm: str) -> VmDocument | None:
        key = checked(_ID, vm, "VM id")
        return await self._run(cluster_root, lambda root: self._vm(root, key))

    async def put_vm(self, cluster_root: str, document: VmDocument) -> None:
        def put(root: Path) -> bool:
            with exclusive(self.lock(root)):
                return self._put_vm(root, document)

        if await self._run(cluster_root, put):
            self._on_change(document.config.id)

    async def delete_vm(self, cluster_root: str, vm: str, disks: bool) -> None:
        key = checked(_ID, vm, "VM id")
        remove = self._remove_vm if disks else self._retire_vm
        if await self._run(cluster_root, lambda root: remove(root, key)):
            self._on_change(key)

    async def templates(self, cluster_root: str) -> list[TemplateDocument]:
        return await self._run(cluster_root, self._list_templates)

    async def template(self, cluster_root: str, name: str) -> TemplateDocument | None:
        """Raises ``Refused(template.unreadable)`` besides what the port says."""
        key = checked(_NAME, name, "template name")
        return await self._run(cluster_root, lambda root: self._template(root, key))

    def check_right(self, root: Path) -> None:
        """For those who write other records below ``root``, under the same lock. Raises
        ``Refused``."""
        self._may_write(self._pool(Path(self._home() or root)), None)

    def lock(self, root: Path) -> Path:
        """The one that the pool's record is written under: who may write shows there."""
        return Path(self._home() or root) / LOCK

    async def run(self, cluster_root: str, work: Callable[[Path], T]) -> T:
        """Of those who keep other records: ``work`` in a thread if this is the pool master. Raises
        ``Refused``: ``server.role``, ``storage.*``."""
        return await self._run(cluster_root, work)

    async def _run(
        self, cluster_root: str, work: Callable[[Path], T], pool_to_be: bool = False
    ) -> T:
        """``work`` on the root in a thread, once the caller is known to be in its right."""
        root = checked(_ROOT, cluster_root, "cluster root")
        master = self._is_master()
        if not (master or (pool_to_be and master is None)):
            raise Refused(
                "server.role",
                f"repository {root}",
                "this server is not the pool master",
                "ask the pool master",
            )

        def guarded() -> T:
            with translated(root):
                os.stat(root)  # noqa: PTH116 - an unreachable root has to raise, not read as empty
                if master and not (Path(root) / layout.RUNNING_POOL).is_dir():
                    raise unavailable(
                        f"repository {root}", "its folder running_pool is gone: is it mounted?"
                    )
                return work(Path(root))

        return await asyncio.to_thread(guarded)

    @staticmethod
    def _init(root: Path) -> None:
        for folder in (*layout.FOLDERS, str(Path(layout.POOL_RECORD).parent)):
            (root / folder).mkdir(exist_ok=True)
        durable.sync_directory(root)

    def _pool(self, root: Path) -> PoolDocument | None:
        with explained("pool.unreadable", root / layout.POOL_RECORD):
            return self._pools.read(root / layout.POOL_RECORD)

    def _put_pool(self, root: Path, document: PoolDocument) -> bool:
        current = self._pool(root)
        if current is not None and current.id != document.id:
            raise Refused(
                "object.exists",
                f"repository {root}",
                f"it belongs to pool {current.name}",
                "use another repository, or delete that pool first",
            )
        if not follows(current, document, f"pool {document.name}"):
            return False
        self._may_write(current, document)
        durable.write(root / layout.POOL_RECORD, encoded(document))
        return True

    def _delete_pool(self, root: Path, pool: str) -> bool:
        current = self._pool(root)
        if current is None or current.id != pool:
            return False
        self._may_write(current, None)
        record = root / layout.POOL_RECORD
        record.unlink()
        durable.sync_directory(record.parent)
        return True

    def _list_vms(self, root: Path) -> list[VmDocument]:
        return self._vms.read_all(root / layout.RUNNING_POOL, layout.VM_RECORD, _ID)

    def _vm(self, root: Path, vm: str) -> VmDocument | None:
        path = root / layout.RUNNING_POOL / vm / layout.VM_RECORD
        with explained("pool.unreadable", path):
            return self._vms.read(path)

    def _put_vm(self, root: Path, document: VmDocument) -> bool:
        config = document.config
        current = self._vm(root, config.id)
        if not follows(current, document, f"vm {config.name}"):
            return False
        self.check_right(root)
        if current is None or current.config.name != config.name:
            self._check_name(root, config.id, config.name)
        directory = root / layout.RUNNING_POOL / config.id
        directory.mkdir(exist_ok=True)
        durable.sync_directory(directory.parent)
        try:
            durable.write(directory / layout.VM_RECORD, encoded(document))
        except OSError:
            with suppress(OSError):  # not empty: the VM was there before
                directory.rmdir()
            raise
        return True

    def _check_name(self, root: Path, vm: str, name: str) -> None:
        for other in self._list_vms(root):
            if other.config.name == name and other.config.id != vm:
                raise Refused(
                    "object.exists",
                    f"vm {name}",
                    f"the pool has a VM of that name ({other.config.id})",
                    "choose another name",
                )

    def _remove_vm(self, root: Path, vm: str) -> bool:
        """The record goes last, so that a crash on the way leaves a VM to be deleted again and
        not files that nobody knows of. Large files take long: the lock is not held for them."""
        directory = root / layout.RUNNING_POOL / vm
        self.check_right(root)
        try:
            entries = list(os.scandir(directory))
        except FileNotFoundError:
            return False
        for entry in entries:
            if entry.name == layout.VM_RECORD:
                continue
            if entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path)
            else:
                Path(entry.path).unlink(missing_ok=True)
        with exclusive(self.lock(root)):
            self.check_right(root)
            (directory / layout.VM_RECORD).unlink(missing_ok=True)
            directory.rmdir()
            durable.sync_directory(directory.parent)
        self._vms.forget(directory / layout.VM_RECORD)
        return True

    def _retire_vm(self, root: Path, vm: str) -> bool:
        record = root / layout.RUNNING_POOL / vm / layout.VM_RECORD
        with exclusive(self.lock(root)):
            if not record.exists():
                return False
            self.check_right(root)
            record.rename(record.with_name(layout.RETIRED_RECORD))
            durable.sync_directory(record.parent)
        self._vms.forget(record)
        return True

    def _list_templates(self, root: Path) -> list[TemplateDocument]:
        return self._templates.read_all(root / layout.SEED_POOL, layout.TEMPLATE_RECORD, _NAME)

    def _template(self, root: Path, name: str) -> TemplateDocument | None:
        path = root / layout.SEED_POOL / name / layout.TEMPLATE_RECORD
        with explained("template.unreadable", path):
            return self._templates.read(path)
