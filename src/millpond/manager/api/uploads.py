"""Uploads of images, piece by piece: what has arrived lies with the pool, not with this process."""

import base64
from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from millpond.domain.errors import Refused, not_found
from millpond.domain.names import Id, new_id
from millpond.domain.permissions import Permission
from millpond.manager.api import models
from millpond.manager.api.deps import Key, Parts, serves
from millpond.manager.api.front import MAX_BODY
from millpond.manager.api.images import ASKING
from millpond.operations.utility import utility_server
from millpond.ports.agent import Agent
from millpond.ports.world import World

router = APIRouter(prefix="/pools/{key}/uploads", tags=["Images"])

_CODES = (*ASKING, "storage.full", "image.state", "image.size")
_BYTES = {"requestBody": {"content": {"application/octet-stream": {}}, "required": True}}


class UploadRequest(models.Request):
    size: int = Field(ge=0, le=1 << 62, description="Bytes it will have")


class Upload(BaseModel):
    """``received`` bytes are there for good: send what follows them."""

    model_config = ConfigDict(frozen=True)

    id: Id
    received: int


async def _holder(world: World, key: str, upload: str) -> tuple[Agent, str]:
    """The utility server's agent, and the repository's root."""
    pool = await world.pool(key)
    return world.agent(pool, utility_server(pool, upload)), pool.cluster_root


@router.post(
    "",
    summary="Begin an upload",
    status_code=201,
    **serves(Permission.IMAGE_MANAGE, *_CODES, body=True),
)
async def begin_upload(api: Parts, key: Key, asked: UploadRequest) -> Upload:
    """Room for it has to be there. Send it with `PUT`, then import it."""
    upload = new_id()
    agent, root = await _holder(api.manager.world(), key, upload)
    staged = await agent.images.begin(root, upload, asked.size)
    return Upload(id=upload, received=staged.received)


@router.get(
    "/{upload}", summary="Ask how far an upload is", **serves(Permission.IMAGE_MANAGE, *_CODES)
)
async def show_upload(api: Parts, key: Key, upload: Id) -> Upload:
    """An upload that broke off goes on from there."""
    agent, root = await _holder(api.manager.world(), key, upload)
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
) -> Upload:
    """Up to 1 MiB, which has to follow what was received. A piece that is there already is fine, so each
    may be sent again."""
    piece = base64.b64encode((await request.body())[:MAX_BODY]).decode()
    agent, root = await _holder(api.manager.world(), key, upload)
    return Upload(id=upload, received=await agent.images.write(root, upload, offset, piece))


@router.delete(
    "/{upload}",
    summary="Give an upload up",
    status_code=204,
    **serves(Permission.IMAGE_MANAGE, *_CODES),
)
async def drop_upload(api: Parts, key: Key, upload: Id) -> None:
    """What has arrived is removed. One that is being imported is cancelled with its job instead."""
    world = api.manager.world()
    agent, root = await _holder(world, key, upload)
    known = await world.master(await world.pool(key)).image_records.images(root)
    if any(document.id == upload for document in known):
        raise Refused(
            "image.state",
            f"upload {upload}",
            "it has become an image",
            "delete that: millpond image delete POOL IMAGE",
        )
    await agent.images.discard(root, upload)
