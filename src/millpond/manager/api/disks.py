"""Disks of a VM: plugged, grown, limited and unplugged while it runs."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.manager.api.deps import Calling, runs
from millpond.manager.api.specs import Asked
from millpond.operations.add_disk import DiskAddSpec, DiskAttachSpec
from millpond.operations.edit_disk import DiskEditSpec, DiskGrowSpec
from millpond.operations.move_disk import DiskMoveSpec
from millpond.operations.remove_disk import DiskSpec

router = APIRouter(prefix="/vms/{key}/disks", tags=["Disks"])


@router.post("", **runs("disk.add"))
async def add_disk(
    call: Calling, spec: Annotated[DiskAddSpec, Asked(DiskAddSpec, vm="key", body="disk")]
) -> Response:
    return await call.accept("disk.add", spec)


@router.post("/attach", **runs("disk.attach"))
async def attach_disk(
    call: Calling, spec: Annotated[DiskAttachSpec, Asked(DiskAttachSpec, vm="key")]
) -> Response:
    return await call.accept("disk.attach", spec)


@router.patch("/{target}", **runs("disk.edit"))
async def edit_disk(
    call: Calling,
    spec: Annotated[DiskEditSpec, Asked(DiskEditSpec, vm="key", target="target")],
) -> Response:
    return await call.accept("disk.edit", spec)


@router.post("/{target}/grow", **runs("disk.grow"))
async def grow_disk(
    call: Calling,
    spec: Annotated[DiskGrowSpec, Asked(DiskGrowSpec, vm="key", target="target")],
) -> Response:
    return await call.accept("disk.grow", spec)


@router.post("/{target}/detach", **runs("disk.detach"))
async def detach_disk(
    call: Calling, spec: Annotated[DiskSpec, Asked(DiskSpec, vm="key", target="target")]
) -> Response:
    return await call.accept("disk.detach", spec)


@router.delete("/{target}", **runs("disk.remove"))
async def remove_disk(
    call: Calling, spec: Annotated[DiskSpec, Asked(DiskSpec, vm="key", target="target")]
) -> Response:
    return await call.accept("disk.remove", spec)


@router.post("/{target}/move", **runs("disk.move"))
async def move_disk(
    call: Calling,
    spec: Annotated[DiskMoveSpec, Asked(DiskMoveSpec, vm="key", target="target")],
) -> Response:
    return await call.accept("disk.move", spec)
