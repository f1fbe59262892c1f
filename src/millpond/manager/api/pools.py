"""Server pools and their members."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response
from pydantic_core import to_json

from millpond.domain.permissions import Permission
from millpond.domain.preflight import Difference
from millpond.manager.api import models, views
from millpond.manager.api.deps import (
    After,
    Calling,
    Key,
    Limit,
    Parts,
    json_reply,
    operation_codes,
    runs,
    serves,
)
from millpond.manager.api.specs import Asked
from millpond.manager.store import cache
from millpond.operations.adopt_pool import PoolAdoptSpec
from millpond.operations.create_pool import PoolCreateSpec, members_of
from millpond.operations.edit_pool import PoolEditSpec
from millpond.operations.gather import preflight
from millpond.operations.pool_members import (
    PoolAddServerSpec,
    PoolServerSpec,
    PoolSetRolesSpec,
    reached_members,
)
from millpond.operations.pools import PoolSpec

router = APIRouter(prefix="/pools", tags=["Pools"])


@router.get(
    "",
    summary="List pools",
    response_model=models.Listing[models.Pool],
    **serves(Permission.POOL_VIEW),
)
async def list_pools(api: Parts, limit: Limit = 100, after: After = None) -> Response:
    """By name."""
    async with api.manager.store.read() as connection:
        rows, more = views.page(
            await cache.all_pools(connection), limit, after, lambda p: f"{p.name} {p.id}"
        )
        items = await views.pool_list(connection, rows)
    return json_reply(views.listing(items, more))


@router.get(
    "/{key}",
    summary="Show one pool",
    response_model=models.Pool,
    **serves(Permission.POOL_VIEW, "request.not_found"),
)
async def show_pool(api: Parts, key: Key) -> Response:
    """By id or name. The ETag is its generation."""
    async with api.manager.store.read() as connection:
        row = await cache.pool(connection, key)
        (item,) = await views.pool_list(connection, [row])
    return json_reply(to_json(item), {"ETag": f'"{row.generation}"'})


@router.post("", **runs("pool.create"))
async def create_pool(
    call: Calling, spec: Annotated[PoolCreateSpec, Asked(PoolCreateSpec)]
) -> Response:
    return await call.accept("pool.create", spec)


@router.post("/adopt", **runs("pool.adopt"))
async def adopt_pool(
    call: Calling, spec: Annotated[PoolAdoptSpec, Asked(PoolAdoptSpec)]
) -> Response:
    return await call.accept("pool.adopt", spec)


def _report(differences: list[Difference]) -> models.Report:
    return models.Report(fits=not any(d.blocking for d in differences), differences=differences)


@router.post(
    "/preflight",
    summary="Would these servers make a pool?",
    **serves(Permission.POOL_MANAGE, *operation_codes("pool.create"), body=True),
)
async def preflight_pool(
    api: Parts, spec: Annotated[PoolCreateSpec, Asked(PoolCreateSpec)]
) -> models.Report:
    """The body is that of creating a pool. Nothing is changed; every difference between the
    servers is listed with its fix."""
    _, reached = await members_of(api.manager.world(), spec)
    _, differences = await preflight(reached, spec.cluster_root, {b.name for b in spec.bridges})
    return _report(differences)


@router.post(
    "/{key}/check",
    summary="Do the members still fit together?",
    **serves(Permission.POOL_MANAGE, *operation_codes("pool.edit")),
)
async def check_pool(api: Parts, key: Key) -> models.Report:
    """The preflight, for a pool that exists."""
    world = api.manager.world()
    pool = await world.pool(key)
    _, differences = await preflight(
        reached_members(world, pool),
        pool.cluster_root,
        {b.name for b in pool.bridges},
        pool.id,
    )
    return _report(differences)


@router.patch("/{key}", **runs("pool.edit"))
async def edit_pool(
    call: Calling,
    spec: Annotated[
        PoolEditSpec, Asked(PoolEditSpec, pool="key", body="changes", query=("force",))
    ],
) -> Response:
    return await call.accept("pool.edit", spec)


@router.delete("/{key}", **runs("pool.delete"))
async def delete_pool(
    call: Calling, spec: Annotated[PoolSpec, Asked(PoolSpec, pool="key")]
) -> Response:
    return await call.accept("pool.delete", spec)


@router.post("/{key}/servers", **runs("pool.add_server"))
async def add_member(
    call: Calling, spec: Annotated[PoolAddServerSpec, Asked(PoolAddServerSpec, pool="key")]
) -> Response:
    return await call.accept("pool.add_server", spec)


@router.patch("/{key}/servers/{server}", **runs("pool.set_roles"))
async def set_member_roles(
    call: Calling,
    spec: Annotated[PoolSetRolesSpec, Asked(PoolSetRolesSpec, pool="key", server="server")],
) -> Response:
    return await call.accept("pool.set_roles", spec)


@router.delete("/{key}/servers/{server}", **runs("pool.remove_server"))
async def remove_member(
    call: Calling,
    spec: Annotated[PoolServerSpec, Asked(PoolServerSpec, pool="key", server="server")],
) -> Response:
    return await call.accept("pool.remove_server", spec)
