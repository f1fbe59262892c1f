"""Exported files: what there is, and the bytes of one, read from the repository as they are asked for."""

import base64
import re
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header
from fastapi.responses import Response, StreamingResponse

from millpond.domain.errors import Refused, Unknown
from millpond.domain.package import ExportedFile, ExportName
from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Key, Limit, Parts, serves
from millpond.manager.api.images import ASKING
from millpond.operations.utility import utility_server
from millpond.ports.exports import Exports
from millpond.ports.world import World

router = APIRouter(prefix="/pools/{key}/exports", tags=["VMs"])

PIECE = 1 << 20
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")
_OCTETS = "application/octet-stream"


async def _holder(world: World, key: str) -> tuple[Exports, str]:
    """A utility server's, and the cluster root."""
    pool = await world.pool(key)
    return world.agent(pool, utility_server(pool, pool.id)).exports, pool.cluster_root


@router.get("", summary="List exported files", **serves(Permission.VM_MANAGE, *ASKING))
async def list_exports(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ExportedFile]:
    """What lies in `publish_pool`, by name."""
    exports, root = await _holder(api.manager.world(), key)
    shown, more = views.page(await exports.exports(root), limit, after, lambda e: e.name)
    return models.Listing(items=shown, next=more)


@router.get(
    "/{file}",
    summary="Download an exported file",
    **serves(Permission.VM_MANAGE, *ASKING, "request.range", media=_OCTETS),
)
async def download_export(
    api: Parts,
    key: Key,
    file: ExportName,
    range_: Annotated[
        str | None,
        Header(alias="Range", max_length=100, description="One range of bytes (RFC 9110, 14.2)"),
    ] = None,
    if_range: Annotated[
        str | None,
        Header(alias="If-Range", max_length=200, description="The ETag that the range is of"),
    ] = None,
) -> Response:
    """Answers 206 to a request for one range. The `ETag` changes with the file; with `If-Range`, the whole
    of another version comes instead of a range."""
    exports, root = await _holder(api.manager.world(), key)
    found = await exports.export(root, file)
    etag = f'"{found.version}"'
    asked = range_ if if_range in (None, etag) else None
    begin, end = _asked(asked, found)
    partial = (begin, end) != (0, found.size)
    headers = {
        "Accept-Ranges": "bytes",
        "Content-Length": str(end - begin),
        "Content-Disposition": f'attachment; filename="{file}"',
        "ETag": etag,
    }
    if partial:
        headers["Content-Range"] = f"bytes {begin}-{end - 1}/{found.size}"
    return StreamingResponse(
        _bytes(exports, root, found, begin, end),
        206 if partial else 200,
        headers,
        media_type=_OCTETS,
    )


def _asked(text: str | None, file: ExportedFile) -> tuple[int, int]:
    """From where to where. What is no single range is answered with the whole (RFC 9110, 14.2). Raises
    ``Refused(request.range)``."""
    match = _RANGE.fullmatch(text or "")
    if match is None or not any(match.groups()):
        return 0, file.size
    first, last = match.groups()
    if not first:
        begin, end = max(0, file.size - int(last)), file.size
    else:
        begin, end = int(first), min(int(last) + 1 if last else file.size, file.size)
    if begin >= end:
        raise Refused(
            "request.range",
            f"file {file.name}",
            f"it has {file.size} bytes, and none in {text}",
            "ask for bytes that it has",
        )
    return begin, end


async def _bytes(
    exports: Exports, root: str, file: ExportedFile, begin: int, end: int
) -> AsyncIterator[bytes]:
    """Piece by piece, no faster than they are taken. Ends in an error, and with it the connection, if the
    file is another one meanwhile."""
    while begin < end:
        piece = await exports.read(root, file.name, begin, min(PIECE, end - begin))
        data = base64.b64decode(piece.data)
        if piece.version != file.version or not data:
            raise Unknown("download", f"{file.name} was changed meanwhile")
        yield data
        begin += len(data)
