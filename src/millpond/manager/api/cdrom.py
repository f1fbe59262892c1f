"""The CD drive of a VM."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.manager.api.deps import Calling, runs
from millpond.manager.api.specs import Asked
from millpond.operations.cdrom import CdInsertSpec
from millpond.operations.vms import VmSpec

router = APIRouter(prefix="/vms/{key}/cdrom", tags=["Disks"])


@router.put("", **runs("cdrom.insert"))
async def insert_cd(
    call: Calling, spec: Annotated[CdInsertSpec, Asked(CdInsertSpec, vm="key")]
) -> Response:
    return await call.accept("cdrom.insert", spec)


@router.delete("", **runs("cdrom.eject"))
async def eject_cd(call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]) -> Response:
    return await call.accept("cdrom.eject", spec)
