"""Repositories on one server: mounted or not, and what lies in them."""

from typing import Protocol

from millpond.domain.repository import Identity, Repository, RepositoryState


class Repositories(Protocol):
    """One server's way to repositories besides the cluster root. Every method is safe to repeat, and
    none waits longer than a moment for storage that hangs: it then raises
    ``Refused(storage.unavailable)``, as it does for storage that is not there."""

    async def probe(self, repository: Repository) -> Identity | None:
        """What the storage behind ``repository.source`` says of itself; None if there is no
        repository there. It is mounted for no longer than that takes."""
        ...

    async def lay_out(self, repository: Repository, identity: Identity, keep: bool = False) -> None:
        """Mount it, make the five folders, and write who it is. Raises ``Refused(object.exists)`` if
        anything is there already but what an earlier call left; with ``keep`` that stays beside."""
        ...

    async def identify(self, repository: Repository, identity: Identity) -> None:
        """Write who a repository that is mounted is from now on."""
        ...

    async def mount(self, repository: Repository) -> None:
        """Have it where its record says. Raises ``Refused(storage.unavailable)`` too if what is found
        there is another repository, or none."""
        ...

    async def unmount(self, repository: Repository) -> None:
        """Raises ``Refused(repository.in_use)`` while something here has files of it open. A local one
        stays where it is."""
        ...

    async def states(self, repositories: list[Repository]) -> list[RepositoryState]:
        """In the order asked. Raises nothing: what hangs is not usable."""
        ...

    async def room(self, root: str) -> RepositoryState:
        """What is left in a repository, the cluster root too, by its directory. Raises nothing."""
        ...

    async def identity(self, repository: Repository) -> Identity | None:
        """Who is mounted where the repository should be; None if nothing that says so."""
        ...

    async def erase(self, repository: Repository, keep: bool = False) -> None:
        """Delete all that belongs to the repository: its folders with their contents, and who it is.
        With ``keep`` folders that are not empty stay. Does nothing unless it is this one."""
        ...
