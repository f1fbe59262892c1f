"""Consoles over WebSockets. A serial console has one reader in the hypervisor, so its viewers share
one stream here: all see the output, all may type. VNC servers take many clients themselves."""

import asyncio
from collections.abc import Sequence

import structlog
from starlette.routing import WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from millpond.adapters.rpc.server import error_response
from millpond.domain.errors import MillpondError, Refused
from millpond.ports.hypervisor import ByteStream, Consoles

_LAG = 256  # chunks a viewer may lag behind before it is dropped
_log = structlog.get_logger(__name__)


class _Viewer:
    """``ByteStream`` of one of the viewers of a shared console."""

    def __init__(self, shared: "_Shared") -> None:
        self._shared = shared
        self.chunks: asyncio.Queue[bytes] = asyncio.Queue(_LAG)
        self.ended = False

    def put(self, data: bytes) -> None:
        try:
            self.chunks.put_nowait(data)
        except asyncio.QueueFull:
            self.end()

    def end(self) -> None:
        """What is queued is still read, then the end."""
        self.ended = True
        if self.chunks.empty():
            self.chunks.put_nowait(b"")  # wakes a waiting reader

    async def read(self) -> bytes:
        if self.ended and self.chunks.empty():
            return b""
        return await self.chunks.get()

    async def write(self, data: bytes) -> None:
        await self._shared.source.write(data)

    async def close(self) -> None:
        await self._shared.leave(self)


class _Shared:
    """One stream of the hypervisor and its viewers; gone with the last of them."""

    def __init__(self, source: ByteStream) -> None:
        self.source = source
        self.ended = False
        self._viewers: set[_Viewer] = set()
        self._pump = asyncio.create_task(self._copy())

    def join(self) -> _Viewer:
        viewer = _Viewer(self)
        self._viewers.add(viewer)
        return viewer

    async def leave(self, viewer: _Viewer) -> None:
        self._viewers.discard(viewer)
        if not self._viewers and not self.ended:
            self.ended = True
            self._pump.cancel()
            await self.source.close()

    async def _copy(self) -> None:
        try:
            while data := await self.source.read():
                for viewer in self._viewers:
                    viewer.put(data)
        except MillpondError as error:
            _log.warning("console broke", cause=str(error))
        finally:
            self.ended = True
            for viewer in self._viewers:
                viewer.end()
        await self.source.close()


class SharedConsoles:
    """``ports.hypervisor.Consoles`` over another one, with serial consoles shared."""

    def __init__(self, consoles: Consoles) -> None:
        self._consoles = consoles
        self._serial: dict[str, _Shared] = {}
        self._lock = asyncio.Lock()

    async def open(self, vm: str, kind: str) -> ByteStream:
        if kind != "serial":
            return await self._consoles.open(vm, kind)
        async with self._lock:
            self._serial = {v: s for v, s in self._serial.items() if not s.ended}
            if vm not in self._serial:
                self._serial[vm] = _Shared(await self._consoles.open(vm, kind))
            return self._serial[vm].join()


def console_route(consoles: Consoles) -> WebSocketRoute:
    """``WS /v1/console/<vm>/<serial|vnc>``: binary frames both ways."""

    async def console(socket: WebSocket) -> None:
        vm, kind = socket.path_params["vm"], socket.path_params["kind"]
        try:
            if kind not in ("serial", "vnc"):
                raise Refused(
                    "request.not_found", f"console {kind}", "is none", "use serial or vnc"
                )
            stream = await consoles.open(vm, kind)
        except MillpondError as error:
            await socket.send_denial_response(error_response(error))
            return
        try:
            await socket.accept()
            await bridge(socket, stream)
        finally:
            await stream.close()

    return WebSocketRoute("/v1/console/{vm}/{kind}", console)


async def bridge(socket: WebSocket, stream: ByteStream) -> None:
    """Copy both ways between an accepted WebSocket and ``stream`` until either ends; the socket is
    closed after, the stream is not."""

    async def outward() -> None:
        while data := await stream.read():
            await socket.send_bytes(data)

    async def inward() -> None:
        while True:
            await stream.write(await socket.receive_bytes())

    copies = {asyncio.create_task(outward()), asyncio.create_task(inward())}
    try:
        await asyncio.wait(copies, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for copy in copies:
            copy.cancel()
        results = await asyncio.gather(*copies, return_exceptions=True)
    _log_faults(results)
    try:
        await socket.close()
    except (RuntimeError, WebSocketDisconnect):
        return  # the viewer hung up first


def _log_faults(results: Sequence[object]) -> None:
    for result in results:
        expected = (WebSocketDisconnect, MillpondError, asyncio.CancelledError)
        if isinstance(result, BaseException) and not isinstance(result, expected):
            _log.warning("console ended badly", cause=repr(result))
