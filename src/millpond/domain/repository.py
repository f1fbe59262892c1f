"""Repositories: directories on storage, each with the five folders, that a pool keeps its VMs in."""

import re
from enum import StrEnum
from typing import Self

from pydantic import Field, TypeAdapter, ValidationError, model_validator

from millpond.domain.errors import Refused
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.vm import Model

CLUSTER_ROOT = "root"
"""What the cluster root is called among a pool's repositories; no other has the name."""

MOUNTS = "/var/ovs/mount"
"""Where servers mount repositories that are not local, each under its id (Oracle VM Server 2.2)."""

_NFS_SOURCE = re.compile(
    r"(?:[A-Za-z0-9][A-Za-z0-9.-]{0,252}|\[[0-9A-Fa-f:.]{2,45}\]):(/[A-Za-z0-9_+=@%.,/-]*)"
)
_DEVICE = re.compile(r"/dev/[A-Za-z0-9][A-Za-z0-9_+:./-]{0,200}")
_PATH: TypeAdapter[str] = TypeAdapter(AbsolutePath)


class RepositoryKind(StrEnum):
    """``local``: a directory that its servers have by themselves, on a disk of their own or on a file
    system that somebody else mounts on all of them."""

    LOCAL = "local"
    NFS = "nfs"
    OCFS2 = "ocfs2"


class Repository(Model):
    """One that a pool has besides its cluster root.

    ``source`` is a directory (local), ``server:/export`` (NFS) or a block device (OCFS2).
    ``mount`` is where its servers find it; a local one lies there already. ``members`` are the
    servers (ids) that have a local one; the others every member of the pool has.
    """

    id: Id
    name: Name
    kind: RepositoryKind
    source: str = Field(max_length=512)
    mount: AbsolutePath
    members: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check_source(self.kind, self.source)
        local = self.kind is RepositoryKind.LOCAL
        if local != bool(self.members):
            raise ValueError("a local repository names its servers, and no other does")
        if local and self.mount != self.source:
            raise ValueError("a local repository is where its source is")
        return self

    def on(self, server: str) -> bool:
        """Whether the server shall have it."""
        return not self.members or server in self.members


class Identity(Model):
    """What a repository says of itself, in ``.millpond/repository.json``: its id, its name, and the
    pool that it belongs to (None: it was detached from its last)."""

    id: Id
    name: Name
    pool: Id | None
    pool_name: Name | None


class RepositoryState(Model):
    """A repository as one server sees it; sizes in bytes. ``problem``: why it cannot be used there,
    empty if it can. ``filesystem``: its type, such as xfs."""

    problem: str = ""
    total: int = 0
    free: int = 0
    filesystem: str = ""

    @property
    def usable(self) -> bool:
        return not self.problem


def check_room(subject: str, name: str, needed: int, room: RepositoryState, reserve: int) -> None:
    """Whether ``needed`` bytes more leave ``reserve`` percent of the repository ``name`` free. Raises
    ``Refused(storage.full)`` with both."""
    kept = room.total * reserve // 100
    if needed + kept <= room.free:
        return
    raise Refused(
        "storage.full",
        subject,
        f"it needs {needed} bytes in repository {name}, where {room.free} of {room.total} are free"
        f" and {kept} ({reserve} %) are kept so",
        "free space in the repository, grow it, choose another, or keep less free: "
        "millpond pool edit POOL --reserve 0",
        {"needed": needed, "free": room.free, "total": room.total, "kept": kept},
    )


def check_source(kind: RepositoryKind, source: str) -> None:
    """Raises ValueError unless ``source`` is of the form that the kind needs. It becomes an argument
    of mount(8)."""
    if kind is RepositoryKind.NFS:
        found = _NFS_SOURCE.fullmatch(source)
        if found is None or "/../" in f"{found[1]}/":
            raise ValueError("an NFS source is SERVER:/EXPORT")
    elif kind is RepositoryKind.OCFS2:
        if not _DEVICE.fullmatch(source) or "/../" in f"{source}/":
            raise ValueError("an OCFS2 source is a block device below /dev")
    else:
        try:
            _PATH.validate_python(source)
        except ValidationError:
            raise ValueError("a local source is a plain absolute path") from None
