"""What VMs and servers have used lately, and what hosts did to arrays, for charts."""

from typing import Annotated, TypeVar

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field

from millpond.domain.permissions import Permission
from millpond.manager.api.deps import Key, Parts, serves
from millpond.manager.api.models import TIME
from millpond.manager.store import cache, servers
from millpond.manager.tracks import Series, Span

router = APIRouter()

Kept = Annotated[Span, Query(description="The last hour by 20 s, or the last day by 5 minutes")]
Of = Annotated[
    str,
    Query(
        pattern=r"^(A|B|[0-9]{1,5})?$",
        description="Of one SP (A, B), or of the LUN with this number; left out, of all",
    ),
]
Column = list[float | None]
S = TypeVar("S", bound="Samples")


class Samples(BaseModel):
    """Averages of ``step`` seconds each, oldest first, as many in each list; null where nothing was
    measured. The manager keeps them in memory: they begin anew when it is restarted."""

    start: float = Field(description="When the first begins; " + TIME)
    step: int = Field(description="Seconds", examples=[20])


class ServerSamples(Samples):
    """What a server has used."""

    cpu: Column = Field(description="Percent of all its processors", examples=[[12.5, 80.0]])
    memory: Column = Field(description="Bytes in use", examples=[[1073741824.0, 1077936128.0]])


class VmSamples(ServerSamples):
    """As of a server. A VM has them while it runs; ``memory`` is what its guest says that it cannot do
    without, or, where it has no balloon driver, what it occupies of its server."""

    disk_read: Column = Field(description="Bytes a second", examples=[[0.0, 65536.0]])
    disk_write: Column = Field(description="Bytes a second", examples=[[4096.0, 65536.0]])
    net_rx: Column = Field(description="Bytes a second that it received", examples=[[512.0, 0.0]])
    net_tx: Column = Field(description="Bytes a second that it sent", examples=[[512.0, 0.0]])


class ArraySamples(Samples):
    """An array is asked once a minute."""

    reads: Column = Field(description="Commands a second", examples=[[120.0, 95.5]])
    writes: Column = Field(description="Commands a second", examples=[[40.0, 0.0]])
    bytes_read: Column = Field(description="A second", examples=[[983040.0, 782336.0]])
    bytes_written: Column = Field(description="A second", examples=[[327680.0, 0.0]])
    response: Column = Field(
        description="Milliseconds that a command took; 0 if there was none", examples=[[0.8, 1.25]]
    )


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


@router.get(
    "/arrays/{key}/samples",
    summary="Show what hosts did to an array",
    tags=["Arrays"],
    **serves(Permission.ARRAY_VIEW, "request.not_found"),
)
async def array_samples(api: Parts, key: Key, of: Of = "", span: Kept = Span.HOUR) -> ArraySamples:
    """Reads, writes and response time over the last hour or day. The array is not asked now."""
    row = await api.manager.arrays.get(key)
    return _shown(ArraySamples, api.manager.array_samples.series(row.id, of, span))


def _shown(model: type[S], series: Series) -> S:
    return model(start=series.start, step=series.step, **series.columns)
