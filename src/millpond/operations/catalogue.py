"""Images and templates in all of a pool's repositories. Their names are unique in the pool."""

import asyncio
from collections.abc import Iterable

from millpond.domain.errors import Refused, not_found
from millpond.domain.image import ImageDocument
from millpond.domain.pool import PoolDocument
from millpond.domain.repository import CLUSTER_ROOT, Repository
from millpond.domain.template import TemplateDocument
from millpond.operations.records import everywhere, readable
from millpond.ports.world import World


async def every_image(world: World, pool: PoolDocument) -> list[ImageDocument]:
    """Those of repositories that are there. Raises what asking the pool master raises."""
    found, _ = await everywhere(pool, world.master(pool).image_records.images)
    return found


async def every_template(world: World, pool: PoolDocument) -> list[TemplateDocument]:
    """Those of repositories that are there. Raises what asking the pool master raises."""
    found, _ = await everywhere(pool, world.master(pool).records.templates)
    return found


async def image_of(world: World, pool: PoolDocument, key: str) -> ImageDocument:
    """By name or id. Raises ``Refused``: ``request.not_found``, or ``storage.unavailable`` if it may lie
    in a repository that is not there."""
    found, unread = await everywhere(pool, world.master(pool).image_records.images)
    for document in found:
        if key in (document.name, document.id):
            return document
    _check_read("image", key, pool, unread)
    raise not_found("image", key)


async def template_of(world: World, pool: PoolDocument, name: str) -> TemplateDocument:
    """Raises what ``image_of`` raises."""
    found, unread = await everywhere(pool, world.master(pool).records.templates)
    for document in found:
        if document.name == name:
            return document
    _check_read("template", name, pool, unread)
    raise not_found("template", name)


async def check_free_image_name(world: World, pool: PoolDocument, name: str) -> None:
    """Raises ``Refused(object.exists)`` if an image or a template is called that."""
    images, templates = await asyncio.gather(every_image(world, pool), every_template(world, pool))
    if name in {*(i.name for i in images), *(t.name for t in templates)}:
        raise Refused(
            "object.exists",
            f"image {name}",
            f"pool {pool.name} has an image or template of that name",
            "choose another name, or delete that one: millpond image delete POOL IMAGE",
        )


def destination(pool: PoolDocument, key: str | None) -> Repository | None:
    """Where something new shall lie, None being the cluster root. Raises ``Refused``:
    ``request.not_found``, ``storage.unavailable`` for one whose records the pool master could not
    keep."""
    found = pool.repository(key) if key else None
    if found is not None:
        readable(pool, found)
    return found


def lies_in(pool: PoolDocument, repository: str | None) -> str:
    """Its name, for sentences."""
    found = pool.repository(repository) if repository is not None else None
    return CLUSTER_ROOT if found is None else found.name


def _check_read(kind: str, key: str, pool: PoolDocument, unread: Iterable[str]) -> None:
    if away := [lies_in(pool, repository) for repository in unread]:
        raise Refused(
            "storage.unavailable",
            f"{kind} {key}",
            f"it is in none of the repositories that are there; {', '.join(away)} cannot be read",
            "see what is wrong with the repository: millpond repository list POOL",
        )
