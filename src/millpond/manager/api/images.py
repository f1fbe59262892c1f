"""Imported images: ISOs, templates and shared disks of a pool."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.image import ImageDocument, ImageKind
from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.specs import Asked
from millpond.operations.catalogue import every_image
from millpond.operations.delete_image import ImageDeleteSpec
from millpond.operations.images import ImageSpec, find_image
from millpond.operations.import_image import ImageImportSpec

router = APIRouter(prefix="/pools/{key}/images", tags=["Images"])

ASKING = (
    "request.not_found",
    "server.unreachable",
    "server.role",
    "pool.deposed",
    "pool.unreadable",
    "storage.unavailable",
    "step.unknown",
    "step.failed",
)
"""Codes that asking a server of the pool can be answered with."""


@router.get("", summary="List imported images", **serves(Permission.POOL_VIEW, *ASKING))
async def list_images(
    api: Parts,
    key: Key,
    kind: ImageKind | None = None,
    limit: Limit = 100,
    after: After = None,
) -> models.Listing[ImageDocument]:
    """By name, read from the pool's repositories by its master."""
    world = api.manager.world()
    pool = await world.pool(key)
    found = await every_image(world, pool)
    chosen = sorted((d for d in found if kind in (None, d.kind)), key=lambda d: d.name)
    shown, more = views.page(chosen, limit, after, lambda d: d.name)
    return models.Listing(items=shown, next=more)


@router.get("/{image}", summary="Show one image", **serves(Permission.POOL_VIEW, *ASKING))
async def show_image(api: Parts, key: Key, image: Key) -> ImageDocument:
    """By name or id."""
    _, document = await find_image(api.manager.world(), ImageSpec(pool=key, image=image))
    return document


@router.post("", **runs("image.import"))
async def import_image(
    call: Calling, spec: Annotated[ImageImportSpec, Asked(ImageImportSpec, pool="key")]
) -> Response:
    return await call.accept("image.import", spec)


@router.post("/{image}/approve", **runs("image.approve"))
async def approve_image(
    call: Calling, spec: Annotated[ImageSpec, Asked(ImageSpec, pool="key", image="image")]
) -> Response:
    return await call.accept("image.approve", spec)


@router.delete("/{image}", **runs("image.delete"))
async def delete_image(
    call: Calling,
    spec: Annotated[
        ImageDeleteSpec,
        Asked(ImageDeleteSpec, query=("keep_files",), pool="key", image="image"),
    ],
) -> Response:
    return await call.accept("image.delete", spec)
