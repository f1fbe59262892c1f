"""What a server can offer a guest: control groups, O_DIRECT, bridges, disks, memory."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

import libvirt

from millpond.adapters.host.kernel import memory
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import Cgroup, Host
from millpond.domain.chain import chain
from millpond.domain.errors import Refused
from millpond.domain.pool_lun import PoolLun
from millpond.domain.server import Acceleration
from millpond.domain.vm import Disk, GuestSpec

_CGROUPS = Path("/sys/fs/cgroup")


class HostFacts:
    """``acceleration`` proves, or remembers, what this server can run guests with."""

    def __init__(
        self,
        connection: Connection,
        acceleration: Callable[[], Awaitable[Acceleration]],
        lun: Callable[[str], PoolLun | None],
    ) -> None:
        self._connection = connection
        self._lun = lun
        self._acceleration = acceleration

    async def for_domains(self) -> Host:
        version = await self._connection.read("ask for QEMU's version", _version)
        return Host(
            await self._acceleration(),
            usable_cgroup(),
            can_open_directly,
            version,
            weighs_io(),
            self._lun,
        )

    async def check_arrival(self, spec: GuestSpec) -> None:
        """Raise the ``migration.*`` refusal that says why the guest cannot come here."""
        await asyncio.to_thread(_check_arrival, spec, self._lun)


def _version(connection: libvirt.virConnect) -> int:
    return int(connection.getVersion())


def usable_cgroup() -> Cgroup:
    """Where libvirt can set shares and quotas: needs a CPU controller that can be written to, and
    that qemu.conf has not switched off (cgroups(7))."""
    if _switched_off("cpu"):
        return Cgroup.NONE
    unified = _CGROUPS / "cgroup.controllers"
    if unified.exists():
        has_cpu = "cpu" in unified.read_text().split()
        return Cgroup.V2 if has_cpu and os.access(_CGROUPS, os.W_OK) else Cgroup.NONE
    for name in ("cpu", "cpu,cpuacct"):
        if (_CGROUPS / name / "cpu.shares").exists() and os.access(_CGROUPS / name, os.W_OK):
            return Cgroup.V1
    return Cgroup.NONE


def weighs_io() -> bool:
    """Whether libvirt can set weights for disk time: needs a controller as ``usable_cgroup`` does, of a
    kernel with BFQ's groups or ``io.weight``. Which of them a disk obeys is its I/O scheduler's choice."""
    if _switched_off("blkio"):
        return False
    unified = _CGROUPS / "cgroup.controllers"
    if unified.exists():
        return "io" in unified.read_text().split() and os.access(_CGROUPS, os.W_OK)
    group = _CGROUPS / "blkio"
    return os.access(group, os.W_OK) and any(group.glob("blkio.bfq.*"))


def takes_leases() -> bool:
    """Whether libvirt here takes the leases that domains name: with another lock manager, or none,
    it starts them all the same."""
    return any('"sanlock"' in line for line in _settings("lock_manager"))


def _switched_off(controller: str) -> bool:
    """Whether qemu.conf lists controllers without this one."""
    return any(f'"{controller}"' not in line for line in _settings("cgroup_controllers"))


def _settings(name: str) -> list[str]:
    """The lines of qemu.conf that set ``name``."""
    try:
        lines = Path("/etc/libvirt/qemu.conf").read_text().splitlines()
    except OSError:
        return []
    return [line for line in lines if line.lstrip().startswith(name)]


def can_open_directly(path: str) -> bool:
    """Whether the file system lets QEMU open the file past the page cache (open(2), O_DIRECT)."""
    try:
        os.close(os.open(path, os.O_RDONLY | os.O_DIRECT))
    except OSError:
        return False
    return True


def _check_arrival(spec: GuestSpec, lun: Callable[[str], PoolLun | None]) -> None:
    config = spec.config
    subject = f"vm {config.name}"
    missing = sorted(
        {v.bridge for v in config.vifs if not Path("/sys/class/net", v.bridge, "bridge").exists()}
    )
    if missing:
        raise Refused(
            "migration.bridge",
            subject,
            f"the target has no bridge {', '.join(missing)}",
            f"create it on all members: millpond network create POOL {missing[0]}",
        )
    for disk in (d for d in config.disks if not d.empty):
        path = _closed(spec.directory, disk)
        if path is not None and lun(path) is None:
            raise Refused(
                "migration.disk",
                subject,
                f"the target cannot open disk {disk.target} ({path})",
                "mount the shared repository there, or give the target access to the LUN",
            )
    _, free = memory()
    if free < config.max_memory:
        raise Refused(
            "migration.memory",
            subject,
            f"the target has {free} MiB free, {config.max_memory} MiB are needed",
            "choose another server, or move guests away from it first",
        )


def _closed(directory: str, disk: Disk) -> str | None:
    """The first of the disk's files that cannot be opened here as it has to be."""
    paths = chain(directory, disk).paths
    for path in paths:
        written = path == paths[0] and not disk.readonly
        if not os.access(path, os.R_OK | os.W_OK if written else os.R_OK):
            return path
    return None
