"""The wire between manager and agents, over real TLS on loopback."""

import asyncio
import inspect
import socket
import types
import typing
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any, get_type_hints

import annotated_types
import httpx
import pytest
from pydantic import BaseModel, SecretStr
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse, StreamingResponse
from starlette.routing import Route as WebRoute

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.contexts import client_context, server_context
from millpond.adapters.pki.keys import key_pem, new_key, new_request
from millpond.adapters.rpc import client as client_module
from millpond.adapters.rpc import connections, errors
from millpond.adapters.rpc.client import Agents, Caller, Route
from millpond.adapters.rpc.codec import methods
from millpond.adapters.rpc.fences import Fences
from millpond.adapters.rpc.server import MAX_BODY, routes_for
from millpond.agent.transport import HttpsServer, listen
from millpond.domain.array import ArrayPort
from millpond.domain.backup import Backup, BackupId
from millpond.domain.errors import CODES, Failed, MillpondError, Refused, Unknown
from millpond.domain.fencing import ArgumentName
from millpond.domain.names import AbsolutePath, Id, IscsiName, Name
from millpond.domain.package import ExportName
from millpond.domain.pool_lun import PoolLun
from millpond.domain.repository import Repository, RepositoryKind
from millpond.domain.vm import (
    Disk,
    DiskFormat,
    DiskTarget,
    Guest,
    GuestSpec,
    Layer,
    Power,
    Schedule,
    VmConfig,
)
from millpond.ports.agent import PORTS

SERVER = "11111111-2222-3333-4444-555555555555"
OTHER = "99999999-2222-3333-4444-555555555555"
CALLS = [(port, name) for port in PORTS for name in methods(port)]


BACKUP = Backup(
    id="20261127T120000000Z-0f0e6a52",
    vm=SERVER,
    pool="pool1",
    taken=1.5,
    live=True,
    parent=None,
    config=VmConfig(id=SERVER, name="vm", memory=32, max_memory=32, vcpus=1, max_vcpus=1),
    disks=(),
)

# A sample of any type the ports use, made from the type itself.

_TYPED: dict[Any, Any] = {
    Id: SERVER,
    IscsiName: "iqn.2008-11.org.linux-kvm:host",
    PoolLun: PoolLun(
        name="data1",
        array=SERVER,
        number=7,
        uid="6006016012603d00956338879d69e511",
        size=1 << 30,
        thin=True,
        group="millpond-pool1",
        hlu=3,
        ports=(ArrayPort(sp="A", number=0, iqn="iqn.1992-04.com.emc:cx.a0", address="192.0.2.1"),),
    ),
    AbsolutePath: "/OVS/a",
    BackupId: BACKUP.id,
    ExportName: "web1.ova",
    Backup: BACKUP,
    Disk: Disk(
        target="vda",
        source="file:/OVS/running_pool/3e1a8f1e-6f0c-4e7e-9a51-0f4f4a1d2c11/a",
        format=DiskFormat.QCOW2,
        size=512,
        readonly=True,
        repository=SERVER,
        iops_limit=1,
        rate_limit=1,
    ),
    Schedule: Schedule(name="nightly", first=1.5, every=60, keep=2, quiesce=True),
    Layer: Layer(source="seed:tiny/system.img", format=DiskFormat.RAW),
    Repository: Repository(
        id=SERVER,
        name="data",
        kind=RepositoryKind.LOCAL,
        source="/OVS/a",
        mount="/OVS/a",
        members=(SERVER,),
    ),
}
_TEXT = {
    "path": "/OVS/a",
    "mac": "02:00:00:00:00:01",
    "target": "vda",
    "source": "file:disk.img",
    "file": "disk.img",
    "sha256": "ab" * 32,
    "repository": "/OVS",
    "url": "https://images.example/debian.iso",
    "agent": "fence_ipmilan",
}


