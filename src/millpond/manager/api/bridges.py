"""Bridges (networks) of a pool."""

import asyncio
from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.errors import Failed, Refused, Unknown
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.server import Bridge
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.specs import Asked
from millpond.operations.bridges import BridgeCreateSpec, BridgeDeleteSpec
from millpond.ports.world import World

router = APIRouter(prefix="/pools/{key}/bridges", tags=["Bridges"])


async def _ask(world: World, pool: PoolDocument, server: str) -> list[Bridge] | None:
    try:
        return await world.agent(pool, server).bridges.bridges()
    except (Refused, Failed, Unknown):
        return None


@router.get(
    "",
    summary="List bridges",
    **serves(
        Permission.POOL_VIEW,
        "request.not_found",
        "server.unreachable",
        "step.unknown",
        "step.failed",
        "server.role",
        "pool.deposed",
        "pool.unreadable",
    ),
)
async def list_bridges(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[models.BridgeView]:
    """Every bridge that some member has or all shall have, asked of all members now."""
    world = api.manager.world()
    pool = await world.pool(key)
    answers = await asyncio.gather(*(_ask(world, pool, m.id) for m in pool.members))
    has = {
        m.name: {b.name for b in a}
        for m, a in zip(pool.members, answers, strict=True)
        if a is not None
    }
    silent = [m.name for m in pool.members if m.name not in has]
    managed = {b.name: b for b in pool.bridges}
    items = [
        models.BridgeView(
            name=name,
            managed=name in managed,
            nic=managed[name].nic if name in managed else None,
            vlan=managed[name].vlan if name in managed else None,
            bond=list(managed[name].bond) if name in managed else [],
            servers=[s for s, names in has.items() if name in names],
            missing=[s for s, names in has.items() if name not in names],
            unknown=silent,
        )
        for name in sorted(managed.keys() | set().union(*has.values()))
    ]
    shown, more = views.page(items, limit, after, lambda b: b.name)
    return models.Listing(items=shown, next=more)


@router.post("", **runs("bridge.create"))
async def create_bridge(
    call: Calling,
    spec: Annotated[BridgeCreateSpec, Asked(BridgeCreateSpec, pool="key", body="bridge")],
) -> Response:
    return await call.accept("bridge.create", spec)


@router.delete("/{name}", **runs("bridge.delete"))
async def delete_bridge(
    call: Calling,
    spec: Annotated[BridgeDeleteSpec, Asked(BridgeDeleteSpec, pool="key", name="name")],
) -> Response:
    return await call.accept("bridge.delete", spec)
