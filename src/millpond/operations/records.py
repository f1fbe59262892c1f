"""VMs' records in all of a pool's repositories, as its master has them."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import NamedTuple, Protocol, Self, TypeVar

from millpond.domain.errors import Refused
from millpond.domain.names import Id
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.vm import VmDocument
from millpond.ports.records import Records

NOT_READ = frozenset({"storage.unavailable", "storage.full"})
"""What a repository that is not there says."""


class Lying(Protocol):
    """A record of something that lies in a repository."""

    @property
    def repository(self) -> Id | None: ...

    def model_copy(self, *, update: dict[str, object]) -> Self: ...


D = TypeVar("D", bound=Lying)


class Everything(NamedTuple):
    """``unread``: why there is no word from a repository, by its id."""

    vms: list[VmDocument]
    unread: dict[str, str]

    def with_known(self, known: Iterable[VmDocument]) -> list[VmDocument]:
        """And of the repositories without a word, what was known before: guests may run from them,
        take room, and have names."""
        found = {d.config.id for d in self.vms}
        lost = [d for d in known if d.repository in self.unread and d.config.id not in found]
        return [*self.vms, *lost]


async def every_vm(records: Records, pool: PoolDocument) -> Everything:
    """One repository that is gone keeps nobody from the others; the cluster root has to be there.
    Raises what ``records`` raises for that."""
    return Everything(*await everywhere(pool, records.vms))


async def everywhere(
    pool: PoolDocument, read: Callable[[str], Awaitable[list[D]]]
) -> tuple[list[D], dict[str, str]]:
    """What ``read`` finds in each of the repositories, by its directory, and why there is no word from
    some (by id). Raises what ``read`` raises for the cluster root."""
    found = await read(pool.cluster_root)
    unread: dict[str, str] = {}

    async def one(repository: Repository) -> list[D]:
        try:
            there = await read(readable(pool, repository))
        except Refused as refused:
            if refused.code not in NOT_READ:
                raise
            unread[repository.id] = refused.message
            return []
        return [_lying_in(d, repository) for d in there]

    others = await asyncio.gather(*(one(r) for r in pool.repositories))
    return [*found, *(d for there in others for d in there)], unread


async def find_vm(
    records: Records, pool: PoolDocument, vm: str, last: str | None = None
) -> VmDocument | None:
    """The record of the VM with this id, wherever it lies; ``last`` (an id) is the repository where it was
    last, which is asked first. Raises ``Refused(storage.unavailable)`` if it may lie in a repository that
    is not there."""
    refused: Refused | None = None
    for repository in _in_turn(pool, last):
        try:
            root = pool.cluster_root if repository is None else readable(pool, repository)
            found = await records.vm(root, vm)
        except Refused as error:
            if repository is None or error.code not in NOT_READ:
                raise
            refused = error
        else:
            if found is not None:
                return found if repository is None else _lying_in(found, repository)
    if refused is not None:
        raise refused
    return None


def _in_turn(pool: PoolDocument, last: str | None) -> list[Repository | None]:
    """All of its repositories, None being the cluster root, ``last`` first."""
    every: list[Repository | None] = [None, *pool.repositories]
    return sorted(every, key=lambda r: (r.id if r else None) != last)


def readable(pool: PoolDocument, repository: Repository) -> str:
    """Where the pool master reads it. Raises ``Refused(storage.unavailable)`` if that does not have
    it."""
    if not repository.on(pool.master.id):
        raise Refused(
            "storage.unavailable",
            f"repository {repository.name}",
            f"the pool master {pool.master.name} does not have it, and so cannot keep its records",
            "make one of its servers the master: millpond pool roles POOL SERVER master,vm",
        )
    return repository.mount


def _lying_in(document: D, repository: Repository) -> D:
    """A tree may have been another's: where a record lies is what counts."""
    if document.repository == repository.id:
        return document
    return document.model_copy(update={"repository": repository.id})