def sample(kind: Any, name: str = "") -> Any:
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind in _TYPED:
        return _TYPED[kind]
    if origin is typing.Annotated:
        return sample(parts[0], name)
    if origin in (types.UnionType, typing.Union):
        return sample(next(p for p in parts if p is not type(None)), name)
    if origin in (list, frozenset):
        return origin([sample(parts[0], name)])
    if origin is tuple:
        return (sample(parts[0], name),)
    if origin is dict:
        return {
            {Id: SERVER, ArgumentName: "name", DiskTarget: "vda", Name: "name"}.get(
                parts[0], "é\n"
            ): sample(parts[1])
        }
    if inspect.isclass(kind) and issubclass(kind, Enum):
        return list(kind)[-1]
    if inspect.isclass(kind) and issubclass(kind, BaseModel):
        hints = get_type_hints(kind, include_extras=True)
        return kind(
            **{
                name: _within(field.metadata, sample(hints[name], name))
                for name, field in kind.model_fields.items()
            }
        )
    if kind is SecretStr:
        return SecretStr("secret")
    if kind in (type(None), bool, int, float):
        return {type(None): None, bool: True, int: 512, float: 1.5}[kind]
    assert kind is str, f"no sample for {kind}"
    return _TEXT.get(name, SERVER if name in _ID_FIELDS else "name-1")


def _within(rules: list[Any], value: Any) -> Any:
    for rule in rules:
        if isinstance(rule, annotated_types.Le):
            value = min(value, rule.le)
    return value


_ID_FIELDS = {
    "id",
    "image",
    "staging",
    "failover",
    "run",
    "pool",
    "master",
    "placed_on",
    "migrating_to",
    "server",
    "vm",
    "lockspace",
}


@dataclass
class Recorder:
    """An agent whose every method notes its arguments and answers as told."""

    calls: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    raises: Exception | None = None
    held: asyncio.Event | None = None
    empty: bool = False

    def __getattr__(self, port: str) -> Any:
        if port not in PORTS:
            raise AttributeError(port)
        return _RecorderPort(self, port)


class _RecorderPort:
    def __init__(self, recorder: Recorder, port: str) -> None:
        self._recorder, self._port = recorder, port

    def __getattr__(self, name: str) -> Any:
        async def call(**arguments: Any) -> Any:
            self._recorder.calls.append((self._port, name, arguments))
            if self._recorder.held is not None:
                await self._recorder.held.wait()
            if self._recorder.raises is not None:
                raise self._recorder.raises
            if self._recorder.empty:
                return None
            return sample(get_type_hints(getattr(PORTS[self._port], name))["return"])

        return call


@dataclass
class World:
    recorder: Recorder
    route: Route
    agents: Agents
    server: HttpsServer
    fences: Path


def _files(authority: CertificateAuthority, directory: Path, server: str) -> tuple[Path, Path]:
    key = new_key()
    directory.mkdir()
    pem = authority.issue_agent(new_request(key).decode(), server, "srv1", "127.0.0.1")
    (directory / "cert.pem").write_text(pem)
    (directory / "key.pem").write_bytes(key_pem(key))
    return directory / "cert.pem", directory / "key.pem"


@asynccontextmanager
async def running(directory: Path, extra: list[WebRoute] | None = None) -> AsyncIterator[World]:
    authority = CertificateAuthority.open(directory / "pki")
    agent_pair = _files(authority, directory / "agent", SERVER)
    listener = listen("127.0.0.1", 0)
    recorder = Recorder()
    routes = (extra or []) + routes_for(typing.cast(Any, recorder), Fences(directory / "fences"))
    server = HttpsServer(
        Starlette(routes=routes),
        server_context(*agent_pair, clients=authority.path),
        before_shutdown=lambda: None,
    )
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    manager = authority.manager_pair(["localhost"])
    agents = Agents(client_context(authority.path, *manager))
    port = listener.getsockname()[1]
    world = World(recorder, Route("127.0.0.1", port, SERVER), agents, server, directory / "fences")
    while not server.started:
        await asyncio.sleep(0.01)
    try:
        yield world
    finally:
        agents.close()
        server.should_exit = True
        await serving
        listener.close()


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    async with running(tmp_path) as world:
        yield world


def test_every_async_method_of_every_port_is_a_call() -> None:
    wanted = {
        (port, name)
        for port, protocol in PORTS.items()
        for name, member in inspect.getmembers(protocol, inspect.iscoroutinefunction)
        if not name.startswith("_")
    }
    assert set(CALLS) == wanted
    assert ("hypervisor", "events") not in wanted
    assert len(wanted) > 40


