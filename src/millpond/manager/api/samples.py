"""What VMs and servers have used lately, for charts."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from millpond.domain.permissions import Permission
from millpond.manager.api.deps import Key, Parts, serves
from millpond.manager.api.models import TIME
from millpond.manager.samples import Series, Span
from millpond.manager.store import cache, servers

router = APIRouter()

Kept = Annotated[Span, Query(description="The last hour by 20 s, or the last day by 5 minutes")]
Column = list[float | None]
S = TypeVar("S", bound="ServerSamples")


class ServerSamples(BaseModel):
    """Averages of ``step`` seconds each, oldest first, as many in each list; null where nothing was
    measured. The manager keeps them in memory: they begin anew when it is restarted."""

    start: float = Field(description="When the first begins; " + TIME)
    step: int = Field(description="Seconds", examples=[20])
    cpu: Column = Field(description="Percent of all its processors", examples=[[12.5, 80.0]])
    memory: Column = Field(description="Bytes in use", examples=[[1073741824.0, 1077936128.0]])


class VmSamples(ServerSamples):
    """As of a server. A VM has them while it runs; ``memory`` is what its guest says that it cannot do
    without, or, where it has no balloon driver, what it occupies of its server."""

    disk_read: Column = Field(description="Bytes a second", examples=[[0.0, 65536.0]])
    disk_write: Column = Field(description="Bytes a second", examples=[[4096.0, 65536.0]])
    net_rx: Column = Field(description="Bytes a second that it received", examples=[[512.0, 0.0]])
    net_tx: Column = Field(description="Bytes a second that it sent", examples=[[512.0, 0.0]])


@router.get(
    "/vms/{key}/samples",
    summary="Show what a VM has used",
    tags=["VMs"],
    **serves(Permission.VM_VIEW, "request.not_found"),
)
async def vm_samples(api: Parts, key: Key, span: Kept = Span.HOUR) -> VmSamples:
    """CPU, memory, disks and network over the last hour or day, by VM id or name."""
    async with api.manager.store.read() as connection:
        row = await cache.vm(connection, key)
    return _shown(VmSamples, api.manager.samples.vm(row.id, span))


@router.get(
    "/servers/{key}/samples",
    summary="Show what a server has used",
    tags=["Servers"],
    **serves(Permission.SERVER_VIEW, "request.not_found"),
)
async def server_samples(api: Parts, key: Key, span: Kept = Span.HOUR) -> ServerSamples:
    """CPU and memory over the last hour or day, by server id or name."""
    async with api.manager.store.read() as connection:
        row = await servers.get(connection, key)
    return _shown(ServerSamples, api.manager.samples.server(row.id, span))


def _shown(model: type[S], series: Series) -> S:
    return model(start=series.start, step=series.step, **series.columns)
