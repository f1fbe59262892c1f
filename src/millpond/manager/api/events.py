"""What happens, as it happens (server-sent events), and what has happened."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import APIRouter, Header, Query
from fastapi.responses import Response
from pydantic_core import from_json, to_json
from sse_starlette import EventSourceResponse, ServerSentEvent

from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.deps import After, Api, Limit, Parts, Secret, json_reply, serves
from millpond.manager.api.jobs import Subject
from millpond.manager.store import events
from millpond.manager.store.events import Event

router = APIRouter(prefix="/events", tags=["Events"])

PING = 15
"""Seconds between signs of life on a quiet stream."""


def _json(event: Event) -> views.Json:
    return {
        "seq": event.seq,
        "time": event.time,
        "kind": event.kind,
        "subject": event.subject,
        "data": from_json(event.data),
    }


async def _while_valid(api: Api, secret: str, after: int | None) -> AsyncIterator[Event]:
    """Events until the session or API token ends, or the manager stops."""
    coming = api.manager.events.subscribe(after)
    ended = asyncio.ensure_future(api.manager.auth.ended(secret))
    following = asyncio.ensure_future(anext(coming, None))
    try:
        while True:
            await asyncio.wait({following, ended}, return_when=asyncio.FIRST_COMPLETED)
            if ended.done():
                ended.result()
                return
            event = following.result()
            if event is None:
                return
            yield event
            following = asyncio.ensure_future(anext(coming, None))
    finally:
        following.cancel()
        ended.cancel()


async def _stream(api: Api, secret: str, after: int | None) -> AsyncIterator[ServerSentEvent]:
    async for event in _while_valid(api, secret, after):
        api.manager.metrics.event_sent(time.time() - event.time)
        yield ServerSentEvent(to_json(_json(event)).decode(), event=event.kind, id=str(event.seq))


@router.get(
    "",
    summary="Follow events",
    **serves(Permission.JOB_VIEW, media="text/event-stream"),
)
async def follow_events(
    api: Parts,
    secret: Secret,
    last_event_id: Annotated[
        int | None,
        Header(
            alias="Last-Event-ID",
            ge=0,
            lt=1 << 62,
            description="The number of the last event seen: the stream goes on after it",
        ),
    ] = None,
) -> EventSourceResponse:
    """A stream of server-sent events (WHATWG HTML, 9.2) without an end: `id` is the event's
    number, `event` its kind, `data` the JSON of an Event. Without Last-Event-ID it begins now. It
    ends soon after the session or API token does."""
    assert secret is not None  # else the permission's check has refused
    return EventSourceResponse(_stream(api, secret, last_event_id), ping=PING)


@router.get(
    "/log",
    summary="List past events, newest first",
    response_model=models.Listing[models.Event],
    **serves(Permission.JOB_VIEW),
)
async def list_events(
    api: Parts,
    kind: Annotated[str | None, Query(pattern=f"^({'|'.join(events.KINDS)})$")] = None,
    subject: Annotated[Subject | None, Query(description="Such as `vm:` and its id")] = None,
    limit: Limit = 100,
    after: After = None,
) -> Response:
    """All filters given must fit."""
    start = views.after(after, int)
    async with api.manager.store.read() as connection:
        found = await events.latest(
            connection, limit + 1, start[0] if start else None, kind, subject
        )
    more = views.cursor(found[limit - 1].seq) if len(found) > limit else None
    return json_reply(views.listing((_json(e) for e in found[:limit]), more))
