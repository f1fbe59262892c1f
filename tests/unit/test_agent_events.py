"""Event streams that are not read, and hypervisors whose own stream breaks."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.applications import Starlette

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.contexts import client_context, server_context
from millpond.agent import events as events_module
from millpond.agent.events import EventHub, event_route
from millpond.agent.transport import HttpsServer, listen
from millpond.agent.usage import UsageReport
from millpond.domain.errors import Unknown
from millpond.domain.events import Beat, GuestChanged, RecordsChanged, Snapshot, Usage
from millpond.domain.names import new_id
from millpond.domain.usage import GuestCounters, ServerCounters
from millpond.domain.vm import Guest, Power, VmConfig
from millpond.ports.hypervisor import Hypervisor

SERVER = new_id()
VM = new_id()
HOST = ServerCounters(cpu_time=5.0, cpus=2, memory=1 << 30)


class Source:
    """The part of a hypervisor that the hub uses; what is put into ``queue`` happens."""

    def __init__(self) -> None:
        self.queue: asyncio.Queue[GuestChanged | Exception] = asyncio.Queue()
        self.fault: Exception | None = None
        self.looks = 0

    async def guests(self) -> list[Guest]:
        if self.fault is not None:
            raise self.fault
        return []

    async def counters(self) -> list[GuestCounters]:
        self.looks += 1
        if self.fault is not None:
            raise self.fault
        return []

    async def events(self) -> AsyncIterator[GuestChanged]:
        while True:
            event = await self.queue.get()
            if isinstance(event, Exception):
                raise event
            yield event


def changed(number: int, padding: int = 0) -> GuestChanged:
    config = VmConfig(
        id=VM, name="web", memory=64, max_memory=64, vcpus=1, max_vcpus=1, description="x" * padding
    )
    guest = Guest(id=VM, run=VM, power=Power.RUNNING, config=config, mark=str(number))
    return GuestChanged(server=SERVER, vm=VM, guest=guest)


def hub_of(source: Source) -> EventHub:
    return EventHub(SERVER, cast(Hypervisor, source), lambda: 512)


async def test_everybody_hears_everything_in_order() -> None:
    source = Source()
    hub = hub_of(source)
    running = asyncio.create_task(hub.run())
    streams = [hub.stream(), hub.stream()]
    assert [await anext(s) for s in streams] == [Snapshot(server=SERVER, guests=())] * 2
    for number in range(10):
        source.queue.put_nowait(changed(number))
    for stream in streams:
        assert [await anext(stream) for _ in range(10)] == [changed(n) for n in range(10)]
    hub.records_changed(VM)
    assert await anext(streams[0]) == RecordsChanged(server=SERVER, vm=VM)
    running.cancel()


async def test_what_happens_while_the_snapshot_is_taken_is_not_lost() -> None:
    class Slow(Source):
        async def guests(self) -> list[Guest]:
            hub.records_changed(VM)
            return []

    hub = hub_of(Slow())
    stream = hub.stream()
    assert isinstance(await anext(stream), Snapshot)
    assert await anext(stream) == RecordsChanged(server=SERVER, vm=VM)


async def test_beats_fill_the_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(events_module, "BEAT_SECONDS", 0.05)
    stream = hub_of(Source()).stream()
    assert isinstance(await anext(stream), Snapshot)
    assert await anext(stream) == Beat(server=SERVER, memory_free=512)
    assert await anext(stream) == Beat(server=SERVER, memory_free=512)


async def test_what_is_used_is_counted_only_for_listeners() -> None:
    source = Source()
    hub = hub_of(source)
    report = UsageReport(hub, cast(Hypervisor, source), lambda: HOST, every=0.01)
    running = asyncio.create_task(report.run())
    await asyncio.sleep(0.1)
    assert source.looks == 0
    stream = hub.stream()
    assert isinstance(await anext(stream), Snapshot)
    first, second = await anext(stream), await anext(stream)
    assert isinstance(first, Usage) and isinstance(second, Usage)
    assert first.clock < second.clock
    assert (first.server, first.host, first.guests) == (SERVER, HOST, ())
    source.fault = Unknown("counters", "libvirtd went away")
    looks = source.looks
    while source.looks < looks + 3:
        await asyncio.sleep(0.01)
    source.fault = None
    assert isinstance(await anext(stream), Usage)
    running.cancel()


async def test_a_broken_hypervisor_stream_makes_everybody_start_over(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(events_module, "_RETRY_SECONDS", 0.01)
    source = Source()
    hub = hub_of(source)
    running = asyncio.create_task(hub.run())
    stream = hub.stream()
    await anext(stream)
    for fault in (Unknown("events", "libvirtd went away"), RuntimeError("a bug")):
        source.queue.put_nowait(fault)
        with pytest.raises(StopAsyncIteration):
            await anext(stream)
        stream = hub.stream()
        await anext(stream)
    source.queue.put_nowait(changed(1))
    assert await anext(stream) == changed(1)
    running.cancel()


async def test_a_client_that_does_not_read_costs_a_bounded_queue_and_is_cut_off(
    tmp_path: Path,
) -> None:
    source = Source()
    hub = hub_of(source)
    authority = CertificateAuthority.open(tmp_path)
    pair = authority.manager_pair(["localhost"])
    listener = listen("127.0.0.1", 0)
    server = HttpsServer(
        Starlette(routes=[event_route(hub)]), server_context(*pair), before_shutdown=hub.close
    )
    tasks = [
        asyncio.create_task(hub.run()),
        asyncio.create_task(server.serve(sockets=[listener])),
    ]
    lazy = await asyncio.to_thread(
        _connect, listener.getsockname(), client_context(authority.path, *pair)
    )
    await asyncio.sleep(0.2)
    for number in range(5000):
        source.queue.put_nowait(changed(number, padding=4000))
        if number % 100 == 0:
            await asyncio.sleep(0)
    while not source.queue.empty():
        await asyncio.sleep(0.01)
    received = await asyncio.to_thread(_read_all, lazy)
    assert b'"kind":"snapshot"' in received
    assert b'"mark":"1"' in received
    assert b'"mark":"4999"' not in received
    assert received.endswith(b"0\r\n\r\n")  # a proper end, not a broken line
    tasks[0].cancel()
    server.should_exit = True
    await tasks[1]


def _connect(address: Any, context: ssl.SSLContext) -> ssl.SSLSocket:
    raw = socket.socket()
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    raw.connect(address)
    connection = context.wrap_socket(raw, server_hostname="localhost")
    connection.sendall(b"GET /v1/events HTTP/1.1\r\nHost: x\r\n\r\n")
    return connection


def _read_all(connection: ssl.SSLSocket) -> bytes:
    connection.settimeout(20)
    received = bytearray()
    with suppress(ssl.SSLError, ConnectionError):
        while not received.endswith(b"0\r\n\r\n"):
            received += connection.recv(1 << 16)
    connection.close()
    return bytes(received)
