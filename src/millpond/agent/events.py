"""What happens on this server, told to everybody who listens (domain/events.py)."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence

import structlog
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from millpond.adapters.rpc.client import EVENTS_PATH
from millpond.adapters.rpc.server import error_response
from millpond.domain.errors import MillpondError
from millpond.domain.events import AgentEvent, Beat, HaChanged, RecordsChanged, Snapshot, Usage
from millpond.domain.ha.failover import Failover
from millpond.domain.ha.status import HaStatus
from millpond.domain.usage import GuestCounters, ServerCounters
from millpond.ports.hypervisor import Hypervisor

BEAT_SECONDS = 5.0
_QUEUE = 1000  # events; who lags further behind starts over with a snapshot
_RETRY_SECONDS = 1.0
_log = structlog.get_logger(__name__)


class _Listener:
    """A bounded queue; ``None`` in it, or ``cut`` when it is full, ends the stream."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[AgentEvent | None] = asyncio.Queue(_QUEUE)
        self.cut = asyncio.Event()

    def put(self, event: AgentEvent | None) -> None:
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.cut.set()


class EventHub:
    """``memory_free`` returns MiB, ``ha_status`` what a pool master that acts has to say. ``run`` does
    the listening to the hypervisor."""

    def __init__(
        self,
        server: str,
        hypervisor: Hypervisor,
        memory_free: Callable[[], int],
        ha_status: Callable[[], HaStatus | None] = lambda: None,
    ) -> None:
        self._server = server
        self._ha_status = ha_status
        self._hypervisor = hypervisor
        self._memory_free = memory_free
        self._listeners: set[_Listener] = set()
        self._record_watchers: list[Callable[[str | None], None]] = []

    async def run(self) -> None:
        """Until cancelled. If the hypervisor's own stream breaks, everybody starts over."""
        while True:
            try:
                async for event in self._hypervisor.events():
                    self._tell(event)
            except MillpondError as error:
                _log.warning("the hypervisor's events stopped", cause=str(error))
            except Exception:
                _log.exception("the hypervisor's events broke")
            self.close()
            await asyncio.sleep(_RETRY_SECONDS)

    def on_records(self, watcher: Callable[[str | None], None]) -> None:
        """Call ``watcher`` with every change of a record, as ``records_changed`` is."""
        self._record_watchers.append(watcher)

    def records_changed(self, vm: str | None) -> None:
        """A record was written here: ``vm``'s, or with None the pool's own."""
        for watcher in self._record_watchers:
            watcher(vm)
        self._tell(RecordsChanged(server=self._server, vm=vm))

    def ha_changed(self, status: HaStatus, failover: Failover | None) -> None:
        """This server is pool master, and this is its word on high availability."""
        self._tell(HaChanged(server=self._server, status=status, failover=failover))

    def used(self, clock: float, host: ServerCounters, guests: Sequence[GuestCounters]) -> None:
        """What was used here until ``clock``."""
        self._tell(Usage(server=self._server, clock=clock, host=host, guests=tuple(guests)))

    @property
    def has_listeners(self) -> bool:
        return bool(self._listeners)

    def close(self) -> None:
        """End all streams; clients come back and get a snapshot."""
        self._tell(None)

    async def stream(self) -> AsyncIterator[AgentEvent]:
        """Listens before it looks, so that no change falls between snapshot and stream; one may be
        told twice. Raises what ``Hypervisor.guests`` raises."""
        listener = _Listener()
        self._listeners.add(listener)
        try:
            yield Snapshot(server=self._server, guests=tuple(await self._hypervisor.guests()))
            if (status := self._ha_status()) is not None:
                yield HaChanged(server=self._server, status=status)
            while not listener.cut.is_set():
                event: AgentEvent | None
                try:
                    async with asyncio.timeout(BEAT_SECONDS):
                        event = await listener.queue.get()
                except TimeoutError:
                    event = Beat(server=self._server, memory_free=self._memory_free())
                if event is None:
                    return
                yield event
        finally:
            self._listeners.discard(listener)

    def _tell(self, event: AgentEvent | None) -> None:
        for listener in self._listeners:
            listener.put(event)


def event_route(hub: EventHub) -> Route:
    """``GET /v1/events``: JSON lines."""

    async def events(request: Request) -> Response:
        stream = hub.stream()
        try:
            first = await anext(stream)
        except MillpondError as error:
            return error_response(error)
        return StreamingResponse(_lines(first, stream), media_type="application/x-ndjson")

    return Route(EVENTS_PATH, events, methods=["GET"])


async def _lines(first: AgentEvent, rest: AsyncIterator[AgentEvent]) -> AsyncIterator[bytes]:
    yield first.model_dump_json().encode() + b"\n"
    async for event in rest:
        yield event.model_dump_json().encode() + b"\n"
