"""Templates in a pool's repository."""

from fastapi import APIRouter

from millpond.domain.permissions import Permission
from millpond.domain.template import TemplateDocument
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Key, Limit, Parts, serves

router = APIRouter(prefix="/pools/{key}/templates", tags=["Templates"])


@router.get(
    "",
    summary="List templates",
    **serves(
        Permission.POOL_VIEW,
        "request.not_found",
        "server.unreachable",
        "server.role",
        "pool.deposed",
        "pool.unreadable",
        "storage.unavailable",
        "step.unknown",
        "step.failed",
    ),
)
async def list_templates(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[TemplateDocument]:
    """By name, read from the repository by the pool master."""
    world = api.manager.world()
    pool = await world.pool(key)
    found = await world.master(pool).records.templates(pool.cluster_root)
    shown, more = views.page(sorted(found, key=lambda t: t.name), limit, after, lambda t: t.name)
    return models.Listing(items=shown, next=more)
