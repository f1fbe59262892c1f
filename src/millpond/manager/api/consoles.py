"""A VM's console: its last output as text, and a live one over a WebSocket."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Query, WebSocket, WebSocketDisconnect
from fastapi.responses import PlainTextResponse
from pydantic import StringConstraints

from millpond.domain.errors import MillpondError, Refused
from millpond.domain.permissions import Permission
from millpond.domain.vm import Power
from millpond.manager.api import models
from millpond.manager.api.deps import Api, Key, Me, Parts, Secret, requires, serves
from millpond.manager.api.errors import reply
from millpond.manager.api.origin import from_elsewhere
from millpond.manager.consoles import is_input, pump
from millpond.manager.store import cache
from millpond.manager.store.cache import VmRow

router = APIRouter(tags=["Consoles"])

_CODES = (
    "request.not_found",
    "vm.state",
    "server.unreachable",
    "server.role",
    "pool.deposed",
    "pool.unreadable",
    "step.failed",
    "step.unknown",
)


async def _running(api: Api, key: str) -> tuple[VmRow, str]:
    """The VM and the server its guest is on. Raises ``Refused``: ``request.not_found``,
    ``vm.state``."""
    async with api.manager.store.read() as connection:
        row = await cache.vm(connection, key)
    if row.server_id is None or row.power not in (Power.RUNNING, Power.PAUSED):
        raise Refused(
            "vm.state", f"vm {row.name}", f"it is {row.power}", "start it: it has no console now"
        )
    return row, row.server_id


@router.get(
    "/vms/{key}/console/log",
    summary="Show the last output of the serial console",
    **serves(Permission.VM_CONSOLE, *_CODES, media="text/plain"),
)
async def console_log(
    api: Parts,
    key: Key,
    size: Annotated[
        int, Query(alias="bytes", ge=1, le=1 << 20, description="How many at most")
    ] = 65_536,
) -> PlainTextResponse:
    """Since the guest came to the server it is on."""
    row, server = await _running(api, key)
    world = api.manager.world()
    agent = world.agent(await world.pool(row.pool_id), server)
    return PlainTextResponse(await agent.hypervisor.console_tail(row.id, size))


@router.post(
    "/vms/{key}/console",
    summary="Ask for a live console",
    status_code=201,
    **serves(Permission.VM_CONSOLE, *_CODES, body=True),
)
async def open_console(
    api: Parts,
    key: Key,
    me: Me,
    session: Secret,
    body: models.ConsoleRequest | None = None,
) -> models.ConsoleTicket:
    """Answers with the URL of a WebSocket, good for one connection within 30 s."""
    row, _ = await _running(api, key)
    kind = body.kind if body else "serial"
    assert session is not None  # else the permission's check has refused
    secret, ticket = api.tickets.issue(row.id, kind, session)
    await api.manager.events.publish(
        "vm", f"vm:{row.id}", {"change": "console", "console": kind, "user": me.user}
    )
    return models.ConsoleTicket(
        ticket=secret, url=f"/api/v1/consoles/{secret}", expires=ticket.expires
    )


@router.websocket("/consoles/{ticket}", dependencies=[requires(Permission.PUBLIC)])
async def console(
    socket: WebSocket,
    api: Parts,
    ticket: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,128}$")],
) -> None:
    """The ticket is the proof of the right; binary frames both ways. It ends soon after the session or
    API token that asked for it does; whoever types or moves the mouse uses that."""
    try:
        _check_origin(socket)
        right = api.tickets.redeem(ticket)
        row, server = await _running(api, right.vm)
        route = api.manager.world().route(server)
        stream = await api.manager.agents.console(await route, row.id, right.kind)
    except MillpondError as error:
        await socket.send_denial_response(reply(error))
        return
    await socket.accept(subprotocol="binary" if "binary" in _offered(socket) else None)

    typed = asyncio.Event()

    def used() -> bool:
        seen = typed.is_set()
        typed.clear()
        return seen

    async def receive() -> bytes:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return b""
        data: bytes = message.get("bytes") or (message.get("text") or "").encode()
        if data and is_input(right.kind, data):
            typed.set()
        return data or await receive()

    try:
        ended = api.manager.auth.ended(right.session, used)
        await pump(stream, receive, socket.send_bytes, ended)
        await socket.close()
    except (WebSocketDisconnect, RuntimeError):
        return  # the viewer hung up first


def _offered(socket: WebSocket) -> list[str]:
    subprotocols: list[str] = socket.scope.get("subprotocols", [])
    return subprotocols


def _check_origin(socket: WebSocket) -> None:
    """Browsers send Origin: a page of another site must not ride on a stolen ticket (RFC 6455,
    10.2). Other programs send none."""
    if from_elsewhere(socket):
        raise Refused(
            "console.ticket",
            "console",
            "the page that asks is not from this manager",
            "open the console from the manager's own pages",
        )
