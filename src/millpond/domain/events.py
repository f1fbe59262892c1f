"""What an agent tells its manager as it happens."""

from typing import Annotated, Literal

from pydantic import Field

from millpond.domain.ha.failover import Failover
from millpond.domain.ha.status import HaStatus
from millpond.domain.names import Id
from millpond.domain.usage import GuestCounters, ServerCounters
from millpond.domain.vm import Guest, Model


class Snapshot(Model):
    """First on every stream: all guests of the server."""

    kind: Literal["snapshot"] = "snapshot"
    server: Id
    guests: tuple[Guest, ...]


class GuestChanged(Model):
    """``guest`` is None when it is gone; ``reason`` says why, in the hypervisor's words."""

    kind: Literal["guest"] = "guest"
    server: Id
    vm: Id
    guest: Guest | None
    reason: str = ""


class RecordsChanged(Model):
    """The pool master wrote a record: ``vm`` is None for the pool's own."""

    kind: Literal["records"] = "records"
    server: Id
    vm: Id | None


class Beat(Model):
    """Sent every few seconds when nothing else is: the stream is alive."""

    kind: Literal["beat"] = "beat"
    server: Id
    memory_free: int = Field(description="MiB")


class Usage(Model):
    """What the server and its running guests have used until ``clock``, a time in seconds that only
    goes forward and means nothing else. A guest that could not be asked just then is left out."""

    kind: Literal["usage"] = "usage"
    server: Id
    clock: float
    host: ServerCounters
    guests: tuple[GuestCounters, ...]


class HaChanged(Model):
    """The pool master's word on high availability: after every snapshot of a stream, and whenever
    ``status`` (its ages aside) or ``failover`` has changed. ``failover`` is the one that began, went
    on or ended, None if it was none. Only a master that holds its role sends it, whether HA is
    enabled or not: so a manager also learns who is master now."""

    kind: Literal["ha"] = "ha"
    server: Id
    status: HaStatus
    failover: Failover | None = None


AgentEvent = Annotated[
    Snapshot | GuestChanged | RecordsChanged | Beat | Usage | HaChanged,
    Field(discriminator="kind"),
]
