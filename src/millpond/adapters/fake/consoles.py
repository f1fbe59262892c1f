"""``ports.hypervisor.Consoles`` of a fake server: the serial console prints, and echoes."""

import asyncio
from collections.abc import Awaitable, Callable

from millpond.adapters.fake.hypervisor import TICKS, FakeHypervisor
from millpond.domain.errors import Refused
from millpond.domain.vm import Guest
from millpond.ports.hypervisor import ByteStream

_HISTORY = 16 * 1024


class FakeConsoles:
    def __init__(self, hypervisor: FakeHypervisor) -> None:
        self._hypervisor = hypervisor

    async def open(self, vm: str, kind: str) -> ByteStream:
        if kind != "serial":
            raise Refused(
                "request.invalid",
                f"console {kind}",
                "a fake guest has no screen",
                "use its serial console",
            )
        if await self._hypervisor.guest(vm) is None:
            raise Refused("vm.state", f"vm {vm}", "it does not run on this server", "start it")
        history = await self._hypervisor.console_tail(vm, _HISTORY)
        return FakeSerial(history.encode(), lambda: self._hypervisor.guest(vm))


class FakeSerial:
    """Ticks as the guest would print them, and what is typed."""

    def __init__(self, history: bytes, guest: Callable[[], Awaitable[Guest | None]]) -> None:
        self._guest = guest
        self._typed: asyncio.Queue[bytes] = asyncio.Queue()
        self._typed.put_nowait(history)
        self._closed = False

    async def read(self) -> bytes:
        while not self._closed:
            try:
                async with asyncio.timeout(1 / TICKS):
                    data = await self._typed.get()
            except TimeoutError:
                guest = await self._guest()
                return f"millpond tick {int(guest.uptime * TICKS)}\n".encode() if guest else b""
            if data:
                return data
        return b""

    async def write(self, data: bytes) -> None:
        self._typed.put_nowait(data)

    async def close(self) -> None:
        self._closed = True
        self._typed.put_nowait(b"")
