"""Files of another product's, or of nobody's, that lie in a repository already: what they are."""

from enum import StrEnum
from uuid import UUID, uuid5

from millpond.domain.foreign import ForeignVm
from millpond.domain.image import ImageFormat
from millpond.domain.job import Refusal
from millpond.domain.vm import Model


class FindKind(StrEnum):
    """What a find can become; ``other``: nothing."""

    VM = "vm"
    TEMPLATE = "template"
    ISO = "iso"
    DISK = "disk"
    OTHER = "other"


class FoundImage(Model):
    """One image file. ``file`` is its path in the repository, ``size`` its virtual size in bytes.
    ``inode`` is the same for all names of one file; ``held``: the VM (id) in whose directory it has
    another name, empty without."""

    file: str
    format: ImageFormat
    size: int
    inode: str
    held: str = ""


class Find(Model):
    """Something in a repository that is not Millpond's yet, at ``path`` in it. ``images`` are those of
    the drives of ``vm`` that have a file, in their order; an ISO or a shared disk has one and no ``vm``.
    ``problem``: why it cannot be taken."""

    path: str
    kind: FindKind
    vm: ForeignVm | None = None
    images: tuple[FoundImage, ...] = ()
    problem: Refusal | None = None


def id_of(repository: str, path: str) -> str:
    """The id of what is made of ``path`` in the repository with this id: the same each time, so that
    nothing is adopted twice."""
    return str(uuid5(UUID(repository), path))
