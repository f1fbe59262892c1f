"""``ports.repositories`` of this server."""

import asyncio
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TypeVar

from millpond.adapters.daemon_thread import Serial
from millpond.adapters.host.storage import look
from millpond.adapters.records.cache import UnreadableRecord
from millpond.adapters.repositories import mounting, tree
from millpond.adapters.storage_errors import translated, unavailable
from millpond.domain.errors import MillpondError, Refused
from millpond.domain.repository import Identity, Repository, RepositoryKind, RepositoryState

T = TypeVar("T")

PATIENCE = 3.0
"""Seconds that a look at a repository may take."""
WORK_SECONDS = 25.0
"""Seconds that mounting may take; a call of an agent may take 30."""


class HostRepositories:
    """One blocking call per repository at a time: storage that hangs costs a thread and no more.
    ``run`` runs a program."""

    def __init__(self, run: mounting.Run = mounting.run_program) -> None:
        self._run = run
        self._looking: dict[str, Serial] = {}
        self._working: dict[str, Serial] = {}

    async def probe(self, repository: Repository) -> Identity | None:
        return await self._work(repository, partial(self._probe, repository))

    async def lay_out(self, repository: Repository, identity: Identity, keep: bool = False) -> None:
        def work() -> None:
            with self._brought(repository):
                tree.lay_out(Path(repository.mount), identity, keep=keep)
                self._check(repository)

        await self._work(repository, work)

    async def identify(self, repository: Repository, identity: Identity) -> None:
        def work() -> None:
            self._check_mounted(repository)
            tree.identify(Path(repository.mount), identity)

        await self._work(repository, work)

    async def mount(self, repository: Repository) -> None:
        def work() -> None:
            with self._brought(repository):
                self._check(repository)

        await self._work(repository, work)

    async def unmount(self, repository: Repository) -> None:
        def work() -> None:
            local = repository.kind is RepositoryKind.LOCAL
            if not local and mounting.is_mounted(self._run, repository.mount):
                mounting.unmount(self._run, repository, repository.mount)

        await self._work(repository, work)

    async def states(self, repositories: list[Repository]) -> list[RepositoryState]:
        return list(await asyncio.gather(*(self._state(r) for r in repositories)))

    async def identity(self, repository: Repository) -> Identity | None:
        def work() -> Identity | None:
            if not self._is_there(repository):
                return None
            return tree.identity(Path(repository.mount))

        return await self._work(repository, work)

    async def erase(self, repository: Repository, keep: bool = False) -> None:
        def work() -> None:
            if not self._is_there(repository):
                return
            found = tree.identity(Path(repository.mount))
            if found is not None and found.id == repository.id:
                tree.erase(Path(repository.mount), keep=keep)

        await self._work(repository, work)

    async def _state(self, repository: Repository) -> RepositoryState:
        def work() -> RepositoryState:
            self._check(repository)
            return _room(repository.mount)

        return await self._look(repository.name, repository.mount, work)

    async def room(self, root: str) -> RepositoryState:
        return await self._look(root, root, lambda: _room(root))

    async def _look(
        self, name: str, root: str, work: Callable[[], RepositoryState]
    ) -> RepositoryState:
        serial = self._looking.setdefault(root, Serial(f"look at {name}"))
        try:
            return await self._answered(name, root, serial, work, PATIENCE)
        except MillpondError as error:
            message = error.message if isinstance(error, Refused) else str(error)
            return RepositoryState(problem=message)

    async def _work(self, repository: Repository, work: Callable[[], T]) -> T:
        serial = self._working.setdefault(repository.id, Serial(f"repository {repository.name}"))
        return await self._answered(repository.name, repository.mount, serial, work, WORK_SECONDS)

    @staticmethod
    async def _answered(
        name: str, root: str, serial: Serial, work: Callable[[], T], seconds: float
    ) -> T:
        def explained() -> T:
            try:
                with translated(root):
                    return work()
            except UnreadableRecord as error:
                raise unavailable(f"repository {name}", str(error)) from error

        try:
            return await serial.run(explained, seconds)
        except TimeoutError:
            raise unavailable(
                f"repository {name}", f"it has not answered for {seconds:g} s"
            ) from None

    # In a thread

    def _probe(self, repository: Repository) -> Identity | None:
        if self._is_there(repository):
            return tree.identity(Path(repository.mount))
        with tempfile.TemporaryDirectory(prefix="millpond-probe-") as point:
            mounting.mount(self._run, repository, point, read_only=True)
            try:
                return tree.identity(Path(point))
            finally:
                mounting.unmount(self._run, repository, point)

    @contextmanager
    def _brought(self, repository: Repository) -> Iterator[None]:
        """Mounted; and taken off again if what is done then fails, unless it was there before."""
        fresh = self._bring(repository)
        try:
            yield
        except BaseException:
            if fresh:
                mounting.unmount(self._run, repository, repository.mount)
            raise

    def _bring(self, repository: Repository) -> bool:
        """Have it mounted; True if it was not."""
        if self._is_there(repository):
            return False
        mounting.mount(self._run, repository, repository.mount)
        return True

    def _is_there(self, repository: Repository) -> bool:
        local = repository.kind is RepositoryKind.LOCAL
        return local or mounting.is_mounted(self._run, repository.mount)

    def _check_mounted(self, repository: Repository) -> None:
        if not self._is_there(repository):
            raise unavailable(
                f"repository {repository.name}", f"it is not mounted on {repository.mount}"
            )

    def _check(self, repository: Repository) -> None:
        """That what is there is this very repository. Raises ``Refused``, OSError."""
        self._check_mounted(repository)
        found = tree.identity(Path(repository.mount))
        if found is None or found.id != repository.id:
            what = "no repository" if found is None else f"repository {found.name} ({found.id})"
            raise unavailable(
                f"repository {repository.name}", f"{repository.mount} holds {what}, not this one"
            )


def _room(root: str) -> RepositoryState:
    """Raises ``Refused(storage.unavailable)``. Blocks."""
    view = look(root)
    if not view.available:
        raise unavailable(f"repository {root}", f"{root} is no directory that answers")
    return RepositoryState(total=view.total, free=view.free, filesystem=view.filesystem)