@pytest.mark.parametrize(("port", "name"), CALLS)
async def test_arguments_and_result_arrive_as_they_were(world: World, port: str, name: str) -> None:
    hints = get_type_hints(getattr(PORTS[port], name), include_extras=True)
    result_type = hints.pop("return")
    arguments = {n: sample(kind, n) for n, kind in hints.items()}
    remote = getattr(getattr(world.agents.agent(world.route), port), name)
    result = await remote(*arguments.values())
    assert world.recorder.calls == [(port, name, arguments)]
    expected = sample(result_type)
    assert result == expected
    assert type(result) is type(expected)


async def test_none_arrives_as_none(world: World) -> None:
    class Empty(Recorder):
        def __getattr__(self, port: str) -> Any:
            async def guest(vm: str) -> None:
                return None

            return types.SimpleNamespace(guest=guest)

    method = methods("hypervisor")["guest"]
    assert method.decode_result(method.encode_result(None)) is None


async def test_keyword_arguments_and_misuse(world: World) -> None:
    agent = world.agents.agent(world.route)
    await agent.disks.create(path="/OVS/x", format=DiskFormat.RAW, size=1024)
    assert world.recorder.calls[0][2] == {
        "path": "/OVS/x",
        "format": DiskFormat.RAW,
        "thick": False,
        "size": 1024,
    }
    with pytest.raises(TypeError):
        await agent.disks.create("/OVS/x")  # type: ignore[call-arg]
    with pytest.raises(AttributeError):
        agent.disks.explode()  # type: ignore[attr-defined]
    assert len(world.recorder.calls) == 1


async def test_every_refusal_keeps_all_it_says(world: World) -> None:
    details = {"rows": [1, {"a": None}]}
    for code in CODES:
        world.recorder.raises = Refused(code, "vm web", "no", "do this", details)
        with pytest.raises(Refused) as caught:
            await world.agents.agent(world.route).hypervisor.destroy("x")
        got = caught.value
        assert (got.code, got.subject, got.message) == (code, "vm web", "no")
        assert (got.fix, got.details) == ("do this", details)


@pytest.mark.parametrize("kind", [Failed, Unknown])
async def test_failed_and_unknown_keep_step_and_cause(
    world: World, kind: type[Failed] | type[Unknown]
) -> None:
    world.recorder.raises = kind("start", "no more memory")
    with pytest.raises(kind) as caught:
        await world.agents.agent(world.route).hypervisor.destroy("x")
    assert isinstance(caught.value, Failed | Unknown)
    assert (caught.value.step, caught.value.cause) == ("start", "no more memory")


async def test_a_fault_in_the_agent_is_unknown_and_not_shown(world: World) -> None:
    world.recorder.raises = RuntimeError("key=secret")
    with pytest.raises(Unknown) as caught:
        await world.agents.agent(world.route).hypervisor.destroy("x")
    assert "secret" not in str(caught.value)
    assert "RuntimeError" in caught.value.cause


def test_an_error_of_another_version_is_unknown() -> None:
    refused = errors.to_json(Refused("vm.state", "a", "b", "c")) | {"code": "vm.from_the_future"}
    assert isinstance(errors.from_json(refused, "x"), Unknown)
    stranges: list[Any] = [None, [], {}, {"kind": "failed"}, {"kind": "refused", "code": 7}]
    for strange in stranges:
        error = errors.from_json(strange, "step")
        assert isinstance(error, Unknown)
        assert error.step == "step"
    with pytest.raises(TypeError):
        errors.to_json(MillpondError("x"))


async def _post(world: World, path: str, body: bytes, **headers: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=world.agents.context, trust_env=False) as client:
        return await client.post(
            f"https://{world.route.host}{path}",
            content=body,
            headers={k.replace("_", "-"): v for k, v in headers.items()},
        )


