"""Backups of VMs, wherever they lie."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from pydantic import Field, ValidationError

from millpond.domain.backup import Backup
from millpond.domain.names import AbsolutePath, Id, Name
from millpond.domain.permissions import Permission
from millpond.domain.vm import Model, PlaceSpec
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.images import ASKING
from millpond.manager.api.specs import Asked
from millpond.operations.backups import BackupSpec, find_backup, place_of, worker
from millpond.operations.create_backup import BackupCreateSpec
from millpond.operations.restore_backup import BackupRestoreSpec

router = APIRouter(tags=["Backups"])

_POOL = "/pools/{key}/backups"
_ONE = _POOL + "/{vm}/{backup}"
_WHERE = ("repository", "directory", "server")


class BackupView(Model):
    """One backup, without the VM's configuration. ``parent``: it builds on that one, None: on none.
    ``quiesced``: its guest's file systems were frozen. ``schedule`` had it taken, None: somebody by hand."""

    id: str
    vm: Id
    name: Name
    schedule: Name | None
    taken: float
    live: bool
    quiesced: bool
    parent: str | None
    bytes: int = Field(description="Of its files")
    size: int = Field(description="Of the VM's disks, in bytes")


def _where(
    repository: Annotated[
        Name | None, Query(description="Name or id; root is the cluster root")
    ] = None,
    directory: Annotated[
        AbsolutePath | None, Query(description="One that was opened for backups on its server")
    ] = None,
    server: Annotated[Name | None, Query(description="Whose directory it is")] = None,
) -> PlaceSpec:
    try:
        return PlaceSpec(repository=repository, directory=directory, server=server)
    except ValidationError as error:
        raise RequestValidationError(
            [{**e, "loc": ("query", *e["loc"])} for e in error.errors()]
        ) from error


Where = Annotated[PlaceSpec, Depends(_where)]


@router.get(_POOL, summary="List backups", **serves(Permission.POOL_VIEW, *ASKING))
async def list_backups(
    api: Parts,
    key: Key,
    where: Where,
    vm: Annotated[Name | None, Query(description="Only of this VM: its id, or a name")] = None,
    limit: Limit = 100,
    after: After = None,
) -> models.Listing[BackupView]:
    """The oldest first, as a server reads them in the place given by ``repository`` or ``directory``."""
    world = api.manager.world()
    pool = await world.pool(key)
    place = place_of(pool, where)
    agent = world.agent(pool, worker(pool, where, pool.id))
    found = await agent.backups.backups(place.path, None)
    chosen = [_view(b) for b in found if vm in (None, b.vm, b.config.name)]
    shown, more = views.page(chosen, limit, after, lambda b: b.id)
    return models.Listing(items=shown, next=more)


def _view(backup: Backup) -> BackupView:
    return BackupView(
        id=backup.id,
        vm=backup.vm,
        name=backup.config.name,
        schedule=backup.schedule,
        taken=backup.taken,
        live=backup.live,
        quiesced=backup.quiesced,
        parent=backup.parent,
        bytes=backup.bytes,
        size=sum(d.size for d in backup.disks),
    )


@router.get(_ONE, summary="Show one backup", **serves(Permission.POOL_VIEW, *ASKING))
async def show_backup(api: Parts, key: Key, vm: Name, backup: Name, where: Where) -> Backup:
    """Its manifest. ``vm`` is the VM's id or what it was called, ``backup`` an id or ``latest``."""
    spec = BackupSpec(pool=key, vm=vm, backup=backup, **where.model_dump())
    return (await find_backup(api.manager.world(), spec)).plan.backup


@router.post("/vms/{key}/backups", **runs("backup.create"))
async def create_backup(
    call: Calling, spec: Annotated[BackupCreateSpec, Asked(BackupCreateSpec, vm="key")]
) -> Response:
    return await call.accept("backup.create", spec)


@router.post(_ONE + "/verify", **runs("backup.verify"))
async def verify_backup(
    call: Calling,
    spec: Annotated[BackupSpec, Asked(BackupSpec, pool="key", vm="vm", backup="backup")],
) -> Response:
    return await call.accept("backup.verify", spec)


@router.post(_ONE + "/restore", **runs("backup.restore"))
async def restore_backup(
    call: Calling,
    spec: Annotated[
        BackupRestoreSpec, Asked(BackupRestoreSpec, pool="key", vm="vm", backup="backup")
    ],
) -> Response:
    return await call.accept("backup.restore", spec)


@router.delete(_ONE, **runs("backup.delete"))
async def delete_backup(
    call: Calling,
    spec: Annotated[
        BackupSpec, Asked(BackupSpec, query=_WHERE, pool="key", vm="vm", backup="backup")
    ],
) -> Response:
    return await call.accept("backup.delete", spec)
