"""The manager itself: is it well, what is it, what does it count."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

import millpond
from millpond.domain.errors import Refused
from millpond.domain.permissions import Permission
from millpond.manager.api import models
from millpond.manager.api.deps import Parts, Requires, Secret, serves
from millpond.manager.auth import Identity
from millpond.manager.metrics import CONTENT_TYPE

router = APIRouter(tags=["System"])
"""Served both under the API's prefix and at the root, where probes look for it."""

api_only = APIRouter(tags=["System"])


class MetricsReaders(Requires):
    """As ``Requires``, unless the settings make the metrics public."""

    async def __call__(self, request: Request, api: Parts, secret: Secret) -> Identity | None:
        if api.manager.settings.metrics_public:
            return None
        return await super().__call__(request, api, secret)


@router.get("/healthz/live", summary="Is the process alive?", **serves(Permission.PUBLIC))
async def live() -> models.Health:
    """Answers as long as the process does."""
    return models.Health(ok=True)


@router.get("/healthz/ready", summary="Can the manager work?", **serves(Permission.PUBLIC))
async def ready(api: Parts) -> models.Health:
    """503 while its database does not answer."""
    try:
        async with api.manager.store.read() as connection:
            await connection.execute(text("SELECT 1"))
    except (SQLAlchemyError, OSError) as error:
        raise Refused(
            "server.busy", "manager", "its database does not answer", "see the manager's log"
        ) from error
    return models.Health(ok=True)


@router.get(
    "/metrics",
    summary="Metrics for Prometheus",
    **serves(
        Permission.SERVER_VIEW, media="text/plain", guard=MetricsReaders(Permission.SERVER_VIEW)
    ),
)
async def metrics(api: Parts) -> Response:
    """In the text exposition format. A setting can make it public."""
    return Response(await api.manager.metrics.render(api.manager.store), media_type=CONTENT_TYPE)


@api_only.get("/version", summary="Show versions", **serves(Permission.PUBLIC))
async def version() -> models.Version:
    """Of the manager and of this API."""
    return models.Version(version=millpond.__version__, api="v1")


@api_only.get("/openapi.json", include_in_schema=False, **serves(Permission.PUBLIC))
async def openapi(request: Request) -> JSONResponse:
    """This API's description."""
    return JSONResponse(request.app.openapi())
