"""Servers: make them known, enrol them, look at them, empty them."""

from typing import Annotated

from fastapi import APIRouter, Response
from pydantic import SecretStr
from pydantic_core import to_json
from sqlalchemy.ext.asyncio import AsyncConnection

from millpond.adapters.pki.tokens import EnrolmentToken
from millpond.domain.job import Lock
from millpond.domain.permissions import Permission
from millpond.domain.server import Inventory
from millpond.manager.api import models, views
from millpond.manager.api.deps import (
    After,
    Api,
    Calling,
    Key,
    Limit,
    Parts,
    json_reply,
    runs,
    serves,
)
from millpond.manager.api.specs import Asked
from millpond.manager.jobs.submit import busy
from millpond.manager.store import enrolments, jobs, servers
from millpond.operations.gather import enrolled
from millpond.operations.maintenance import EvacuateSpec, ServerSpec
from millpond.operations.power_server import ServerRebootSpec
from millpond.ports.agent import Agent

router = APIRouter(prefix="/servers", tags=["Servers"])


@router.get(
    "",
    summary="List servers",
    response_model=models.Listing[models.Server],
    **serves(Permission.SERVER_VIEW),
)
async def list_servers(api: Parts, limit: Limit = 100, after: After = None) -> Response:
    """By name."""
    async with api.manager.store.read() as connection:
        everyone = await servers.everyone(connection, inventory=True)
        rows, more = views.page(everyone, limit, after, lambda s: s.name)
        items = await views.server_list(connection, rows)
    return json_reply(views.listing(items, more))


@router.get(
    "/{key}",
    summary="Show one server",
    response_model=models.Server,
    **serves(Permission.SERVER_VIEW, "request.not_found"),
)
async def show_server(api: Parts, key: Key) -> Response:
    """By id or name."""
    async with api.manager.store.read() as connection:
        return json_reply(to_json(await _shown(connection, key)))


async def _shown(connection: AsyncConnection, key: str) -> views.Json:
    (item,) = await views.server_list(connection, [await servers.get(connection, key)])
    return item


@router.get(
    "/{key}/inventory",
    summary="Show a server's inventory",
    **serves(
        Permission.SERVER_VIEW,
        "request.not_found",
        "server.not_enrolled",
        "server.unreachable",
        "server.role",
        "pool.deposed",
        "pool.unreadable",
        "server.not_in_pool",
        "step.failed",
        "step.unknown",
    ),
)
async def show_inventory(api: Parts, key: Key) -> Inventory:
    """CPU, NUMA, memory, NICs, bridges, storage, hypervisor: asked of its agent now."""
    world = api.manager.world()
    found = await enrolled(world, key)
    if found.server.pool is None:
        agent: Agent = found.agent
    else:
        agent = world.agent(await world.pool(found.server.pool), found.server.id)
    return await agent.server.inventory()


@router.post(
    "",
    summary="Make a server known",
    status_code=201,
    **serves(Permission.SERVER_MANAGE, "object.exists", body=True),
)
async def add_server(api: Parts, response: Response, body: models.NewServer) -> models.ServerToken:
    """Answers with the token its agent enrols with, shown this once."""
    async with api.manager.store.write() as connection:
        row = await servers.add(connection, body.name, body.address, body.port)
        reply = await _token(api, connection, row.id)
    response.headers["Location"] = f"/api/v1/servers/{row.id}"
    await _changed(api, row.id, "added")
    return reply


@router.post(
    "/{key}/token",
    summary="Make a new enrolment token",
    status_code=201,
    **serves(Permission.SERVER_MANAGE, "request.not_found"),
)
async def new_token(api: Parts, key: Key) -> models.ServerToken:
    """Earlier ones of the server are void. Good for one use within an hour."""
    async with api.manager.store.write() as connection:
        return await _token(api, connection, key)


async def _token(api: Api, connection: AsyncConnection, key: str) -> models.ServerToken:
    shown = await _shown(connection, key)
    token = EnrolmentToken(
        url=api.manager.advertise,
        ca_sha256=api.manager.authority.fingerprint,
        secret=SecretStr(await enrolments.issue(connection, shown["id"])),
    )
    return models.ServerToken(server=models.Server(**shown), token=token.encode())


async def _changed(api: Api, server: str, change: str) -> None:
    api.manager.watcher.look()
    await api.manager.events.publish("server", f"server:{server}", {"change": change})


@router.delete(
    "/{key}",
    summary="Forget a server",
    status_code=204,
    **serves(Permission.SERVER_MANAGE, "request.not_found", "server.in_pool", "object.busy"),
)
async def delete_server(api: Parts, key: Key) -> Response:
    """Only one that belongs to no pool, and that no job is taking into one."""
    store = api.manager.store
    async with store.write() as connection:
        await jobs.alone_with_locks(store, connection)
        row = await servers.get(connection, key)
        holder = await jobs.conflict(connection, [Lock(object=f"server:{row.id}")], [])
        if holder is not None:
            raise busy(holder)
        await servers.remove(connection, row.id)
    await _changed(api, row.id, "deleted")
    return Response(status_code=204)


@router.post("/{key}/maintenance", **runs("server.maintenance"))
async def enter_maintenance(
    call: Calling, spec: Annotated[EvacuateSpec, Asked(EvacuateSpec, server="key")]
) -> Response:
    return await call.accept("server.maintenance", spec)


@router.post("/{key}/shutdown", **runs("server.shutdown"))
async def shut_down_server(
    call: Calling, spec: Annotated[EvacuateSpec, Asked(EvacuateSpec, server="key")]
) -> Response:
    return await call.accept("server.shutdown", spec)


@router.post("/{key}/reboot", **runs("server.reboot"))
async def reboot_server(
    call: Calling, spec: Annotated[ServerRebootSpec, Asked(ServerRebootSpec, server="key")]
) -> Response:
    return await call.accept("server.reboot", spec)


@router.post("/{key}/activate", **runs("server.activate"))
async def activate_server(
    call: Calling, spec: Annotated[ServerSpec, Asked(ServerSpec, server="key")]
) -> Response:
    return await call.accept("server.activate", spec)
