"""The chain of a pool's patiences: what each engine is set to, why, and what may be promised."""

from dataclasses import fields
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from millpond.domain.permissions import Permission
from millpond.domain.timing import Timing, inequalities, timing_for
from millpond.manager.api.deps import Key, Parts, serves
from millpond.manager.api.ha import ASKING

router = APIRouter(tags=["High availability"])


class Patience(BaseModel):
    """One setting of one engine."""

    engine: str = Field(description="Whose setting it is", examples=["sanlock"])
    setting: str = Field(description="In the engine's own words", examples=["io_timeout"])
    value: float = Field(examples=[4])
    unit: str = Field(examples=["s"])
    meaning: str


class Order(BaseModel):
    """``left`` is shorter than ``right`` (both seconds), or the pool would contradict itself."""

    name: str = Field(examples=["lease lost <= o2cb dead"])
    left: float
    right: float
    why: str
    holds: bool


class TimingReply(BaseModel):
    """All that follows from the tolerated outage of the storage. Seconds, from a server's death to its
    VMs running elsewhere: ``promised_fenced`` if a fence device confirms, ``promised_fenced_ocfs2``
    if besides their disks are files on OCFS2, ``promised_by_leases`` where no device confirms."""

    outage: float = Field(description="The storage may be gone so long without consequences")
    settings: list[Patience]
    chain: list[Order]
    detection: float
    promised_fenced: float
    promised_fenced_ocfs2: float
    promised_by_leases: float


_MULTIPATH, _ISCSI, _O2CB = "multipath", "open-iscsi", "o2cb"

MEANINGS: dict[str, tuple[str, str, str, str]] = {
    "io_timeout": ("sanlock", "io_timeout", "s", "its unit of patience"),
    "renewal": ("sanlock", "renewal", "s", "between two renewals of a server's lease"),
    "lease_lost": ("sanlock", "lease lost", "s", "without renewal a server's VMs are killed"),
    "host_dead": ("sanlock", "host dead", "s", "after its last renewal others may take its leases"),
    "o2cb_threshold": (_O2CB, "O2CB_HEARTBEAT_THRESHOLD", "beats", "a node without is reset"),
    "o2cb_idle_ms": (_O2CB, "O2CB_IDLE_TIMEOUT_MS", "ms", "a silent connection is given up"),
    "polling": (_MULTIPATH, "polling_interval", "s", "between two looks at a path"),
    "no_path_retry": (_MULTIPATH, "no_path_retry", "polls", "I/O waits while no path is left"),
    "fast_io_fail": (_MULTIPATH, "fast_io_fail_tmo", "s", "a lost port fails its commands"),
    "dev_loss": (_MULTIPATH, "dev_loss_tmo", "s", "a lost port's disks are forgotten"),
    "noop_interval": (_ISCSI, "noop_out_interval", "s", "between two pings of the target"),
    "noop_timeout": (_ISCSI, "noop_out_timeout", "s", "a ping without answer: connection lost"),
    "replacement": (_ISCSI, "replacement_timeout", "s", "without a new one, commands fail"),
    "pulse": ("millpond", "pulse", "s", "between two questions of the master to a server"),
    "network_silent": ("millpond", "network silence", "s", "without answers a server is silent"),
    "storage_silent": ("millpond", "storage silence", "s", "and without renewals, on the storage"),
    "fence": ("millpond", "fence", "s", "the fence devices of a server may take"),
    "start": ("millpond", "start", "s", "a VM's start may take"),
    "isolated": ("millpond", "isolation", "s", "without a master a server is isolated"),
}
"""Engine, setting, unit and meaning of each field of ``Timing`` but the outage itself."""


def _reply(timing: Timing) -> TimingReply:
    settings = []
    for field in fields(timing):
        if field.name in MEANINGS:
            engine, setting, unit, meaning = MEANINGS[field.name]
            value = getattr(timing, field.name)
            settings.append(
                Patience(engine=engine, setting=setting, value=value, unit=unit, meaning=meaning)
            )
    return TimingReply(
        outage=timing.outage,
        settings=settings,
        chain=[
            Order(name=i.name, left=i.left, right=i.right, why=i.why, holds=i.holds)
            for i in inequalities(timing)
        ],
        detection=timing.detection,
        promised_fenced=timing.bound_fenced,
        promised_fenced_ocfs2=timing.bound_fenced_ocfs2,
        promised_by_leases=timing.bound_by_leases,
    )


@router.get(
    "/pools/{key}/timing",
    summary="Show a pool's timing",
    **serves(Permission.POOL_VIEW, *ASKING),
)
async def show_timing(api: Parts, key: Key) -> TimingReply:
    """All patiences of its engines, and what the pool may promise with the fence devices it has."""
    world = api.manager.world()
    pool = await world.pool(key)
    fencing = await world.master(pool).ha.fencing()
    return _reply(timing_for(pool.ha.outage).with_devices(fencing.longest))


@router.get("/timing", summary="What timing would a pool get?", **serves(Permission.POOL_VIEW))
async def what_if_timing(
    outage: Annotated[
        int, Query(ge=5, le=100, description="Seconds the storage may be gone", examples=[20])
    ],
) -> TimingReply:
    """For an outage of the storage that shall have no consequences."""
    return _reply(timing_for(outage))
