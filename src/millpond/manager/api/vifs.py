"""Network interfaces of a VM: plugged, changed and unplugged while it runs."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.manager.api.deps import Calling, runs
from millpond.manager.api.specs import Asked
from millpond.operations.vifs import VifAddSpec, VifEditSpec, VifRemoveSpec

router = APIRouter(prefix="/vms/{key}/vifs", tags=["VIFs"])


@router.post("", **runs("vif.add"))
async def add_vif(
    call: Calling, spec: Annotated[VifAddSpec, Asked(VifAddSpec, vm="key", body="vif")]
) -> Response:
    return await call.accept("vif.add", spec)


@router.patch("/{mac}", **runs("vif.edit"))
async def edit_vif(
    call: Calling, spec: Annotated[VifEditSpec, Asked(VifEditSpec, vm="key", mac="mac")]
) -> Response:
    return await call.accept("vif.edit", spec)


@router.delete("/{mac}", **runs("vif.remove"))
async def remove_vif(
    call: Calling, spec: Annotated[VifRemoveSpec, Asked(VifRemoveSpec, vm="key", mac="mac")]
) -> Response:
    return await call.accept("vif.remove", spec)
