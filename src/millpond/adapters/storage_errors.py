"""What the kernel says of a repository, in Millpond's words."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from millpond.domain.errors import Refused

FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

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


@contextmanager
def translated(root: str) -> Iterator[None]:
    """Turn an OSError (errno(3)) met below ``root`` into ``storage.full`` or
    ``storage.unavailable``; other errors pass through, they are bugs."""
    try:
        yield
    except OSError as error:
        subject = f"repository {root}"
        if error.errno in FULL:
            raise full(subject, "no space is left on it") from error
        if error.errno in UNAVAILABLE:
            name = f" ({error.filename})" if error.filename else ""
            raise unavailable(subject, f"{error.strerror}{name}") from error
        raise
