"""What a pool's administrator says about high availability."""

from enum import StrEnum

from pydantic import Field

from millpond.domain.ha.rules import AffinityRule
from millpond.domain.vm import Model


class Isolation(StrEnum):
    """What a server does with its HA guests when it hears no master but reaches the storage."""

    KEEP = "keep"
    SHUTDOWN = "shutdown"


class HaSettings(Model):
    """HA guards a VM only where both the pool and the VM say so. ``tolerate`` is how many servers may
    fail at once with every HA VM still finding room. Not ``armed``: watch and do nothing (for works
    on the network). ``outage``: seconds the storage may be gone without consequences; every other
    patience follows from it (``domain.timing``), and it is fixed once the pool has its lockspace."""

    enabled: bool = False
    armed: bool = True
    tolerate: int = Field(default=0, ge=0, le=16, description="Server failures to keep room for")
    isolation: Isolation = Isolation.KEEP
    outage: int = Field(default=20, ge=5, le=100, description="Seconds")
    rules: tuple[AffinityRule, ...] = Field(default=(), max_length=256)
