"""High availability of a pool: its status now, arming and disarming it."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.permissions import Permission
from millpond.manager.api import ha_models
from millpond.manager.api.deps import Calling, Key, Parts, runs, serves
from millpond.manager.api.models import Ref
from millpond.manager.api.specs import Asked
from millpond.operations.pools import PoolSpec

router = APIRouter(prefix="/pools/{key}", tags=["High availability"])

ASKING = (
    "request.not_found",
    "server.unreachable",
    "server.role",
    "pool.unreadable",
    "pool.deposed",
    "storage.unavailable",
    "lease.daemon",
    "lease.lockspace",
    "step.failed",
    "step.unknown",
)
"""What a question to a pool master can end with."""


@router.get(
    "/ha",
    summary="Show a pool's high availability",
    **serves(Permission.POOL_VIEW, *ASKING),
)
async def show_ha(api: Parts, key: Key) -> ha_models.PoolHa:
    """Asked of the pool master now: each server's state, alarms, what may be promised."""
    world = api.manager.world()
    pool = await world.pool(key)
    status = await world.master(pool).ha.status()
    names = {m.id: m.name for m in pool.members}
    return ha_models.PoolHa(
        pool=Ref(id=pool.id, name=pool.name),
        master=Ref(id=status.master, name=names.get(status.master, status.master)),
        term=status.term,
        settings=pool.ha,
        sentence=status.sentence,
        hosts=list(status.hosts),
        waiting=list(status.waiting),
        promised_fenced=status.promised_fenced,
        promised_by_leases=status.promised_by_leases,
        last=status.last,
        worst=status.worst,
        alarms=list(status.alarms),
    )


@router.post("/arm", **runs("pool.arm"))
async def arm_pool(
    call: Calling, spec: Annotated[PoolSpec, Asked(PoolSpec, pool="key")]
) -> Response:
    return await call.accept("pool.arm", spec)


@router.post("/disarm", **runs("pool.disarm"))
async def disarm_pool(
    call: Calling, spec: Annotated[PoolSpec, Asked(PoolSpec, pool="key")]
) -> Response:
    return await call.accept("pool.disarm", spec)
