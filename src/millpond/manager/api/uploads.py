"""Uploads of images, piece by piece: what has arrived lies with the pool, not with this process."""

import base64
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from millpond.domain.errors import Refused, not_found
from millpond.domain.names import Id, Name, new_id
from millpond.domain.permissions import Permission
from millpond.domain.pool import PoolDocument
from millpond.manager.api import models
from millpond.manager.api.deps import Key, Parts, serves
from millpond.manager.api.front import MAX_BODY
from millpond.manager.api.images import ASKING
from millpond.operations.catalogue import destination, every_image
from millpond.operations.room import room
from millpond.operations.utility import utility_server
from millpond.ports.agent import Agent
from millpond.ports.world import World

router = APIRouter(prefix="/pools/{key}/uploads", tags=["Images"])

_CODES = (*ASKING, "storage.full", "image.state", "image.size")
_BYTES = {"requestBody": {"content": {"application/octet-stream": {}}, "required": True}}


class UploadRequest(models.Request):
    size: int = Field(ge=0, le=1 << 62, description="Bytes it will have")
    repository: Name | None = Field(
        default=None, description="Where the image shall lie; left out, in the cluster root"
    )


class Upload(BaseModel):
    """``received`` bytes are there for good: send what follows them."""

    model_config = ConfigDict(frozen=True)

    id: Id
    received: int


Where = Annotated[
    Name | None, Query(description="Repository it was begun in; left out, the cluster root")
]


async def _holder(
    world: World, pool: PoolDocument, upload: str, repository: str | None
) -> tuple[Agent, str]:
    """The utility server's agent, and the repository's root."""
    found = destination(pool, repository)
    root = found.mount if found is not None else pool.cluster_root
    return world.agent(pool, utility_server(pool, upload, found)), root


@router.post(
    "",
    summary="Begin an upload",
    status_code=201,
    **serves(Permission.IMAGE_MANAGE, *_CODES, body=True),
)
async def begin_upload(api: Parts, key: Key, asked: UploadRequest) -> Upload:
    """Room for it has to be there. Send it with `PUT`, then import it."""
    upload, world = new_id(), api.manager.world()
    pool = await world.pool(key)
    agent, root = await _holder(world, pool, upload, asked.repository)
    found = destination(pool, asked.repository)
    left = await room(world, pool, found.id if found is not None else None)
    left.check(f"upload {upload}", asked.size)
    staged = await agent.images.begin(root, upload, asked.size)
    return Upload(id=upload, received=staged.received)


@router.get(
    "/{upload}", summary="Ask how far an upload is", **serves(Permission.IMAGE_MANAGE, *_CODES)
)
async def show_upload(api: Parts, key: Key, upload: Id, repository: Where = None) -> Upload:
    """An upload that broke off goes on from there."""
    world = api.manager.world()
    agent, root = await _holder(world, await world.pool(key), upload, repository)
    staged = await agent.images.staged(root, upload)
    if staged is None:
        raise not_found(
            "upload", upload, "begin another with: millpond image import POOL IMAGE SOURCE"
        )
    return Upload(id=upload, received=staged.received)


@router.put(
    "/{upload}",
    summary="Send a piece of an upload",
    openapi_extra=_BYTES,
    **serves(Permission.IMAGE_MANAGE, *_CODES, body=True),
)
async def write_upload(
    api: Parts,
    key: Key,
    upload: Id,
    request: Request,
    offset: Annotated[int, Query(ge=0, le=1 << 62, description="Where the piece belongs")],
    repository: Where = None,
) -> Upload:
    """Up to 1 MiB, which has to follow what was received. A piece that is there already is fine, so each
    may be sent again."""
    piece = base64.b64encode((await request.body())[:MAX_BODY]).decode()
    world = api.manager.world()
    agent, root = await _holder(world, await world.pool(key), upload, repository)
    return Upload(id=upload, received=await agent.images.write(root, upload, offset, piece))


@router.delete(
    "/{upload}",
    summary="Give an upload up",
    status_code=204,
    **serves(Permission.IMAGE_MANAGE, *_CODES),
)
async def drop_upload(api: Parts, key: Key, upload: Id, repository: Where = None) -> None:
    """What has arrived is removed. One that is being imported is cancelled with its job instead."""
    world = api.manager.world()
    pool = await world.pool(key)
    agent, root = await _holder(world, pool, upload, repository)
    known = await every_image(world, pool)
    if any(document.id == upload for document in known):
        raise Refused(
            "image.state",
            f"upload {upload}",
            "it has become an image",
            "delete that: millpond image delete POOL IMAGE",
        )
    await agent.images.discard(root, upload)