@pytest.mark.parametrize(
    ("path", "body", "code"),
    [
        ("/v1/hypervisor/guest", b"{", "request.invalid"),
        ("/v1/hypervisor/guest", b"", "request.invalid"),
        ("/v1/hypervisor/guest", b'{"vm": 7}', "request.invalid"),
        ("/v1/hypervisor/guest", b'{"vm": "a", "extra": 1}', "request.invalid"),
        ("/v1/hypervisor/explode", b"{}", "request.not_found"),
        ("/v1/hypervisor/events", b"{}", "request.not_found"),
        ("/v1/hypervisor/__init__", b"{}", "request.not_found"),
        ("/v1/nothing/guest", b"{}", "request.not_found"),
        ("/v1/hypervisor/guest", b'{"vm": "' + b"a" * MAX_BODY + b'"}', "request.too_large"),
    ],
)
async def test_bad_requests_are_refused_before_anything_is_called(
    world: World, path: str, body: bytes, code: str
) -> None:
    response = await _post(world, path, body)
    assert response.json()["code"] == code
    assert response.status_code == CODES[code].status
    assert world.recorder.calls == []


async def test_a_replaced_manager_is_fenced_off_even_after_a_restart(world: World) -> None:
    async def call(job: str, fence: int) -> None:
        await world.agents.agent(world.route, Caller(job, fence)).hypervisor.pause("x")

    await call("job-1", 3)
    await call("job-1", 3)
    await call("job-2", 1)
    await call("job-1", 5)
    with pytest.raises(Refused) as caught:
        await call("job-1", 4)
    assert caught.value.code == "job.fenced"
    await world.agents.agent(world.route).hypervisor.pause("x")  # no job, no fence
    assert len(world.recorder.calls) == 5
    with world.fences.open("a") as file:
        file.write("job-3")  # torn by a crash
    after_restart = Fences(world.fences)
    with pytest.raises(Refused):
        await after_restart.check("job-1", 4)
    await after_restart.check("job-1", 5)
    await after_restart.check("job-2", 1)


@pytest.mark.parametrize(
    "headers", [{"Millpond_Job": "a b", "Millpond_Fence": "1"}, {"Millpond_Job": "a"}]
)
async def test_bad_job_headers_are_refused(world: World, headers: dict[str, str]) -> None:
    response = await _post(world, "/v1/hypervisor/pause", b'{"vm": "x"}', **headers)
    assert response.json()["code"] == "request.invalid"
    assert world.recorder.calls == []


async def test_nobody_there_is_unknown(world: World) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        route = Route("127.0.0.1", free.getsockname()[1], SERVER)
        with pytest.raises(Unknown) as caught:
            await world.agents.agent(route).hypervisor.guests()
        assert caught.value.step == "hypervisor.guests"
        with pytest.raises(Unknown):
            async for _ in world.agents.events(route):
                pass
        with pytest.raises(Unknown):
            await world.agents.console(route, SERVER, "serial")


async def test_no_answer_in_time_is_unknown(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "READ_SECONDS", 0.2)
    world.recorder.held = asyncio.Event()
    with pytest.raises(Unknown) as caught:
        await world.agents.agent(world.route).hypervisor.destroy("x")
    assert caught.value.step == "hypervisor.destroy"
    assert len(world.recorder.calls) == 1  # it arrived, and was not sent again
    world.recorder.held.set()


async def test_a_broken_connection_is_unknown_and_the_next_call_works(world: World) -> None:
    world.recorder.held = asyncio.Event()
    agent = world.agents.agent(world.route)
    call = asyncio.create_task(agent.hypervisor.destroy("x"))
    while not world.recorder.calls:
        await asyncio.sleep(0.01)
    for connection in list(world.server.server_state.connections):
        connection.transport.abort()
    with pytest.raises(Unknown):
        await call
    world.recorder.held.set()
    await agent.hypervisor.destroy("y")
    assert [arguments["vm"] for _, _, arguments in world.recorder.calls] == ["x", "y"]


@pytest.mark.parametrize("how", ["close", "abort"])
async def test_a_connection_that_the_server_ended_is_not_used_again(world: World, how: str) -> None:
    agent = world.agents.agent(world.route)
    await agent.hypervisor.pause("x")
    for connection in list(world.server.server_state.connections):
        getattr(connection.transport, how)()
    await asyncio.sleep(0.2)
    await agent.hypervisor.pause("y")
    assert len(world.recorder.calls) == 2


