"""What the kernel says of a repository, in Millpond's words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from millpond.domain.errors import Refused

FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})

UNAVAILABLE = frozenset(
    {
        errno.ESTALE,
        errno.EIO,
        errno.ENOENT,
        errno.ENOTDIR,
        errno.EROFS,
        errno.ENODEV,
        errno.ENXIO,
        errno.ETIMEDOUT,
        errno.ENOTCONN,
        errno.EHOSTDOWN,
        errno.EHOSTUNREACH,
        errno.EACCES,
        errno.EPERM,
        errno.ELOOP,
    }
)


def full(subject: str, message: str) -> Refused:
    """The refusal for a repository without room."""
    return Refused(
        "storage.full", subject, message, "free space in the repository, or grow it, and repeat"
    )


def unavailable(subject: str, message: str) -> Refused:
    """The refusal for a repository that this server does not reach."""
    return Refused(
        "storage.unavailable",
        subject,
        message,
        "check that the repository is mounted there and its storage answers, then repeat",
    )


def translation(root: str, error: OSError) -> Refused | None:
    """The refusal for an error (errno(3)) met below ``root``; None for one that is no fault of
    the storage but a bug."""
    subject = f"repository {root}"
    if error.errno in FULL:
        return full(subject, f"{error.strerror}")
    if error.errno in UNAVAILABLE:
        name = f" ({error.filename})" if error.filename else ""
        return unavailable(subject, f"{error.strerror}{name}")
    return None


@contextmanager
def translated(root: str) -> Iterator[None]:
    """Turn an OSError met below ``root`` into ``Refused(storage.full)`` or
    ``Refused(storage.unavailable)``."""
    try:
        yield
    except OSError as error:
        refused = translation(root, error)
        if refused is None:
            raise
        raise refused from error
