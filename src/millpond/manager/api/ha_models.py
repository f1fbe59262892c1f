"""What the API says of high availability. Times are seconds since 1970 UTC, durations seconds."""

from typing import Self

from pydantic import BaseModel, Field

from millpond.domain.fencing import (
    ArgumentName,
    ArgumentValue,
    FenceAgentId,
    FenceDevice,
    Secret,
)
from millpond.domain.ha.failover import Failover, Measured, VmFailover
from millpond.domain.ha.settings import HaSettings
from millpond.domain.ha.status import HostStatus
from millpond.domain.names import Id, Name
from millpond.manager.api.models import TIME, Ref, Request

STARS = "***"
"""What a secret is shown as; sent back, it leaves the secret as it is."""


class PoolHa(BaseModel):
    """High availability as the pool master sees it now. ``sentence`` is what it decided last;
    ``waiting`` are HA VMs that are off for want of room."""

    pool: Ref
    master: Ref
    term: int = Field(description="Grows by one with each new pool master", examples=[3])
    settings: HaSettings
    sentence: str = Field(examples=["all is well"])
    hosts: list[HostStatus]
    waiting: list[str]
    promised_fenced: float = Field(
        description="Seconds from a server's death to its VMs running elsewhere, if a fence device "
        "confirms",
        examples=[14.0],
    )
    promised_by_leases: float = Field(
        description="The same where no fence device confirms", examples=[81.0]
    )
    last: Measured | None = Field(description="The failover that ended last")
    worst: Measured | None = Field(
        description="The one that took most of its promised time, of those on record"
    )
    alarms: list[str]


class FailoverReply(BaseModel):
    """One failover. What has not happened (yet) is null. ``measured`` is from ``silent`` to the last
    VM's start so far, ``promised`` what it may take at most, ``kept`` whether every VM that had to was
    started by then."""

    id: Id
    server: Ref = Field(description="The server that failed")
    term: int = Field(description="The term of the pool master that did it")
    silent: float = Field(description="When the server was last heard of. " + TIME)
    detected: float
    decided: float | None
    fenced: float | None = Field(description="When it was proven dead")
    how: str = Field(description="Which devices confirmed, or: its leases ran out")
    leases_cleared: float | None
    vms: list[VmFailover]
    ended: float | None
    promised: float = Field(description="Seconds", examples=[14.0])
    measured: float | None = Field(description="Seconds", examples=[9.3])
    kept: bool | None = Field(description="null: open, or no VM had to be started")

    @classmethod
    def of(cls, failover: Failover) -> Self:
        return cls(
            **failover.model_dump(exclude={"server", "server_name"}),
            server=Ref(id=failover.server, name=failover.server_name),
            measured=failover.measured,
            kept=failover.kept,
        )


class FenceDeviceReply(BaseModel):
    """A fence device, its secrets as ``***``."""

    name: Name = Field(examples=["ipmi1"])
    agent: str = Field(examples=["fence_ipmilan"])
    level: int = Field(description="Devices of one level must all confirm; lowest first")
    arguments: dict[str, str] = Field(examples=[{"ip": "192.0.2.21", "username": "admin"}])
    secrets: dict[str, str] = Field(examples=[{"password": STARS}])
    timeout: float = Field(description="Seconds each call may take", examples=[20.0])

    @classmethod
    def of(cls, device: FenceDevice) -> Self:
        return cls(
            **device.model_dump(exclude={"secrets"}), secrets=dict.fromkeys(device.secrets, STARS)
        )


class FencingReply(BaseModel):
    """The fence devices of one server. ``generation`` is that of the pool's record of all of them;
    the ETag."""

    server: Ref
    generation: int
    devices: list[FenceDeviceReply]


class NewFenceDevice(Request):
    """A device that can cut a server off. A secret that is sent as ``***`` stays as it is."""

    agent: FenceAgentId = Field(
        description="A program of fence-agents, or scsi-pr", examples=["fence_ipmilan"]
    )
    level: int = Field(
        default=1, ge=1, le=9, description="Devices of one level must all confirm; lowest first"
    )
    arguments: dict[ArgumentName, ArgumentValue] = Field(
        default_factory=dict,
        max_length=64,
        examples=[{"ip": "192.0.2.21", "username": "admin", "lanplus": "1"}],
    )
    secrets: dict[ArgumentName, Secret] = Field(
        default_factory=dict, max_length=16, examples=[{"password": "its password"}]
    )
    timeout: float = Field(default=20.0, ge=1, le=300, description="Seconds each call may take")


class FenceCheck(BaseModel):
    """What each device says of its server; nothing was changed."""

    answers: list[str] = Field(examples=[["ipmi1: on"]])


class FenceAgentName(BaseModel):
    """A fence agent that the pool master has installed."""

    name: str = Field(examples=["fence_ipmilan"])
