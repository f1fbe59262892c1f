"""Leader records, read past every cache: what other hosts renew, and who held a lease last.

The format is sanlock's (leader.h, little endian). A lockspace has that of host id N in sector N - 1,
a resource its own in its first sector. The daemon reads delta leases too, but only when it renews.
"""

import mmap
import os
from dataclasses import dataclass
from struct import Struct

from millpond.adapters.lease_errors import damaged, lost, missing
from millpond.domain.leases import MAX_HOSTS, SLOT, LeaseOwner, Resource

SECTOR = 512
_PAGE = 4096
_RECORD = Struct("<IIII QQQQQ 48s48s QQ IHH")
_DELTA = (0x12212010, 0x0003)
_PAXOS = (0x06152010, 0x0006)
"""Magic number and version; of that the lower half does not matter."""


@dataclass(frozen=True, slots=True)
class Leader:
    """``timestamp`` 0: nobody holds it now, and ``owner`` was the last to. In a delta lease ``name``
    is the daemon's own name for the host, in a resource its name; ``version`` counts acquisitions."""

    owner: int
    generation: int
    version: int
    name: str
    timestamp: int
    io_timeout: int


Leaders = tuple[Leader, ...]


def read_lockspace(path: str, name: str) -> Leaders:
    """Every host id that was ever used. Blocks as long as the storage does. Raises ``Refused``:
    ``lease.lockspace`` for what is no lockspace of that name, ``storage.unavailable``."""
    with mmap.mmap(-1, (MAX_HOSTS + 1) * SECTOR) as buffer:
        _fill(path, 0, buffer)
        hosts = range(1, MAX_HOSTS + 1)
        places = ((n - 1) * SECTOR for n in hosts)
        leaders = [_leader(path, name, buffer, at, _DELTA) for at in places]
    if any(leader.owner not in {0, n} for n, leader in zip(hosts, leaders, strict=True)):
        raise damaged(path, "a host's lease in it is damaged")
    return tuple(leader for leader in leaders if leader.generation)


def read_resource(resource: Resource) -> Leader:
    """Blocks and raises as ``read_lockspace``."""
    with mmap.mmap(-1, _PAGE) as buffer:
        _fill(resource.path, resource.offset, buffer)
        leader = _leader(resource.path, resource.lockspace, buffer, 0, _PAXOS)
    if leader.name != resource.name:
        raise damaged(resource.path, f"it is the lease of {leader.name}")
    return leader


def owner_of(leader: Leader) -> LeaseOwner | None:
    """Who holds a resource."""
    if not leader.timestamp:
        return None
    return LeaseOwner(host_id=leader.owner, generation=leader.generation)


def is_leases(start: bytes) -> bool:
    """Whether a volume that starts with these bytes holds a lockspace or a resource."""
    return int.from_bytes(start[:4], "little") in {_DELTA[0], _PAXOS[0]}


def _fill(path: str, offset: int, buffer: mmap.mmap) -> None:
    """Buffer, length and offset are multiples of what O_DIRECT wants."""
    try:
        handle = os.open(path, os.O_RDONLY | os.O_DIRECT | os.O_CLOEXEC)
        try:
            size = os.lseek(handle, 0, os.SEEK_END)
            if size < offset + SLOT:
                raise damaged(path, f"it is truncated to {size} bytes")
            os.preadv(handle, [buffer], offset)
        finally:
            os.close(handle)
    except FileNotFoundError:
        raise missing(path) from None
    except OSError as error:
        raise lost(path) from error


def _leader(path: str, lockspace: str, buffer: mmap.mmap, at: int, kind: tuple[int, int]) -> Leader:
    fields = _RECORD.unpack_from(buffer, at)
    magic, version, _, sector, _, _, owner, generation, count, space, name, timestamp = fields[:12]
    if (magic, version >> 16) != kind or sector != SECTOR:
        raise damaged(path, "it is no lease of sanlock's any more")
    if _text(space) != lockspace:
        raise damaged(path, "it belongs to another pool")
    return Leader(owner, generation, count, _text(name), timestamp, fields[15])


def _text(field: bytes) -> str:
    return field.partition(b"\0")[0].decode(errors="replace")
