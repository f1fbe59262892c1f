"""What an agent tells its manager as it happens."""

from typing import Annotated, Literal

from pydantic import Field

from millpond.domain.names import Id
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


AgentEvent = Annotated[Snapshot | GuestChanged | RecordsChanged | Beat, Field(discriminator="kind")]
