"""LUNs of a pool: storage of arrays that all of its servers have."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.domain.pool_lun import PoolLun
from millpond.domain.vm import VmDocument
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.ha import ASKING
from millpond.manager.api.lun_models import LunView
from millpond.manager.api.specs import Asked
from millpond.operations.create_lun import LunCreateSpec
from millpond.operations.luns import LunSpec

router = APIRouter(prefix="/pools/{key}/luns", tags=["LUNs"])


def _view(
    pool: PoolDocument, lun: PoolLun, arrays: dict[str, str], vms: list[VmDocument]
) -> LunView:
    users = {d.config.name for d in vms if any(k.source == lun.source for k in d.config.disks)}
    return LunView(
        **lun.model_dump(exclude={"array"}),
        array=arrays.get(lun.array, lun.array),
        device=lun.device,
        pool=pool.name,
        vms=sorted(users),
    )


@router.get("", summary="List a pool's LUNs", **serves(Permission.POOL_VIEW, *ASKING))
async def list_luns(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[LunView]:
    """By name, as the pool master has them now."""
    world = api.manager.world()
    pool = await world.pool(key)
    vms = await world.vms(pool) if pool.luns else []
    arrays = {row.id: row.name for row in await api.manager.arrays.everyone()}
    luns = sorted(pool.luns, key=lambda lun: lun.name)
    shown, more = views.page(luns, limit, after, lambda lun: lun.name)
    return models.Listing(items=[_view(pool, lun, arrays, vms) for lun in shown], next=more)


@router.post("", **runs("lun.create"))
async def create_lun(
    call: Calling, spec: Annotated[LunCreateSpec, Asked(LunCreateSpec, pool="key")]
) -> Response:
    return await call.accept("lun.create", spec)


@router.delete("/{lun}", **runs("lun.delete"))
async def delete_lun(
    call: Calling, spec: Annotated[LunSpec, Asked(LunSpec, pool="key", lun="lun")]
) -> Response:
    return await call.accept("lun.delete", spec)
