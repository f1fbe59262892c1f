"""All that high availability sees and touches of the world."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import NamedTuple, Protocol

from millpond.domain.ha.failover import Failover
from millpond.domain.ha.status import HaStatus
from millpond.domain.pool import Member
from millpond.ports.agent import Agent
from millpond.ports.failovers import Failovers
from millpond.ports.fence_records import FenceRecords
from millpond.ports.fencing import Fencing
from millpond.ports.lockspace import Lockspaces
from millpond.ports.records import Records


class Facts(NamedTuple):
    """Of this server, known without asking anybody. Memory in MiB."""

    memory: int
    memory_free: int
    boot_id: str


class Note(Protocol):
    """Where what happens is written down: a log, or a simulation's trace."""

    def __call__(self, event: str, **details: object) -> None: ...


@dataclass(frozen=True)
class Env:
    """``me`` is this server's id, ``agent`` its own ports. ``records`` reads the cluster root whoever
    is master; its writes are checked like any (``domain.mastership``). ``peers`` gives a member's
    agent, called as the master of that term (None: as no master). ``kill_guests`` is the last resort when the hypervisor
    does not answer: told why, it ends all guests here at once and returns how many there were, or
    raises ``Failed``. ``end_process`` ends the agent without a further word. ``power`` shuts this server down (``off``, ``reboot``) a moment later.
    ``wall`` is seconds since 1970, ``new_id`` a fresh UUID, ``told`` passes on what a master has to
    tell its manager."""

    me: str
    agent: Agent
    records: Records
    lockspaces: Lockspaces
    fencing: Fencing
    fence_records: FenceRecords
    failovers: Failovers
    peers: Callable[[Member, int | None], Agent]
    facts: Callable[[], Facts]
    kill_guests: Callable[[str], Awaitable[int]]
    end_process: Callable[[str], None]
    power: Callable[[str], None]
    wall: Callable[[], float]
    new_id: Callable[[], str]
    told: Callable[[HaStatus, Failover | None], None]
    note: Note
