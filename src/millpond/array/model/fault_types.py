"""What is wrong with the array, because somebody wanted it to be: the objects of it."""

from enum import StrEnum

from millpond.array.model.types import Frozen


class FaultKind(StrEnum):
    DISK = "disk"
    SLOW = "slow"
    PORT = "port"
    PATH = "path"
    POOL = "pool"
    SP = "sp"
    LINK = "link"


class Fault(Frozen):
    """``subject``: a disk's id, a port (``A0``), a port and an initiator, a pool's number, an SP or another
    array's serial number. ``delay``: milliseconds that a slow disk takes longer."""

    kind: FaultKind
    subject: str
    since: float
    delay: int = 0

    @property
    def key(self) -> str:
        return key(self.kind, self.subject)


class Rebuild(Frozen):
    """What was on ``disk`` comes to be on ``onto``: a hot spare, or the disk itself when it was replaced.
    ``spare`` has it already and is copied back. A spare that is ``done`` stands in for the disk."""

    disk: str
    onto: str
    begun: float
    seconds: float
    spare: str = ""
    done: bool = False

    def percent(self, now: float) -> int:
        return 100 if self.done else max(0, min(99, int(100 * (now - self.begun) / self.seconds)))


def key(kind: FaultKind, subject: str) -> str:
    return f"{kind.value} {subject}"
