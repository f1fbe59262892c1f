"""VMs: look at them, and everything they can be asked to do."""

from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import Response

from millpond.domain.names import Name, Tag
from millpond.domain.permissions import Permission
from millpond.domain.vm import Power
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, json_reply, runs, serves
from millpond.manager.api.specs import Asked
from millpond.manager.store import cache, servers
from millpond.manager.store.cache import VmFilter
from millpond.operations.create_vm import VmCreateSpec
from millpond.operations.delete_vm import VmDeleteSpec
from millpond.operations.edit_vm import VmEditSpec
from millpond.operations.export_vm import VmExportSpec
from millpond.operations.import_vm import VmImportSpec
from millpond.operations.migrate_vm import VmMigrateSpec
from millpond.operations.move_vm import VmMoveSpec
from millpond.operations.resume_vm import VmResumeSpec
from millpond.operations.start_vm import VmStartSpec
from millpond.operations.stop_vm import VmStopSpec
from millpond.operations.vms import VmSpec

router = APIRouter(prefix="/vms", tags=["VMs"])


@router.get(
    "",
    summary="List VMs",
    response_model=models.Listing[models.Vm],
    **serves(Permission.VM_VIEW, "request.not_found"),
)
async def list_vms(
    api: Parts,
    pool: Annotated[Name | None, Query(description="Name or id")] = None,
    server: Annotated[Name | None, Query(description="Name or id")] = None,
    power: Power | None = None,
    tag: Tag | None = None,
    name: Name | None = None,
    limit: Limit = 100,
    after: After = None,
) -> Response:
    """In the order of their names. All filters given must fit."""
    async with api.manager.store.read() as connection:
        which = VmFilter(
            pool=(await cache.pool(connection, pool)).id if pool else None,
            server=(await servers.get(connection, server)).id if server else None,
            power=power,
            tag=tag,
            name=name,
        )
        start = views.after(after, str, str)
        rows = await cache.list_vms(
            connection, which, limit + 1, (start[0], start[1]) if start else None
        )
        names = await views.Names.read(connection, "vm", api.manager.watcher.unread())
    more = views.cursor(rows[limit - 1].name, rows[limit - 1].id) if len(rows) > limit else None
    return json_reply(views.listing((views.vm(row, names) for row in rows[:limit]), more))


@router.get(
    "/{key}",
    summary="Show one VM",
    response_model=models.Vm,
    **serves(Permission.VM_VIEW, "request.not_found"),
)
async def show_vm(api: Parts, key: Key) -> Response:
    """By id or name. The ETag is its generation."""
    async with api.manager.store.read() as connection:
        row = await cache.vm(connection, key)
        names = await views.Names.read(connection, "vm", api.manager.watcher.unread())
    return json_reply(views.vm(row, names), {"ETag": f'"{row.generation}"'})


@router.post("", **runs("vm.create"))
async def create_vm(call: Calling, spec: Annotated[VmCreateSpec, Asked(VmCreateSpec)]) -> Response:
    return await call.accept("vm.create", spec)


@router.post("/import", **runs("vm.import"))
async def import_vm(call: Calling, spec: Annotated[VmImportSpec, Asked(VmImportSpec)]) -> Response:
    return await call.accept("vm.import", spec)


@router.post("/{key}/export", **runs("vm.export"))
async def export_vm(
    call: Calling, spec: Annotated[VmExportSpec, Asked(VmExportSpec, vm="key")]
) -> Response:
    return await call.accept("vm.export", spec)


@router.patch("/{key}", **runs("vm.edit"))
async def edit_vm(
    call: Calling,
    spec: Annotated[VmEditSpec, Asked(VmEditSpec, vm="key", body="changes", query=("force",))],
) -> Response:
    return await call.accept("vm.edit", spec)


@router.delete("/{key}", **runs("vm.delete"))
async def delete_vm(
    call: Calling,
    spec: Annotated[VmDeleteSpec, Asked(VmDeleteSpec, vm="key", query=("keep_disks",))],
) -> Response:
    return await call.accept("vm.delete", spec)


@router.post("/{key}/start", **runs("vm.start"))
async def start_vm(
    call: Calling, spec: Annotated[VmStartSpec, Asked(VmStartSpec, vm="key")]
) -> Response:
    return await call.accept("vm.start", spec)


@router.post("/{key}/stop", **runs("vm.stop"))
async def stop_vm(
    call: Calling, spec: Annotated[VmStopSpec, Asked(VmStopSpec, vm="key")]
) -> Response:
    return await call.accept("vm.stop", spec)


@router.post("/{key}/kill", **runs("vm.kill"))
async def kill_vm(call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]) -> Response:
    return await call.accept("vm.kill", spec)


@router.post("/{key}/reboot", **runs("vm.reboot"))
async def reboot_vm(
    call: Calling, spec: Annotated[VmStopSpec, Asked(VmStopSpec, vm="key")]
) -> Response:
    return await call.accept("vm.reboot", spec)


@router.post("/{key}/reset", **runs("vm.reset"))
async def reset_vm(call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]) -> Response:
    return await call.accept("vm.reset", spec)


@router.post("/{key}/pause", **runs("vm.pause"))
async def pause_vm(call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]) -> Response:
    return await call.accept("vm.pause", spec)


@router.post("/{key}/unpause", **runs("vm.unpause"))
async def unpause_vm(call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]) -> Response:
    return await call.accept("vm.unpause", spec)


@router.post("/{key}/suspend", **runs("vm.suspend"))
async def suspend_vm(call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]) -> Response:
    return await call.accept("vm.suspend", spec)


@router.post("/{key}/resume", **runs("vm.resume"))
async def resume_vm(
    call: Calling, spec: Annotated[VmResumeSpec, Asked(VmResumeSpec, vm="key")]
) -> Response:
    return await call.accept("vm.resume", spec)


@router.post("/{key}/migrate", **runs("vm.migrate"))
async def migrate_vm(
    call: Calling, spec: Annotated[VmMigrateSpec, Asked(VmMigrateSpec, vm="key")]
) -> Response:
    return await call.accept("vm.migrate", spec)


@router.post("/{key}/move", **runs("vm.move"))
async def move_vm(
    call: Calling, spec: Annotated[VmMoveSpec, Asked(VmMoveSpec, vm="key")]
) -> Response:
    return await call.accept("vm.move", spec)
