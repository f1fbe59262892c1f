"""Fence devices of servers. Secrets go in and never come out: not here, not in a job, not in a log."""

from fastapi import APIRouter, Response
from pydantic import SecretStr
from pydantic_core import to_json

from millpond.domain.errors import Refused
from millpond.domain.fencing import FenceAgent, FenceDevice, FencingDocument
from millpond.domain.names import Name
from millpond.domain.permissions import Permission
from millpond.domain.pool import Member
from millpond.manager.api import ha_models, models, views
from millpond.manager.api.deps import After, Api, Key, Limit, Parts, json_reply, serves
from millpond.manager.api.ha import ASKING
from millpond.manager.api.models import Ref
from millpond.manager.api.specs import IfMatch, generation
from millpond.operations.base import check_generation
from millpond.ports.ha import Ha

router = APIRouter(tags=["Fencing"])


async def _member(api: Api, key: str) -> tuple[Member, Ha]:
    """The server as a member, and its pool master's port. Raises ``Refused``."""
    world = api.manager.world()
    server = await world.server(key)
    if server.pool is None:
        raise Refused(
            "server.not_in_pool", f"server {server.name}", "it is in no pool", "add it to one first"
        )
    pool = await world.pool(server.pool)
    return pool.member(server.id), world.master(pool).ha


def _reply(member: Member, document: FencingDocument) -> ha_models.FencingReply:
    return ha_models.FencingReply(
        server=Ref(id=member.id, name=member.name),
        generation=document.generation,
        devices=[ha_models.FenceDeviceReply.of(d) for d in document.members.get(member.id, ())],
    )


@router.get(
    "/pools/{key}/fencing",
    summary="List the fence devices of a pool's servers",
    **serves(Permission.SERVER_VIEW, *ASKING),
)
async def list_fencing(
    api: Parts, key: Key, limit: Limit = 100, after: After = None
) -> models.Listing[ha_models.FencingReply]:
    """One item for each server of the pool, by name."""
    world = api.manager.world()
    pool = await world.pool(key)
    document = await world.master(pool).ha.fencing()
    members = sorted(pool.members, key=lambda m: m.name)
    shown, more = views.page(members, limit, after, lambda m: m.name)
    return models.Listing(items=[_reply(m, document) for m in shown], next=more)


@router.get(
    "/servers/{key}/fencing",
    summary="Show a server's fence devices",
    response_model=ha_models.FencingReply,
    **serves(Permission.SERVER_VIEW, "server.not_in_pool", *ASKING),
)
async def show_fencing(api: Parts, key: Key) -> Response:
    """The ETag is the generation of the pool's record of all devices."""
    member, ha = await _member(api, key)
    return _shown(member, await ha.fencing())


def _shown(member: Member, document: FencingDocument) -> Response:
    body = _reply(member, document).model_dump(mode="json")
    return json_reply(to_json(body), {"ETag": f'"{document.generation}"'})


_WRITING = ("server.not_in_pool", "request.etag", "pool.stale", "fence.invalid", *ASKING)


@router.put(
    "/servers/{key}/fencing/{name}",
    summary="Set one of a server's fence devices",
    response_model=ha_models.FencingReply,
    **serves(Permission.SERVER_MANAGE, *_WRITING, body=True),
)
async def set_fence_device(
    api: Parts, key: Key, name: Name, body: ha_models.NewFenceDevice, if_match: IfMatch = None
) -> Response:
    """In place of the one of that name, if there is one. Its arguments are compared with what its
    agent takes; whether it answers is another question (`check`)."""
    device = FenceDevice(name=name, **dict(body, secrets=_kept(body.secrets)))
    return await _write(api, key, name, device, if_match)


@router.delete(
    "/servers/{key}/fencing/{name}",
    summary="Remove one of a server's fence devices",
    response_model=ha_models.FencingReply,
    **serves(Permission.SERVER_MANAGE, *_WRITING),
)
async def remove_fence_device(
    api: Parts, key: Key, name: Name, if_match: IfMatch = None
) -> Response:
    """Without any, the server's VMs are started elsewhere only once its leases have run out."""
    return await _write(api, key, name, None, if_match)


async def _write(
    api: Api, key: str, name: str, device: FenceDevice | None, if_match: str | None
) -> Response:
    """The server's device ``name`` is ``device`` now; None removes it."""
    member, ha = await _member(api, key)
    before = await ha.fencing()
    check_generation(f"fencing of {member.name}", before.generation, generation(if_match))
    old = before.members.get(member.id, ())
    if device is None and all(d.name != name for d in old):
        raise Refused(
            "request.not_found",
            f"fence device {name}",
            f"server {member.name} has no such device",
            f"list those it has with: millpond fence list {member.name}",
        )
    new = tuple(d for d in old if d.name != name) + ((device,) if device else ())
    after = FencingDocument(
        generation=before.generation + 1, members={**before.members, member.id: new}
    )
    await ha.put_fencing(after)
    change = {"change": "fencing", "name": member.name, "devices": [d.name for d in new]}
    await api.manager.events.publish("server", f"server:{member.id}", change)
    return _shown(member, after)


def _kept(secrets: dict[str, SecretStr]) -> dict[str, SecretStr]:
    """A secret that was shown as stars, and came back so, is left empty: it stays as it is."""
    return {
        name: SecretStr("") if value.get_secret_value() == ha_models.STARS else value
        for name, value in secrets.items()
    }


@router.post(
    "/servers/{key}/fencing/check",
    summary="Ask a server's fence devices for its state",
    **serves(Permission.SERVER_MANAGE, "server.not_in_pool", *ASKING),
)
async def check_fencing(api: Parts, key: Key) -> ha_models.FenceCheck:
    """Changes nothing. Fails with the names of those that do not answer."""
    member, ha = await _member(api, key)
    return ha_models.FenceCheck(answers=await ha.check_fencing(member.id))


@router.get(
    "/pools/{key}/fence-agents",
    summary="List the fence agents that can be used",
    **serves(Permission.SERVER_VIEW, *ASKING),
)
async def list_fence_agents(
    api: Parts, key: Key, limit: Limit = 1000, after: After = None
) -> models.Listing[ha_models.FenceAgentName]:
    """Those installed on the pool master, by name."""
    world = api.manager.world()
    names = await world.master(await world.pool(key)).ha.fence_agents()
    shown, more = views.page(sorted(names), limit, after, str)
    return models.Listing(items=[ha_models.FenceAgentName(name=n) for n in shown], next=more)


@router.get(
    "/pools/{key}/fence-agents/{agent}",
    summary="Show what a fence agent takes",
    **serves(Permission.SERVER_VIEW, *ASKING),
)
async def show_fence_agent(api: Parts, key: Key, agent: Name) -> FenceAgent:
    """From the agent's own metadata."""
    world = api.manager.world()
    return await world.master(await world.pool(key)).ha.fence_agent(agent)
