"""What a server and its guests have used, as counters: whoever wants rates looks twice."""

from pydantic import Field

from millpond.domain.names import Id
from millpond.domain.vm import Model


class ServerCounters(Model):
    """Since the server's boot."""

    cpu_time: float = Field(description="Seconds its processors were busy, all together")
    cpus: int = Field(description="Processors")
    memory: int = Field(description="Bytes in use now")


class GuestCounters(Model):
    """Since the guest came to its server: there they all begin at 0."""

    vm: Id
    cpu_time: float = Field(description="Seconds, all processors together")
    cpus: int = Field(description="Processors it has now")
    memory: int = Field(description="Bytes in use now")
    disk_read: int = Field(description="Bytes")
    disk_write: int = Field(description="Bytes")
    net_rx: int = Field(description="Bytes the guest received")
    net_tx: int = Field(description="Bytes the guest sent")
