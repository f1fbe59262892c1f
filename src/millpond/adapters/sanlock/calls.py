"""Calls of sanlock's daemon that cannot hang their caller, though the daemon or the storage does."""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import TypeVar

import sanlock

from millpond.adapters.daemon_thread import Serial, in_daemon_thread
from millpond.adapters.lease_errors import lost, silent
from millpond.adapters.sanlock.errors import refusal
from millpond.domain.leases import LeaseOwner, Resource

T = TypeVar("T")

PATIENCE = 2.0
"""Seconds until a daemon that does not answer is called so: it answers from memory."""
IO_PATIENCE = 15.0
"""Seconds one access to the storage may take in the daemon."""


class Calls:
    """Belongs to one asyncio loop."""

    def __init__(self) -> None:
        self._question = Serial("sanlock-question")

    async def answer(self) -> None:
        """Raises ``Refused(lease.daemon)``."""
        try:
            await self._question.run(sanlock.get_lockspaces, PATIENCE)
        except TimeoutError:
            raise silent(f"did not answer within {PATIENCE:g} s") from None
        except sanlock.SanlockException as error:
            raise silent(f"does not answer ({_words(error)})") from error

    async def short(self, path: str, work: Callable[[], T], *own: int) -> T:
        """``work`` on the lease in ``path``, within ``IO_PATIENCE``. Raises ``Refused``:
        ``lease.daemon``, ``lease.lockspace``, ``lease.held``, ``storage.unavailable``; ``Failed``;
        and ``SanlockException`` with one of the numbers in ``own``, whose meaning the caller knows."""
        await self.answer()
        try:
            async with asyncio.timeout(IO_PATIENCE):
                return await _translated(path, work, own)
        except TimeoutError:
            raise lost(path) from None

    async def long(self, path: str, work: Callable[[], T], *own: int) -> T:
        """The same for what may rightly block for minutes."""
        await self.answer()
        return await _translated(path, work, own)


async def _translated(path: str, work: Callable[[], T], own: tuple[int, ...]) -> T:
    try:
        return await in_daemon_thread("sanlock-call", work)
    except sanlock.SanlockException as error:
        if number(error) in own:
            raise
        raise refusal(path, number(error), _words(error)) from error


def number(error: sanlock.SanlockException) -> int:
    """An errno(3), or one of sanlock's own, which are negative."""
    return int(error.errno)


def _words(error: sanlock.SanlockException) -> str:
    return str(error.args[-1])


def lease(resource: Resource) -> tuple[bytes, bytes, list[tuple[str, int]]]:
    """A resource as most of sanlock's functions want it."""
    place = (resource.path, resource.offset)
    return resource.lockspace.encode(), resource.name.encode(), [place]


async def read_owner(calls: Calls, resource: Resource) -> LeaseOwner | None:
    """By what the storage says, whether the owner lives or not."""
    read = partial(sanlock.read_resource_owners, *lease(resource))
    owners = await calls.short(resource.path, read)
    if not owners:
        return None
    return LeaseOwner(host_id=owners[0]["host_id"], generation=owners[0]["generation"])
