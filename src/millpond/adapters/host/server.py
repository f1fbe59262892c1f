"""``ports.server`` on this machine."""

import asyncio
import os
import platform
import socket
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

from millpond import __version__
from millpond.adapters.host import kernel, probes
from millpond.adapters.host.acceleration import AccelerationSource
from millpond.adapters.host.membership import MembershipFile
from millpond.adapters.host.storage import StorageViews
from millpond.adapters.host.versions import Versions
from millpond.domain.repository import Repository
from millpond.domain.server import Cpu, Inventory, Membership, NumaNode
from millpond.domain.usage import ServerCounters
from millpond.ports.bridges import Bridges

RESOLVE_PATIENCE = 3.0
"""Seconds a name may take to resolve."""


class HostServer:
    """This server, known as ``server`` (its host UUID).

    ``versions`` asks the hypervisor, ``roots`` are the repositories to report on besides the pool's
    cluster root. ``overrides`` replace fields of the inventory, so that many fake agents on one
    machine can be servers of any size; ``memory`` alone sets ``memory_free`` too. ``leaving`` is
    awaited with a pool's id before that is forgotten. ``joined`` tells whether the server has its
    host id in the pool's lockspace, ``usable`` which of the pool's repositories it can use.
    """

    def __init__(
        self,
        server: str,
        state_dir: Path,
        bridges: Bridges,
        versions: Callable[[], Awaitable[Versions]],
        acceleration: AccelerationSource,
        roots: Sequence[str] = ("/OVS",),
        overrides: Mapping[str, Any] | None = None,
        leaving: Callable[[str], Awaitable[None]] | None = None,
        joined: Callable[[], Awaitable[bool]] | None = None,
        usable: Callable[[Sequence[Repository]], Awaitable[frozenset[str]]] | None = None,
    ) -> None:
        self._server = server
        self._membership = MembershipFile(state_dir)
        self._bridges = bridges
        self._versions = versions
        self._acceleration = acceleration
        self._roots = tuple(roots)
        self._leaving = leaving
        self._joined = joined
        self._usable = usable
        self._storage = StorageViews()
        self._overrides = dict(overrides or {})
        if "memory" in self._overrides:
            self._overrides.setdefault("memory_free", self._overrides["memory"])

    async def inventory(self) -> Inventory:
        proof, versions, nics, bridges, joined, (usable, storage) = await asyncio.gather(
            self._acceleration.proof(),
            self._versions(),
            self._bridges.nics(),
            self._bridges.bridges(),
            self._is_joined(),
            asyncio.gather(self._can_use(), self._storage.views(self.repositories())),
        )
        total, free = kernel.memory()
        facts: dict[str, Any] = {
            "id": self._server,
            "hostname": socket.gethostname(),
            "agent_version": __version__,
            "libvirt_version": versions.libvirt,
            "hypervisor": versions.hypervisor,
            "acceleration": proof.acceleration,
            "acceleration_proof": proof.sentence,
            "cpu": self._cpu,
            "numa": self._numa,
            "memory": total,
            "memory_free": free,
            "nics": tuple(nics),
            "bridges": tuple(bridges),
            "storage": storage,
            "clock": time.time(),
            "boot_id": self.boot_id,
            "kernel": platform.release(),
            "joined": joined,
            "repositories": usable,
        }
        return Inventory.model_validate(facts | self._overrides)

    async def _is_joined(self) -> bool:
        return self._joined is not None and await self._joined()

    async def _can_use(self) -> frozenset[str]:
        membership = self._membership.current
        if self._usable is None or membership is None:
            return frozenset()
        return await self._usable(membership.repositories)

    def memory_free(self) -> int:
        """MiB that guests could be given now."""
        return int(self._overrides.get("memory_free", kernel.memory()[1]))

    def memory(self) -> int:
        """All of it, in MiB."""
        return int(self._overrides.get("memory", kernel.memory()[0]))

    def counters(self) -> ServerCounters:
        return ServerCounters(
            cpu_time=kernel.cpu_time(),
            cpus=os.cpu_count() or 1,
            memory=(self.memory() - self.memory_free()) << 20,
        )

    def is_master(self) -> bool | None:
        """Whether this server is its pool's master; None while it is in no pool."""
        membership = self._membership.current
        return None if membership is None else membership.master == self._server

    @property
    def id(self) -> str:
        """Its host UUID."""
        return self._server

    @property
    def current(self) -> Membership | None:
        """``membership``, without waiting."""
        return self._membership.current

    async def membership(self) -> Membership | None:
        return self._membership.current

    async def join(self, membership: Membership) -> None:
        await asyncio.to_thread(self._membership.join, membership)

    async def leave(self, pool: str) -> None:
        current = self._membership.current
        if self._leaving is not None and current is not None and current.pool == pool:
            await self._leaving(pool)
        await asyncio.to_thread(self._membership.leave, pool)

    async def resolve(self, names: list[str]) -> dict[str, list[str]]:
        found = await asyncio.gather(*(_resolve(name) for name in names))
        return dict(zip(names, found, strict=True))

    async def write_probe(self, directory: str, nonce: str) -> None:
        await asyncio.to_thread(probes.write, directory, nonce)

    async def read_probe(self, directory: str, nonce: str) -> bool:
        return await asyncio.to_thread(probes.read, directory, nonce)

    async def remove_probe(self, directory: str, nonce: str) -> None:
        await asyncio.to_thread(probes.remove, directory, nonce)

    def repositories(self) -> tuple[str, ...]:
        """Those of the pool this server is in, if any, and its other ones."""
        m = self._membership.current
        root = () if m is None else (m.cluster_root, *(r.mount for r in m.repositories))
        return tuple(dict.fromkeys((*root, *self._roots)))

    @cached_property
    def _cpu(self) -> Cpu:
        return kernel.cpu()

    @cached_property
    def _numa(self) -> tuple[NumaNode, ...]:
        return kernel.numa()

    @cached_property
    def boot_id(self) -> str:
        return kernel.boot_id()


async def _resolve(name: str) -> list[str]:
    """By whatever nsswitch.conf(5) says; none if it does not resolve, or not in time."""
    loop = asyncio.get_running_loop()
    try:
        async with asyncio.timeout(RESOLVE_PATIENCE):
            found = await loop.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, TimeoutError, UnicodeError):
        return []
    return list(dict.fromkeys(str(address[0]) for *_, address in found))
