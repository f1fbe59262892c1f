"""sanlock's answers in Millpond's words. Its own numbers are those of sanlock_rv.h."""

import errno

from millpond.adapters.lease_errors import damaged, held, lost, missing, silent
from millpond.domain.errors import Failed, MillpondError

NOT_JOINED = errno.ENOSPC
BUSY = errno.EBUSY
EXISTS = errno.EEXIST
LEASE_CHANGED = -240
JOINING = errno.EINPROGRESS
NOT_HELD = errno.EPERM
HOST_ID_BUSY = -262
NO_LEASE = -223
_IO = {-202, -210, -211, -220, -221, errno.EIO, errno.ETIMEDOUT}
_NOT_THERE = {errno.ENOENT, errno.ENODEV}
_DAMAGED = {
    errno.EMSGSIZE: "it is truncated",
    NO_LEASE: "it is no lease of sanlock's: truncated, or something else",
    -224: "its format is of another version",
    -225: "its sector size is impossible",
    -226: "it belongs to another pool",
    -227: "it is the lease of something else",
    -228: "its number of hosts is impossible",
    -229: "its checksum is wrong",
}
_HELD = {-243, -244, -245, -246, -247}
_WATCHDOG = -203


def refusal(path: str, number: int, words: str) -> MillpondError:
    """For an error met at the lease in ``path``. ``number`` is an errno(3), or negative."""
    if number in _DAMAGED:
        return damaged(path, _DAMAGED[number])
    if number in _NOT_THERE:
        return missing(path)
    if number in _IO:
        return lost(path)
    if number in _HELD:
        return held(path, "another server")
    if number == _WATCHDOG:
        return silent("cannot use the watchdog: see wdmd(8)")
    if number in {errno.ECONNREFUSED, errno.EPIPE, errno.ECONNRESET, errno.EACCES}:
        return silent(f"does not answer ({words})")
    return Failed(f"lease {path}", f"sanlock says: {words} ({number})")
