"""A hypervisor adapter at work inside a lab server, spoken to in JSON lines over its pipes.

A console's terminal and a bridge only exist inside the server, so the adapter has to be there too,
as it is in an agent. This is that, without the certificates. Its arguments are the server's host id
and the pool whose lockspace it joins.
"""

import asyncio
import json
import sys
from contextlib import suppress
from typing import Any

from millpond.adapters.backups.backups import ServerBackups
from millpond.adapters.libvirt import connection as connecting
from millpond.adapters.libvirt import settling, view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.console import LibvirtConsoles
from millpond.adapters.libvirt.hypervisor import LibvirtHypervisor
from millpond.adapters.libvirt.layers import LibvirtLayers
from millpond.adapters.libvirt.live_copies import LibvirtLiveCopies
from millpond.adapters.rpc.codec import methods
from millpond.adapters.rpc.errors import to_json
from millpond.adapters.sanlock.leases import SanlockLeases
from millpond.adapters.sanlock.lockspace import SanlockLockspaces
from millpond.adapters.tasks.runner import TaskRunner
from millpond.domain.errors import MillpondError, Refused
from millpond.domain.layout import lockspace_path
from millpond.domain.leases import Lockspace
from millpond.domain.server import Acceleration
from millpond.lab import restart_libvirtd
from millpond.lab.layout import SHARED_MOUNT
from millpond.ports.hypervisor import ByteStream


async def _emulated() -> Acceleration:
    return Acceleration.TCG


def _say(message: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


async def talk(stream: ByteStream, send: bytes, until: bytes) -> bytes:
    """What comes out after ``send`` went in, up to and including ``until`` or the end."""
    await stream.write(send)
    seen = b""
    try:
        while until not in seen and (data := await stream.read()):
            seen += data
    finally:
        await stream.close()
    return seen


IO_TIMEOUT = 2
"""With 1 the server's watchdog resets it after a minute (``domain.timing.WDMD_TEST``)."""


settling.HUNG = 4.0
"""In earnest a minute, which no test waits for."""

connecting.PATIENCE = 60.0
"""In earnest ten seconds, in which a busy machine may have no new libvirtd yet."""


class Child:
    def __init__(self, host_id: int, pool: str) -> None:
        path = lockspace_path(SHARED_MOUNT)
        place = Lockspace(name=pool, path=path, host_id=host_id, io_timeout=IO_TIMEOUT)
        self._place = place
        self._connection = connection = Connection()
        tasks = TaskRunner()
        self._lockspaces = SanlockLockspaces()
        self.hypervisor = LibvirtHypervisor(
            connection, tasks, _emulated, self._lockspaces, self._lockspace
        )
        copies = LibvirtLiveCopies(connection)
        backups = ServerBackups([SHARED_MOUNT], [], copies, tasks)
        self.ports: dict[str, Any] = {
            "hypervisor": self.hypervisor,
            "layers": LibvirtLayers(connection, tasks, self.hypervisor),
            "tasks": tasks,
            "backups": backups,
        }
        self.consoles = LibvirtConsoles(connection)

    async def _lockspace(self) -> Lockspace:
        return self._place

    async def answer(self, request: dict[str, Any]) -> None:
        try:
            result = await self._call(request)
            _say({"n": request["n"], "result": result})
        except MillpondError as error:
            _say({"n": request["n"], "error": to_json(error)})
        except Exception as error:
            _say({"n": request["n"], "broken": repr(error)})

    async def _call(self, request: dict[str, Any]) -> Any:
        if request["port"] == "console":
            stream = await self.consoles.open(request["vm"], request["kind"])
            seen = await talk(stream, request["send"].encode(), request["until"].encode())
            return seen.decode(errors="replace")
        if request["port"] == "libvirtd":
            return await self._restart_libvirtd()
        method = methods(request["port"])[request["method"]]
        arguments = method.decode_arguments(json.dumps(request["args"]).encode())
        value = await getattr(self.ports[request["port"]], request["method"])(**arguments)
        return json.loads(method.encode_result(value))

    async def _restart_libvirtd(self) -> None:
        """Asks again when there was no rest to do it in, as whoever wants one does."""
        while True:
            with suppress(Refused):
                async with self._connection.rest(view.at_work):
                    return await asyncio.to_thread(restart_libvirtd.main)

    async def tell_events(self) -> None:
        async for event in self.hypervisor.events():
            _say({"event": event.model_dump(mode="json")})

    async def serve(self) -> None:
        reader = asyncio.StreamReader(limit=1 << 24)
        await asyncio.get_running_loop().connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), sys.stdin
        )
        await SanlockLeases().init(SHARED_MOUNT, self._place.name, IO_TIMEOUT)
        await self._lockspaces.join(self._place)
        _say({"ready": True})
        working = {asyncio.create_task(self.tell_events())}
        while line := await reader.readline():
            working.add(asyncio.create_task(self.answer(json.loads(line))))
        for task in working:
            task.cancel()
        await self.hypervisor.close()


if __name__ == "__main__":
    asyncio.run(Child(int(sys.argv[1]), sys.argv[2]).serve())
