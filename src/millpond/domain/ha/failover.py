"""The story of one failover, as it is stored and told."""

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


class Failover(Model):
    """The record in ``<cluster root>/.millpond/failovers/<id>.json``, written by the pool master.
    Times are seconds since 1970 UTC; ``silent`` is when the server was last heard of."""

    id: Id
    server: Id
    server_name: Name
    term: int
    silent: float
    detected: float
    decided: float | None = None
    fenced: float | None = None
    how: str = Field(default="", description="Which devices confirmed, or: its leases ran out")
    leases_cleared: float | None = None
    vms: tuple[VmFailover, ...] = ()
    promised: float = Field(description="Seconds from silence to started, as promised")
    ended: float | None = None

    @property
    def measured(self) -> float | None:
        """Seconds from silence to the last guest's start."""
        starts = [v.started for v in self.vms if v.started is not None]
        return max(starts) - self.silent if starts else None
