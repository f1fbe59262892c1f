"""VMs that are imported while they still run elsewhere."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.manager.api.deps import Calling, runs
from millpond.manager.api.specs import Asked
from millpond.operations.vms import VmSpec
from millpond.operations.warm_import import WarmImportSpec

router = APIRouter(prefix="/vms", tags=["VMs"])


@router.post("/warm-import", **runs("warm-import.begin"))
async def begin_warm_import(
    call: Calling, spec: Annotated[WarmImportSpec, Asked(WarmImportSpec)]
) -> Response:
    return await call.accept("warm-import.begin", spec)


@router.post("/{key}/warm-import/sync", **runs("warm-import.sync"))
async def sync_warm_import(
    call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]
) -> Response:
    return await call.accept("warm-import.sync", spec)


@router.post("/{key}/warm-import/cut-over", **runs("warm-import.cut-over"))
async def cut_over_warm_import(
    call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]
) -> Response:
    return await call.accept("warm-import.cut-over", spec)


@router.delete("/{key}/warm-import", **runs("warm-import.cancel"))
async def cancel_warm_import(
    call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]
) -> Response:
    return await call.accept("warm-import.cancel", spec)
