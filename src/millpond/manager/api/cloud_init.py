"""The cloud-init data of a VM. What of them is secret goes in and never comes out."""

from typing import Annotated

from fastapi import APIRouter
from fastapi.responses import Response

from millpond.domain.cloud_init import SEED_SOURCE, SeedFacts
from millpond.domain.layout import disk_path
from millpond.domain.permissions import Permission
from millpond.manager.api.deps import Calling, Key, Parts, runs, serves
from millpond.manager.api.specs import Asked
from millpond.operations.cloud_init import CloudInitSetSpec, no_seed
from millpond.operations.utility import utility_server
from millpond.operations.vms import VmSpec

router = APIRouter(prefix="/vms/{key}/cloud-init", tags=["Cloud-init"])

_CODES = (
    *("request.not_found", "server.unreachable", "server.role", "storage.unavailable"),
    *("image.damaged", "step.failed", "step.unknown", "pool.unreadable"),
)


@router.get("", summary="Show a VM's cloud-init data", **serves(Permission.VM_VIEW, *_CODES))
async def show_cloud_init(api: Parts, key: Key) -> SeedFacts:
    """As its CD says, but for the user-data: they can hold secrets."""
    world = api.manager.world()
    pool, document = await world.vm(key)
    repository = pool.repository(document.repository) if document.repository else None
    agent = world.agent(pool, utility_server(pool, document.config.id, repository))
    found = await agent.cloud_init.read(disk_path(pool.directory_of(document), SEED_SOURCE))
    if found is None:
        raise no_seed(document.config.name)
    return found


@router.put("", **runs("cloud-init.set"))
async def set_cloud_init(
    call: Calling,
    spec: Annotated[CloudInitSetSpec, Asked(CloudInitSetSpec, vm="key", body="cloud_init")],
) -> Response:
    return await call.accept("cloud-init.set", spec)


@router.delete("", **runs("cloud-init.detach"))
async def detach_cloud_init(
    call: Calling, spec: Annotated[VmSpec, Asked(VmSpec, vm="key")]
) -> Response:
    return await call.accept("cloud-init.detach", spec)
