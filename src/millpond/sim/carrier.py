"""A live migration's connection from one simulated libvirtd to another."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

from millpond.adapters.fake.engine import FakeEngine
from millpond.adapters.fake.guests import FakeGuest, Stage
from millpond.sim.clock import Process
from millpond.sim.machine import Machine
from millpond.sim.network import Network

KEEPALIVE_SECONDS = 30.0
"""Silence after which libvirtd drops a connection (keepalive_interval x keepalive_count of
libvirtd.conf), and with it what was arriving over it."""
_LOOK = 5.0


Work = Callable[[FakeEngine], Coroutine[Any, Any, Any]]


class Carrier:
    """``adapters.fake.engine.Target`` over the network."""

    def __init__(self, network: Network, source: Machine, target: Machine) -> None:
        self._network = network
        self._source = source
        self._target = target
        self._caller = source.libvirtd
        self._closed = False

    async def prepare(self, guest: FakeGuest) -> None:
        await self._call("prepare", lambda engine: self._prepare(engine, guest))

    async def finish(self, vm: str) -> None:
        try:
            await self._call("finish", lambda engine: engine.finish(vm))
        finally:
            self._closed = True

    async def cancel(self, vm: str) -> None:
        self._closed = True
        await self._call("cancel", lambda engine: engine.cancel(vm))

    async def has(self, vm: str) -> bool | None:
        there: bool | None = await self._call("has", lambda engine: engine.has(vm))
        return there

    async def _call(self, name: str, work: Work) -> Any:
        return await self._network.call(
            self._source.node,
            self._target.node,
            f"migration {name}",
            lambda: work(self._target.engine),
            self._server,
        )

    def _server(self) -> Process | None:
        return self._target.libvirtd if self._target.engine.answers else None

    async def _prepare(self, engine: FakeEngine, guest: FakeGuest) -> None:
        await engine.prepare(guest)
        engine.spawn(self._keep_alive(engine, guest.id))

    async def _keep_alive(self, engine: FakeEngine, vm: str) -> None:
        silent = 0.0
        while (found := engine.store.get(vm)) is not None and found.stage is Stage.ARRIVING:
            await asyncio.sleep(_LOOK)
            connected = self._network.reaches(self._source.node, self._target.node)
            here = self._caller is not None and self._source.libvirtd is self._caller
            silent = 0.0 if connected and here and self._caller_runs() else silent + _LOOK
            if silent >= KEEPALIVE_SECONDS or (connected and self._closed):
                await engine.cancel(vm)

    def _caller_runs(self) -> bool:
        return self._caller is not None and self._caller.running
