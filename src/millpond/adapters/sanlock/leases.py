"""``ports.leases`` on sanlock(8)."""

import asyncio
import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import sanlock

from millpond.adapters import durable
from millpond.adapters.daemon_thread import in_daemon_thread
from millpond.adapters.lease_errors import damaged, in_use, no_lockspace
from millpond.adapters.sanlock import ondisk
from millpond.adapters.sanlock.calls import Calls, lease, read_owner
from millpond.adapters.storage_errors import translated
from millpond.domain.errors import Refused
from millpond.domain.layout import (
    LEASES,
    RUNNING_POOL,
    lockspace_path,
    pool_lease,
    vm_directory,
    vm_lease,
)
from millpond.domain.leases import (
    MASTER,
    RENEWAL,
    SLOT,
    SUCCESSION,
    LeaseOwner,
    Lockspace,
    Resource,
)

T = TypeVar("T")


class SanlockLeases:
    """Belongs to one asyncio loop. The daemon formats the leases, so it has to run; it need not have
    joined anything. A file gets its name once its leases are complete, by link(2), which replaces
    nothing: formatting a lease that somebody holds would take it away unnoticed."""

    def __init__(self) -> None:
        self._calls = Calls()

    async def init(self, cluster_root: str, pool: str, io_timeout: int) -> None:
        path = lockspace_path(cluster_root)
        if await self._is_new(cluster_root, path, _prepare):
            write = partial(sanlock.write_lockspace, pool.encode(), iotimeout=io_timeout)
            await self._lay(cluster_root, path, 1, write)
        found = await self._calls.short(path, partial(sanlock.read_lockspace, path))
        _check(path, found, lockspace=pool)
        await self._resources(
            cluster_root, [pool_lease(cluster_root, pool, name) for name in (MASTER, SUCCESSION)]
        )

    async def create(self, cluster_root: str, pool: str, vm: str) -> None:
        directory = vm_directory(cluster_root, vm)
        await self._resources(cluster_root, [vm_lease(directory, pool, vm)])

    async def owner(self, cluster_root: str, pool: str, vm: str) -> LeaseOwner | None:
        return await read_owner(self._calls, vm_lease(vm_directory(cluster_root, vm), pool, vm))

    async def remove(self, cluster_root: str, pool: str) -> None:
        path = lockspace_path(cluster_root)
        place = Lockspace(name=pool, path=path, host_id=1, io_timeout=1)
        read = partial(_hosts_in, place)
        before = await _on(cluster_root, read)
        if before is None:
            return
        if before:
            await asyncio.sleep(RENEWAL * max(host.io_timeout for host in before) + 1)
            renewed = set(await _on(cluster_root, read) or ()) - set(before)
            for host in renewed:
                raise in_use(path, host.owner)
        await _on(cluster_root, partial(_remove, cluster_root))

    async def _resources(self, root: str, resources: list[Resource]) -> None:
        """Those of one file."""
        path = resources[0].path
        write = partial(_write_resources, resources)
        if await self._is_new(root, path, lambda *_: None) and await self._lay(
            root, path, len(resources), write
        ):
            return
        for resource in resources:
            read = partial(sanlock.read_resource, path, resource.offset)
            found = await self._calls.short(path, read)
            _check(path, found, lockspace=resource.lockspace, resource=resource.name)

    async def _is_new(self, root: str, path: str, prepare: Callable[[str, str], None]) -> bool:
        def look() -> bool:
            if Path(path).exists():
                return False
            prepare(root, path)
            return True

        return await _on(root, look)

    async def _lay(self, root: str, path: str, slots: int, write: Callable[[str], None]) -> bool:
        """Whether what is there now is this: somebody else may do the same meanwhile, and the first
        one counts."""
        unfinished = Path(path).with_name(f".{Path(path).name}.{uuid4().hex}.tmp")
        try:
            await _on(root, partial(_allocate, unfinished, slots * SLOT))
            await self._calls.short(path, partial(write, str(unfinished)))
            return await _on(root, partial(_name, unfinished, Path(path)))
        except BaseException:
            await _on(root, partial(unfinished.unlink, missing_ok=True))
            raise


async def _on(root: str, work: Callable[[], T]) -> T:
    def translating() -> T:
        with translated(root):
            return work()

    return await in_daemon_thread("leases", translating)


def _prepare(root: str, path: str) -> None:
    Path(root, LEASES).mkdir(parents=True, exist_ok=True)
    if left := [str(p) for p in _left(root)]:
        raise no_lockspace(path, left)


def _left(root: str) -> list[Path]:
    """The leases in a repository but for its lockspace."""
    leases = [Path(root, LEASES, "pool"), *Path(root, RUNNING_POOL).glob("*/lease")]
    return [p for p in leases if p.exists()]


def _hosts_in(lockspace: Lockspace) -> list[ondisk.Leader] | None:
    """Those that have not left, dead or alive; None if this is no lockspace of the pool."""
    try:
        return [h for h in ondisk.read_lockspace(lockspace.path, lockspace.name) if h.timestamp]
    except Refused as refused:
        if refused.code != "lease.lockspace":
            raise
        return None


def _remove(root: str) -> None:
    """The lockspace last: without it nobody would remove the rest."""
    for file in (*_left(root), Path(lockspace_path(root))):
        file.unlink(missing_ok=True)
        durable.sync_directory(file.parent)


def _allocate(path: Path, size: int) -> None:
    """All of it: a lease must not need room when it is used. It belongs to whom the daemon runs as."""
    daemon = Path(os.environ.get("SANLOCK_RUN_DIR", "/run/sanlock"), "sanlock.sock").stat()
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o660)
    try:
        os.posix_fallocate(handle, 0, size)
        os.fchown(handle, daemon.st_uid, daemon.st_gid)
        os.fsync(handle)
    finally:
        os.close(handle)


def _name(unfinished: Path, path: Path) -> bool:
    try:
        path.hardlink_to(unfinished)
    except FileExistsError:
        return False
    finally:
        unfinished.unlink()
    durable.sync_directory(path.parent)
    return True


def _write_resources(resources: list[Resource], path: str) -> None:
    for resource in resources:
        space, name, _ = lease(resource)
        sanlock.write_resource(space, name, [(path, resource.offset)])


def _check(path: str, found: dict[str, Any], **wanted: str) -> None:
    for key, value in wanted.items():
        if found[key] != value.encode():
            raise damaged(path, f"it is the {key} of {found[key].decode(errors='replace')}")
