"""Templates in a pool's repositories."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.permissions import Permission
from millpond.domain.template import TemplateDocument
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Calling, Key, Limit, Parts, runs, serves
from millpond.manager.api.images import ASKING
from millpond.manager.api.specs import Asked
from millpond.operations.catalogue import every_template, template_of
from millpond.operations.delete_template import TemplateSpec
from millpond.operations.deploy_template import TemplateDeploySpec

router = APIRouter(prefix="/pools/{key}/templates", tags=["Templates"])


@router.get(
    "",
    summary="List templates",
    **serves(Permission.POOL_VIEW, *ASKING),
)
async def list_templates(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[TemplateDocument]:
    """By name, read from the pool's repositories by its master."""
    world = api.manager.world()
    pool = await world.pool(key)
    found = await every_template(world, pool)
    shown, more = views.page(sorted(found, key=lambda t: t.name), limit, after, lambda t: t.name)
    return models.Listing(items=shown, next=more)


@router.get("/{template}", summary="Show one template", **serves(Permission.POOL_VIEW, *ASKING))
async def show_template(api: Parts, key: Key, template: Key) -> TemplateDocument:
    """By name."""
    world = api.manager.world()
    return await template_of(world, await world.pool(key), template)


@router.delete("/{template}", **runs("template.delete"))
async def delete_template(
    call: Calling,
    spec: Annotated[TemplateSpec, Asked(TemplateSpec, pool="key", template="template")],
) -> Response:
    return await call.accept("template.delete", spec)


@router.post("/{template}/deploy", **runs("template.deploy"))
async def deploy_template(
    call: Calling,
    spec: Annotated[TemplateDeploySpec, Asked(TemplateDeploySpec, pool="key", template="template")],
) -> Response:
    return await call.accept("template.deploy", spec)
