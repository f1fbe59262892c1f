"""Clones of a VM, and templates made of one."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.manager.api.deps import Calling, runs
from millpond.manager.api.specs import Asked
from millpond.operations.clone_vm import VmCloneSpec
from millpond.operations.clone_vms import VmCloneManySpec
from millpond.operations.save_template import VmSaveTemplateSpec

router = APIRouter(prefix="/vms/{key}", tags=["VMs"])


@router.post("/clone", **runs("vm.clone"))
async def clone_vm(
    call: Calling, spec: Annotated[VmCloneSpec, Asked(VmCloneSpec, vm="key")]
) -> Response:
    return await call.accept("vm.clone", spec)


@router.post("/clones", **runs("vm.clone_many"))
async def clone_vm_many_times(
    call: Calling, spec: Annotated[VmCloneManySpec, Asked(VmCloneManySpec, vm="key")]
) -> Response:
    return await call.accept("vm.clone_many", spec)


@router.post("/template", **runs("vm.save_template"))
async def save_as_template(
    call: Calling, spec: Annotated[VmSaveTemplateSpec, Asked(VmSaveTemplateSpec, vm="key")]
) -> Response:
    return await call.accept("vm.save_template", spec)
