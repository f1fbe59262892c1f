"""VMs' records in all of a pool's repositories, as its master has them."""

import asyncio
from collections.abc import Iterable
from typing import NamedTuple

from millpond.domain.errors import Refused
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import Repository
from millpond.domain.vm import VmDocument
from millpond.ports.records import Records

NOT_READ = frozenset({"storage.unavailable", "storage.full"})
"""What a repository that is not there says."""


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
    vms = await records.vms(pool.cluster_root)
    if not pool.repositories:
        return Everything(vms, {})
    unread: dict[str, str] = {}

    async def one(repository: Repository) -> list[VmDocument]:
        try:
            found = await records.vms(readable(pool, repository))
        except Refused as refused:
            if refused.code not in NOT_READ:
                raise
            unread[repository.id] = refused.message
            return []
        return [_lying_in(d, repository) for d in found]

    others = await asyncio.gather(*(one(r) for r in pool.repositories))
    return Everything([*vms, *(d for found in others for d in found)], unread)


async def find_vm(records: Records, pool: PoolDocument, vm: str) -> VmDocument | None:
    """The record of the VM with this id, wherever it lies. Raises ``Refused(storage.unavailable)`` if
    it may lie in a repository that is not there."""
    found = await records.vm(pool.cluster_root, vm)
    refused: Refused | None = None
    for repository in pool.repositories:
        if found is not None:
            break
        try:
            found = await records.vm(readable(pool, repository), vm)
        except Refused as error:
            if error.code not in NOT_READ:
                raise
            refused = error
        else:
            found = _lying_in(found, repository) if found is not None else None
    if found is None and refused is not None:
        raise refused
    return found


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


def _lying_in(document: VmDocument, repository: Repository) -> VmDocument:
    """A tree may have been another's: where a record lies is what counts."""
    if document.repository == repository.id:
        return document
    return document.model_copy(update={"repository": repository.id})
