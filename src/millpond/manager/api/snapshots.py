"""Snapshots of a VM."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.names import Name
from millpond.domain.permissions import Permission
from millpond.domain.snapshots import find_snapshot
from millpond.domain.vm import Snapshot, VmDocument
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.ha import ASKING
from millpond.manager.api.specs import Asked
from millpond.operations.create_snapshot import SnapshotCreateSpec
from millpond.operations.revert_snapshot import SnapshotRevertSpec
from millpond.operations.snapshots import SnapshotSpec

router = APIRouter(prefix="/vms/{key}/snapshots", tags=["Snapshots"])


def _view(document: VmDocument, snapshot: Snapshot) -> models.Snapshot:
    return models.Snapshot(
        name=snapshot.name,
        created=snapshot.created,
        parent=snapshot.parent,
        current=document.snapshot == snapshot.name,
        memory=snapshot.memory is not None,
        deleting=snapshot.deleting,
        schedule=snapshot.schedule,
        description=snapshot.description,
        config=snapshot.config,
    )


@router.get("", summary="List snapshots", **serves(Permission.VM_VIEW, *ASKING))
async def list_snapshots(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[models.Snapshot]:
    """By name, as the VM's record has them now. Each names the one that it came after."""
    _, document = await api.manager.world().vm(key)
    found = [_view(document, s) for s in sorted(document.snapshots, key=lambda s: s.name)]
    shown, more = views.page(found, limit, after, lambda s: s.name)
    return models.Listing(items=shown, next=more)


@router.get("/{snapshot}", summary="Show one snapshot", **serves(Permission.VM_VIEW, *ASKING))
async def show_snapshot(api: Parts, key: Key, snapshot: Name) -> models.Snapshot:
    """With the VM as it was then."""
    _, document = await api.manager.world().vm(key)
    return _view(document, find_snapshot(document, snapshot))


@router.post("", **runs("snapshot.create"))
async def create_snapshot(
    call: Calling, spec: Annotated[SnapshotCreateSpec, Asked(SnapshotCreateSpec, vm="key")]
) -> Response:
    return await call.accept("snapshot.create", spec)


@router.post("/{snapshot}/revert", **runs("snapshot.revert"))
async def revert_snapshot(
    call: Calling,
    spec: Annotated[SnapshotRevertSpec, Asked(SnapshotRevertSpec, vm="key", snapshot="snapshot")],
) -> Response:
    return await call.accept("snapshot.revert", spec)


@router.delete("/{snapshot}", **runs("snapshot.delete"))
async def delete_snapshot(
    call: Calling,
    spec: Annotated[SnapshotSpec, Asked(SnapshotSpec, vm="key", snapshot="snapshot")],
) -> Response:
    return await call.accept("snapshot.delete", spec)
