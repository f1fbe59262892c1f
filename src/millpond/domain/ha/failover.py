"""The story of one failover, as it is stored and told."""

from math import inf

from pydantic import Field

from millpond.domain.names import Id, Name
from millpond.domain.vm import Model


class VmFailover(Model):
    """One guest of it. Times are seconds since 1970 UTC; None = not (yet). ``answered``: the guest
    itself gave a sign of life (its agent, or a byte on its console)."""

    vm: Id
    name: Name
    server: Name | None = Field(default=None, description="Where it was started again")
    started: float | None = None
    answered: float | None = None
    outcome: str = Field(default="", description="One sentence")
    spared: bool = Field(
        default=False,
        description="It needs no start by this failover (any more), or found no room",
    )


class SwitchedOff(Model):
    """The server's fence ``devices`` confirmed that it is off, in the life of its host id that is
    ``generation``: until it joins as another, it has not come back."""

    generation: int
    devices: tuple[str, ...]


class Measured(Model):
    """How long a failover took, against its promise. Seconds; None: a VM was never started."""

    failover: Id
    server: Name = Field(description="The server that failed")
    seconds: float | None
    promised: float
    kept: bool


class Failover(Model):
    """The record in ``<cluster root>/.millpond/failovers/<id>.json``, written by the pool master.
    Times are seconds since 1970 UTC; ``silent`` is when the server was last heard of by the clock of
    the master who noticed, all others are so many seconds later as passed, whatever was done to
    clocks meanwhile."""

    id: Id
    server: Id
    server_name: Name
    term: int
    silent: float
    detected: float
    decided: float | None = None
    fenced: float | None = None
    how: str = Field(default="", description="Which devices confirmed, or: its leases ran out")
    off: SwitchedOff | None = None
    leases_cleared: float | None = None
    vms: tuple[VmFailover, ...] = ()
    promised: float = Field(description="Seconds from silence to started, as promised")
    ended: float | None = None

    @property
    def measured(self) -> float | None:
        """Seconds from silence to the last start of a guest so far."""
        starts = [v.started for v in self.vms if v.started is not None]
        return max(starts) - self.silent if starts else None

    @property
    def kept(self) -> bool | None:
        """Whether every guest that had to was started within the promised time; None while that is
        open, and if none had to."""
        late = self.measured is not None and self.measured > self.promised
        never = any(v.started is None and not v.spared for v in self.vms)
        if late or (never and self.ended is not None):
            return False
        return None if never or self.measured is None else True

    @property
    def result(self) -> Measured | None:
        """What it counts for once it has ended; None if nothing had to be started."""
        if self.ended is None or self.kept is None:
            return None
        never = any(v.started is None and not v.spared for v in self.vms)
        return Measured(
            failover=self.id,
            server=self.server_name,
            seconds=None if never else self.measured,
            promised=self.promised,
            kept=self.kept,
        )

    @property
    def told_until(self) -> float:
        """The last time in it."""
        times = [self.detected, self.decided, self.fenced, self.leases_cleared]
        times += [t for v in self.vms for t in (v.started, v.answered)]
        return max(t for t in times if t is not None)


def worse(one: Measured | None, other: Measured) -> Measured:
    """The one that took more of its promised time."""
    return other if one is None or _share(other) > _share(one) else one


def _share(measured: Measured) -> float:
    return inf if measured.seconds is None else measured.seconds / measured.promised