async def test_another_server_at_the_address_gets_nothing(world: World) -> None:
    impostor = Route(world.route.address, world.route.port, OTHER)
    with pytest.raises(Unknown) as caught:
        await world.agents.agent(impostor).hypervisor.destroy("x")
    assert "certificate" in caught.value.cause.lower()
    assert world.recorder.calls == []


async def test_an_answer_that_makes_no_sense_is_unknown(tmp_path: Path) -> None:
    async def nonsense(request: Any) -> PlainTextResponse:
        return PlainTextResponse("what?", status_code=int(request.query_params.get("s", 200)))

    page = WebRoute("/v1/hypervisor/guests", nonsense, methods=["POST"])
    async with running(tmp_path, [page]) as world:
        with pytest.raises(Unknown):
            await world.agents.agent(world.route).hypervisor.guests()


async def test_an_answer_that_breaks_off_is_unknown(tmp_path: Path) -> None:
    async def broken(_: Any) -> StreamingResponse:
        async def pieces() -> AsyncIterator[bytes]:
            yield b"[]"
            for connection in list(world.server.server_state.connections):
                connection.transport.abort()

        return StreamingResponse(pieces())

    page = WebRoute("/v1/hypervisor/guests", broken, methods=["POST"])
    async with running(tmp_path, [page]) as world:
        with pytest.raises(Unknown) as caught:
            await world.agents.agent(world.route).hypervisor.guests()
        assert "does not answer" in caught.value.cause


async def test_a_thousand_calls_share_a_few_connections(world: World) -> None:
    made = 0
    before = HttpsServerConnections(world)
    agent = world.agents.agent(world.route)
    await asyncio.gather(*(agent.hypervisor.guest(f"vm-{n}") for n in range(1000)))
    made = before.made()
    assert len(world.recorder.calls) == 1000
    assert 1 <= made <= 128
    for n in range(50):
        await agent.hypervisor.guest(f"vm-{n}")
    assert before.made() == made


async def test_a_connection_that_was_idle_for_long_is_not_used_again(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server may be about to hang up: it waits little longer."""
    before = HttpsServerConnections(world)
    agent = world.agents.agent(world.route)
    now = 1000.0
    monkeypatch.setattr(connections, "time", types.SimpleNamespace(monotonic=lambda: now))
    for later, made in ((0, 1), (59, 1), (61, 2)):
        now += later
        await agent.hypervisor.guest("vm")
        assert before.made() == made


class HttpsServerConnections:
    """Connections the server ever accepted, by their clients' ports."""

    def __init__(self, world: World) -> None:
        self._seen: set[tuple[str, int]] = set()
        protocol = world.server.config.http_protocol_class
        seen = self._seen

        class Counting(protocol):  # type: ignore[misc, valid-type]
            def connection_made(self, transport: asyncio.Transport) -> None:
                seen.add(transport.get_extra_info("peername"))
                super().connection_made(transport)

        world.server.config.http_protocol_class = Counting

    def made(self) -> int:
        return len(self._seen)


def test_relayed_and_plain_paths() -> None:
    route = Route("::1", 8899, SERVER, member=OTHER)
    assert route.path("/v1/disks/size") == f"/v1/relay/{OTHER}/disks/size"
    assert route.target == OTHER
    assert route.host == "[::1]:8899"
    assert Route("srv1", 1, SERVER).path("/v1/disks/size") == "/v1/disks/size"


def test_models_survive_with_their_rules() -> None:
    """What a Protocol promises is checked on arrival too."""
    method = methods("hypervisor")["start"]
    config = VmConfig(id=SERVER, name="web", memory=64, max_memory=64, vcpus=1, max_vcpus=1)
    body = method.encode_arguments(
        (GuestSpec(config=config, directory="/OVS/x", lockspace=OTHER, run=OTHER),), {}
    )
    assert method.decode_arguments(body)["spec"].config == config
    with pytest.raises(ValueError, match="max_memory"):
        method.decode_arguments(body.replace(b'"max_memory":64', b'"max_memory":32'))
    guest = Guest(id=SERVER, run=OTHER, power=Power.PAUSED, config=config)
    assert method.decode_result(method.encode_result(guest)) == guest
