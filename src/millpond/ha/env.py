"""All that high availability sees and touches of the world."""

from collections.abc import Callable
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


class GuestProcesses(Protocol):
    """The guests of this server as processes, for when its hypervisor does not answer."""

    async def living(self) -> frozenset[str]:
        """The ids of the VMs whose guest is here, whatever it does."""

    async def kill(self) -> int:
        """Ends all guests at once; how many there were. Raises ``Failed`` if some do not die."""


@dataclass(frozen=True)
class Env:
    """``me`` is this server's id, ``agent`` its own ports. ``records`` reads the cluster root whoever
    is master; its writes are checked like any (``domain.mastership``). ``peers`` gives a member's
    agent, called as the master of that term (None: as no master). ``end_process`` ends the agent without a further word. ``power`` shuts this server down (``off``, ``reboot``) a moment later.
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
    processes: GuestProcesses
    end_process: Callable[[str], None]
    power: Callable[[str], None]
    wall: Callable[[], float]
    new_id: Callable[[], str]
    told: Callable[[HaStatus, Failover | None], None]
    note: Note
