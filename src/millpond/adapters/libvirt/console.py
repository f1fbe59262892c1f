"""Byte streams to a guest's serial console and screen."""

import asyncio
import os
import tty
from collections.abc import Callable
from contextlib import suppress

import libvirt
from lxml import etree

from millpond.adapters.libvirt import view
from millpond.adapters.libvirt.connection import Connection
from millpond.adapters.libvirt.domain_xml import serial_log
from millpond.adapters.libvirt.errors import translating
from millpond.adapters.libvirt.tail import read_tail
from millpond.domain.errors import Refused
from millpond.ports.hypervisor import ByteStream

HISTORY = 16 * 1024
"""Bytes of the console's log that come before what it prints now."""
_CHUNK = 64 * 1024
_PATHS = {
    "serial": "devices/serial[@type='pty']/source/@path",
    "vnc": "devices/graphics[@type='vnc']/@socket",
}


class LibvirtConsoles:
    """``ports.hypervisor.Consoles``. A serial console has one stream at a time (whoever opens a
    second one gets half of what is printed); a screen has any number."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def open(self, vm: str, kind: str) -> ByteStream:
        if kind not in _PATHS:
            raise Refused(
                "request.invalid", f"console {kind}", "does not exist", "use serial or vnc"
            )
        with translating("open console", f"vm {vm}"):
            path = await self._connection.read("open console", lambda c: _path(c, vm, kind))
        if path is None:
            raise Refused("vm.state", f"vm {vm}", "it does not run on this server", "start it")
        try:
            if kind == "vnc":
                return SocketStream(*await asyncio.open_unix_connection(path))
            return SerialStream(path, await asyncio.to_thread(read_tail, serial_log(vm), HISTORY))
        except OSError as error:
            raise Refused(
                "vm.state", f"vm {vm}", f"its console is just going away: {error}", "try again"
            ) from error


def _path(connection: libvirt.virConnect, vm: str, kind: str) -> str | None:
    """Where the running guest's console is, from its live XML."""
    domain = view.lookup(connection, vm)
    if domain is None or view.describe(domain) is None:
        return None
    found = etree.fromstring(domain.XMLDesc()).xpath(_PATHS[kind])
    return str(found[0]) if isinstance(found, list) and found else None


class SerialStream:
    """A pseudo-terminal (pty(7)), raw and non-blocking. The other end is QEMU's."""

    def __init__(self, path: str, history: bytes) -> None:
        self._fd = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
        try:
            tty.setraw(self._fd)
        except OSError:
            os.close(self._fd)
            raise
        self._history = history
        self._waiting: set[asyncio.Event] = set()

    async def read(self) -> bytes:
        if self._history:
            history, self._history = self._history, b""
            return history
        loop = asyncio.get_running_loop()
        while self._fd >= 0:
            try:
                return os.read(self._fd, _CHUNK)
            except BlockingIOError:
                await self._ready(loop.add_reader, loop.remove_reader)
            except OSError:  # EIO: QEMU closed its end
                break
        return b""

    async def write(self, data: bytes) -> None:
        """What comes after the guest's end is dropped."""
        loop = asyncio.get_running_loop()
        left = memoryview(data)
        while left and self._fd >= 0:
            try:
                left = left[os.write(self._fd, left) :]
            except BlockingIOError:
                await self._ready(loop.add_writer, loop.remove_writer)
            except OSError:
                return

    async def close(self) -> None:
        fd, self._fd = self._fd, -1
        if fd >= 0:
            loop = asyncio.get_running_loop()
            loop.remove_reader(fd)
            loop.remove_writer(fd)
            os.close(fd)
        for event in self._waiting:
            event.set()

    async def _ready(
        self, add: Callable[[int, Callable[[], object]], object], remove: Callable[[int], object]
    ) -> None:
        """Until the terminal can be read or written, or is closed."""
        event, fd = asyncio.Event(), self._fd
        self._waiting.add(event)
        add(fd, event.set)
        try:
            await event.wait()
        finally:
            self._waiting.discard(event)
            if self._fd == fd:
                remove(fd)


class SocketStream:
    """QEMU's VNC server, on its UNIX socket (the RFB protocol, RFC 6143)."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    async def read(self) -> bytes:
        with suppress(ConnectionError):
            return await self._reader.read(_CHUNK)
        return b""

    async def write(self, data: bytes) -> None:
        self._writer.write(data)
        await self._writer.drain()

    async def close(self) -> None:
        self._writer.close()
        with suppress(OSError):
            await self._writer.wait_closed()
