"""Failovers of a pool, as its servers recorded them."""

from fastapi import APIRouter

from millpond.domain.errors import Refused
from millpond.domain.names import Id
from millpond.domain.permissions import Permission
from millpond.manager.api import ha_models, models, views
from millpond.manager.api.deps import After, Key, Limit, Parts, serves
from millpond.manager.api.ha import ASKING

router = APIRouter(prefix="/pools/{key}/failovers", tags=["High availability"])

ALL = 100_000
"""More than any pool will ever have."""


@router.get(
    "",
    summary="List failovers, newest first",
    **serves(Permission.POOL_VIEW, *ASKING),
)
async def list_failovers(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ha_models.FailoverReply]:
    """Read by the pool master from the cluster root."""
    world = api.manager.world()
    pool = await world.pool(key)
    (start,) = views.after(after, int) or (0,)
    end = min(start, ALL) + limit
    found = (await world.master(pool).ha.failovers(end + 1))[start:]
    return models.Listing(
        items=[ha_models.FailoverReply.of(f) for f in found[:limit]],
        next=views.cursor(end) if len(found) > limit else None,
    )


@router.get(
    "/{id}",
    summary="Show one failover",
    **serves(Permission.POOL_VIEW, *ASKING),
)
async def show_failover(api: Parts, key: Key, id: Id) -> ha_models.FailoverReply:  # noqa: A002
    """Its whole timeline."""
    world = api.manager.world()
    pool = await world.pool(key)
    for failover in await world.master(pool).ha.failovers(ALL):
        if failover.id == id:
            return ha_models.FailoverReply.of(failover)
    raise Refused(
        "request.not_found",
        f"failover {id}",
        f"pool {pool.name} has no record of it",
        f"list those it has with: millpond pool failovers {pool.name}",
    )
