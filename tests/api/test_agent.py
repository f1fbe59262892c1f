"""Real agents (with fake guests) on loopback, spoken to over mutual TLS."""

import asyncio
import json
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route as WebRoute

from millpond.adapters.pki.authority import CertificateAuthority
from millpond.adapters.pki.contexts import client_context, server_context
from millpond.adapters.pki.tokens import EnrolmentToken, new_secret
from millpond.adapters.rpc.client import Agents, Caller, Route
from millpond.agent.transport import HttpsServer, listen
from millpond.domain.errors import Refused, Unknown
from millpond.domain.events import AgentEvent, Beat, GuestChanged, RecordsChanged, Snapshot, Usage
from millpond.domain.ha.settings import HaSettings, Isolation
from millpond.domain.layout import FOLDERS
from millpond.domain.names import new_id
from millpond.domain.pool import Member, PoolDocument
from millpond.domain.server import Membership, Role
from millpond.domain.vm import DiskFormat, GuestSpec, VmConfig, VmDocument
from millpond.ports.hypervisor import ByteStream
from tests.support.agents import AgentProcess, identity

POOL = identity("pool1")


@dataclass
class Site:
    """A manager's certificate authority, its connections, and the servers it knows."""

    directory: Path
    authority: CertificateAuthority
    agents: Agents
    servers: dict[int, AgentProcess]

    @property
    def root(self) -> Path:
        return self.directory / "OVS"

    def server(self, number: int) -> AgentProcess:
        """Enrolled and started."""
        server = AgentProcess(self.directory, number)
        server.enrol(self.authority)
        server.start()
        self.servers[number] = server
        return server

    def through(self, master: AgentProcess, member: AgentProcess) -> Route:
        return Route(master.address, master.port, master.id, member.id)

    async def pool(self, *servers: AgentProcess, outage: int = 20) -> PoolDocument:
        """Of all ``servers``, the first its master."""
        self.root.mkdir(exist_ok=True)
        document = PoolDocument(
            id=POOL,
            name="pool1",
            generation=1,
            cluster_root=str(self.root),
            ha=HaSettings(outage=outage),
            members=tuple(
                Member(
                    id=server.id,
                    name=server.name,
                    address=server.address,
                    port=server.port,
                    host_id=number,
                    roles=frozenset(Role) if server is servers[0] else frozenset({Role.VM}),
                )
                for number, server in enumerate(servers, start=1)
            ),
        )
        records = (await servers[0].ready(self.agents)).records
        await records.init(str(self.root))
        await records.put_pool(document)
        for number, server in enumerate(servers, start=1):
            agent = await server.ready(self.agents)
            await agent.server.join(self.membership(servers[0], number, outage))
        return document

    def membership(self, master: AgentProcess, host_id: int = 1, outage: int = 20) -> Membership:
        return Membership(
            pool=POOL,
            pool_name="pool1",
            master=master.id,
            master_address=master.address,
            cluster_root=str(self.root),
            host_id=host_id,
            term=1,
            outage=outage,
            isolation=Isolation.KEEP,
        )


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    authority = CertificateAuthority.open(tmp_path / "pki")
    context = client_context(authority.path, *authority.manager_pair(["127.0.0.1"]))
    site = Site(tmp_path, authority, Agents(context), {})
    try:
        yield site
    finally:
        site.agents.close()
        for server in site.servers.values():
            if server.process is not None and server.process.poll() is None:
                server.kill()


def guest_spec(name: str = "web") -> GuestSpec:
    config = VmConfig(id=new_id(), name=name, memory=64, max_memory=64, vcpus=1, max_vcpus=1)
    return GuestSpec(config=config, directory="/OVS/running_pool/x", lockspace=POOL, run=new_id())


def is_refused(code: str) -> Any:
    return pytest.raises(Refused, check=lambda error: error.code == code)


# Who may talk to an agent


async def test_no_certificate_or_another_authoritys_is_no_connection(
    site: Site, tmp_path: Path
) -> None:
    server = site.server(1)
    await server.ready(site.agents)
    bare = ssl.create_default_context(cafile=str(site.authority.path))
    stranger = CertificateAuthority.open(tmp_path / "stranger")
    forged = client_context(site.authority.path, *stranger.manager_pair(["127.0.0.1"]))
    for context in (bare, forged):
        async with httpx.AsyncClient(verify=context, trust_env=False) as client:
            with pytest.raises(httpx.TransportError):
                await client.post(f"https://{server.route.host}/v1/server/membership", json={})
    assert server.log.count("peer refused") == 2
    assert "PEER_DID_NOT_RETURN_A_CERTIFICATE" in server.log
    assert "CERTIFICATE_VERIFY_FAILED" in server.log
    old = client_context(site.authority.path, *site.authority.manager_pair(["127.0.0.1"]))
    old.minimum_version = old.maximum_version = ssl.TLSVersion.TLSv1_2
    async with httpx.AsyncClient(verify=old, trust_env=False) as client:
        with pytest.raises(httpx.TransportError):
            await client.post(f"https://{server.route.host}/v1/server/membership", json={})


async def test_an_agent_is_obeyed_only_while_it_is_the_master(site: Site) -> None:
    master, member, other = site.server(1), site.server(2), site.server(3)
    await site.pool(master, member)
    await other.ready(site.agents)
    for caller, target, admitted in (
        (master, member, True),
        (master, master, True),
        (member, master, False),
        (other, member, False),
        (member, member, False),
        (master, other, False),  # in no pool
    ):
        agents = Agents(caller.own_context())
        call = agents.agent(target.route).hypervisor.guests()
        if admitted:
            assert await call == []
        else:
            with is_refused("auth.denied"):
                await call
        agents.close()
    refusals = [line for line in member.log.splitlines() if "peer refused" in line]
    assert len(refusals) == 2
    assert f'peer="agent {other.id}"' in refusals[0]
    assert f'peer="agent {member.id}"' in refusals[1]


async def test_refusal_covers_streams_consoles_and_the_relay(site: Site) -> None:
    master, other = site.server(1), site.server(2)
    await site.pool(master)
    await other.ready(site.agents)
    agents = Agents(other.own_context())
    spec = guest_spec()
    await site.agents.agent(master.route).hypervisor.start(spec)
    with is_refused("auth.denied"):
        await anext(agents.events(master.route))
    with is_refused("auth.denied"):
        await agents.console(master.route, spec.config.id, "serial")
    relayed = site.through(master, master)
    with is_refused("auth.denied"):
        await agents.agent(relayed).hypervisor.destroy(spec.config.id)
    with is_refused("auth.denied"):
        await agents.console(relayed, spec.config.id, "serial")
    agents.close()
    assert await site.agents.agent(master.route).hypervisor.guest(spec.config.id) is not None


async def test_another_agents_certificate_does_not_pass_for_the_servers(site: Site) -> None:
    server = site.server(1)
    await server.ready(site.agents)
    wrong = Route(server.address, server.port, identity("srv2"))
    with pytest.raises(Unknown) as caught:
        await site.agents.agent(wrong).hypervisor.guests()
    assert "certificate" in caught.value.cause


# The pool master's relay


async def test_calls_go_through_the_master(site: Site) -> None:
    master, member = site.server(1), site.server(2)
    await site.pool(master, member)
    far = site.agents.agent(site.through(master, member), Caller("job-1", 2))
    spec = guest_spec()
    started = await far.hypervisor.start(spec)
    assert started.run == spec.run
    assert await site.agents.agent(member.route).hypervisor.guest(spec.config.id) is not None
    assert await site.agents.agent(master.route).hypervisor.guests() == []
    assert (await far.server.inventory()).id == member.id
    here = site.agents.agent(site.through(master, master))  # the master is a member too
    assert (await here.server.inventory()).id == master.id
    # what a member refuses arrives as it was, and it is the member that fences
    with is_refused("vm.state"):
        await far.hypervisor.start(spec.model_copy(update={"run": new_id()}))
    with is_refused("server.role"):
        await far.records.vms(str(site.root))
    late = site.agents.agent(site.through(master, member), Caller("job-1", 1))
    with is_refused("job.fenced"):
        await late.hypervisor.destroy(spec.config.id)
    with is_refused("job.fenced"):
        await site.agents.agent(member.route, Caller("job-1", 1)).hypervisor.guests()


async def test_only_the_master_relays_and_only_to_members(site: Site) -> None:
    master, member, other = site.server(1), site.server(2), site.server(3)
    await site.pool(master, member)
    await other.ready(site.agents)
    with is_refused("server.role"):
        await site.agents.agent(site.through(member, master)).hypervisor.guests()
    with is_refused("server.role"):
        await site.agents.agent(site.through(other, member)).hypervisor.guests()
    with is_refused("server.not_in_pool"):
        await site.agents.agent(site.through(master, other)).hypervisor.guests()
    with is_refused("server.not_in_pool"):
        await anext(site.agents.events(site.through(master, other)))


async def test_relay_follows_the_pools_record(site: Site) -> None:
    master, member, newcomer = site.server(1), site.server(2), site.server(3)
    pool = await site.pool(master, member)
    await site.agents.agent(site.through(master, member)).hypervisor.guests()
    agent = await newcomer.ready(site.agents)
    await agent.server.join(site.membership(master))
    extra = Member(
        id=newcomer.id,
        name=newcomer.name,
        address=newcomer.address,
        port=newcomer.port,
        host_id=9,
        roles=frozenset({Role.VM}),
    )
    without = tuple(m for m in pool.members if m.id != member.id)
    changed = pool.model_copy(update={"members": (*without, extra), "generation": 2})
    await site.agents.agent(master.route).records.put_pool(changed)
    assert await site.agents.agent(site.through(master, newcomer)).hypervisor.guests() == []
    with is_refused("server.not_in_pool"):
        await site.agents.agent(site.through(master, member)).hypervisor.guests()


async def test_a_dead_member_is_unknown_and_the_master_goes_on(site: Site) -> None:
    master, member = site.server(1), site.server(2)
    await site.pool(master, member)
    far = site.agents.agent(site.through(master, member))
    await far.hypervisor.guests()
    member.kill()
    with pytest.raises(Unknown) as caught:
        await far.hypervisor.guests()
    assert member.address in caught.value.cause
    with pytest.raises(Unknown):
        await anext(site.agents.events(site.through(master, member)))
    member.start()
    await member.ready(site.agents)
    assert await far.hypervisor.guests() == []


async def test_a_frozen_member_holds_up_nobody_else(site: Site) -> None:
    master, member, other = site.server(1), site.server(2), site.server(3)
    await site.pool(master, member, other)
    assert member.process is not None
    member.process.send_signal(signal.SIGSTOP)
    try:
        stuck = [
            asyncio.create_task(site.agents.agent(site.through(master, member)).tasks.state("x", 0))
            for _ in range(20)
        ]
        await asyncio.sleep(0.2)
        assert await site.agents.agent(site.through(master, other)).hypervisor.guests() == []
        assert not any(call.done() for call in stuck), "they wait still, and it did not"
    finally:
        member.process.send_signal(signal.SIGCONT)
    await asyncio.gather(*stuck)


async def test_a_thousand_relayed_calls_share_connections(site: Site) -> None:
    master, member = site.server(1), site.server(2)
    await site.pool(master, member)
    far = site.agents.agent(site.through(master, member))
    answers = await asyncio.gather(*(far.hypervisor.guest(new_id()) for _ in range(1000)))
    assert answers == [None] * 1000
    assert 1 <= _connections_to(master) <= 70
    assert 1 <= _connections_to(member) <= 70


def _connections_to(server: AgentProcess) -> int:
    """Established, or closed a moment ago, on the client's side (proc(5), /proc/net/tcp)."""
    address = f"{int.from_bytes(socket.inet_aton(server.address), 'little'):08X}:{server.port:04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()[1:]
    return sum(1 for line in lines if line.split()[2] == address)


# Events


@asynccontextmanager
async def following(agents: Agents, route: Route) -> AsyncIterator["Follower"]:
    follower = Follower(agents, route)
    try:
        yield follower
    finally:
        await follower.close()


class Follower:
    """What a stream tells, but for what is used: that comes whenever it is time."""

    def __init__(self, agents: Agents, route: Route) -> None:
        self._queue: asyncio.Queue[AgentEvent | Unknown] = asyncio.Queue()
        self._task = asyncio.create_task(self._follow(agents.events(route)))

    async def _follow(self, events: AsyncIterator[AgentEvent]) -> None:
        try:
            async for event in events:
                if not isinstance(event, Usage):
                    self._queue.put_nowait(event)
        except Unknown as error:
            self._queue.put_nowait(error)

    async def next(self) -> AgentEvent | Unknown:
        """But for beats: they come whenever nothing else has for a while."""
        while isinstance(event := await self._any(), Beat):
            pass
        return event

    async def beat(self) -> AgentEvent | Unknown:
        return await self._any()

    async def _any(self) -> AgentEvent | Unknown:
        async with asyncio.timeout(60):
            return await self._queue.get()

    async def close(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


async def test_events_begin_with_a_snapshot_and_tell_changes(site: Site) -> None:
    master, member = site.server(1), site.server(2)
    await site.pool(master, member)
    near, far = site.agents.agent(master.route), site.agents.agent(member.route)
    there = guest_spec("there")
    await far.hypervisor.start(there)
    async with (
        following(site.agents, master.route) as at_master,
        following(site.agents, site.through(master, member)) as at_member,
    ):
        assert await at_master.next() == Snapshot(server=master.id, guests=())
        first = await at_member.next()
        assert isinstance(first, Snapshot)
        assert (first.server, [g.id for g in first.guests]) == (member.id, [there.config.id])
        await far.hypervisor.destroy(there.config.id)
        gone = await at_member.next()
        assert isinstance(gone, GuestChanged)
        assert (gone.vm, gone.guest) == (there.config.id, None)
        here = guest_spec("here")
        await near.hypervisor.start(here)
        came = await at_master.next()
        assert isinstance(came, GuestChanged)
        assert came.guest is not None
        assert came.guest.run == here.run
        await near.records.put_vm(str(site.root), VmDocument(config=here.config, generation=1))
        record = RecordsChanged(server=master.id, vm=here.config.id)
        assert await at_master.next() == record
        beat = await at_member.beat()
        assert isinstance(beat, Beat)
        assert (beat.server, beat.memory_free) == (member.id, 65_536)


async def test_streams_end_when_the_agent_does(site: Site) -> None:
    master, member = site.server(1), site.server(2)
    await site.pool(master, member)
    async with following(site.agents, site.through(master, member)) as follower:
        assert isinstance(await follower.next(), Snapshot)
        member.kill()
        assert isinstance(await follower.next(), Unknown)


# Consoles


async def _read_until(stream: ByteStream, wanted: bytes) -> bytes:
    seen = b""
    async with asyncio.timeout(60):
        while wanted not in seen:
            data = await stream.read()
            assert data, f"the console ended after {seen[-200:]!r}"
            seen += data
    return seen


async def test_two_viewers_share_a_serial_console_through_the_relay(site: Site) -> None:
    master, member = site.server(1), site.server(2)
    await site.pool(master, member)
    spec = guest_spec()
    await site.agents.agent(member.route).hypervisor.start(spec)
    vm = spec.config.id
    relayed = await site.agents.console(site.through(master, member), vm, "serial")
    direct = await site.agents.console(member.route, vm, "serial")
    await relayed.write(b"from one\n")
    await _read_until(direct, b"from one\n")
    await _read_until(relayed, b"from one\n")
    await direct.write(b"from two\n")
    await _read_until(relayed, b"from two\n")
    await relayed.close()
    await direct.write(b"still here\n")
    await _read_until(direct, b"still here\n")
    await site.agents.agent(member.route).hypervisor.destroy(vm)
    async with asyncio.timeout(60):
        while await direct.read():
            continue
    with is_refused("vm.state"):
        await site.agents.console(site.through(master, member), vm, "serial")
    with is_refused("request.not_found"):
        await site.agents.console(member.route, vm, "parallel")


# Life and death


async def test_kill_and_restart_keep_guests_membership_and_fences(site: Site) -> None:
    server = site.server(1)
    await site.pool(server)
    agent = site.agents.agent(server.route, Caller("job-1", 7))
    spec = guest_spec()
    before = await agent.hypervisor.start(spec)
    server.kill()
    with pytest.raises(Unknown):
        await agent.hypervisor.guests()
    server.start()
    await server.ready(site.agents)
    after = await agent.hypervisor.guest(spec.config.id)
    assert after is not None
    assert (after.run, after.power) == (before.run, before.power)
    assert after.uptime >= before.uptime
    assert await agent.server.membership() == site.membership(server)
    assert (await agent.records.pool(str(site.root))) is not None
    with is_refused("job.fenced"):
        await site.agents.agent(server.route, Caller("job-1", 6)).hypervisor.destroy(spec.config.id)


def _cpu_seconds_of_imports() -> float:
    libraries = (
        "cryptography.x509, h11, pydantic_settings, starlette.applications, structlog, uvicorn"
    )
    program = f"import {libraries}, time; print(time.process_time())"
    return float(subprocess.check_output([sys.executable, "-c", program]))


async def test_it_starts_fast_and_ends_when_told_to(site: Site) -> None:
    """A start costs little more than the libraries it stands on. Processor time grows with what others
    do on this machine, for both: the fastest of some count."""
    starts, imports = [], []
    for number in (1, 2, 3):
        imports.append(await asyncio.to_thread(_cpu_seconds_of_imports))
        server = site.server(number)
        await server.ready(site.agents)
        starts.append(server.cpu_seconds)
    assert min(starts) < 4 * min(imports), (starts, imports)  # mostly 2.5
    async with following(site.agents, server.route) as follower:
        assert isinstance(await follower.next(), Snapshot)
        status = await asyncio.to_thread(server.kill, signal.SIGTERM)  # its stream has no end
        assert status == 0
        assert isinstance(await follower.next(), Unknown)
    assert "Traceback" not in server.log


async def test_disks_lie_in_the_pools_repository_and_nowhere_else(site: Site) -> None:
    server = site.server(1)
    await site.pool(server)
    agent = site.agents.agent(server.route)
    assert {p.name for p in site.root.iterdir()} >= set(FOLDERS)
    directory = site.root / "running_pool" / "x"
    directory.mkdir()
    await agent.disks.create(f"{directory}/disk.img", DiskFormat.RAW, 1 << 20)
    assert (directory / "disk.img").stat().st_size == 1 << 20
    with is_refused("request.invalid"):
        await agent.disks.create(f"{site.directory}/disk.img", DiskFormat.RAW, 1 << 20)


# Enrolment


@dataclass
class FakeManager:
    """The one page of a manager that enrolment needs, over its real TLS."""

    authority: CertificateAuthority
    port: int
    secrets: set[str]
    seen: list[dict[str, Any]]

    def token(self, ca_sha256: str = "") -> str:
        secret = new_secret()
        self.secrets.add(secret.get_secret_value())
        return EnrolmentToken(
            url=f"https://127.0.0.1:{self.port}",
            ca_sha256=ca_sha256 or self.authority.fingerprint,
            secret=secret,
        ).encode()

    async def redeem(self, request: Request) -> JSONResponse:
        body = json.loads(await request.body())
        self.seen.append(body)
        if body["secret"] not in self.secrets:
            refused = {"code": "enrol.token", "subject": "token", "message": "used", "fix": "new"}
            return JSONResponse({"error": {"kind": "refused", **refused}}, 403)
        self.secrets.remove(body["secret"])
        certificate = self.authority.issue_agent(
            body["csr"], body["server_id"], "srv1", "127.0.0.11"
        )
        return JSONResponse(
            {
                "ca": self.authority.pem,
                "certificate": certificate,
                "name": "srv1",
                "address": "127.0.0.11",
            }
        )


@asynccontextmanager
async def managing(directory: Path, certificate: str = "manager") -> AsyncIterator[FakeManager]:
    authority = CertificateAuthority.open(directory)
    listener = listen("127.0.0.1", 0)
    manager = FakeManager(authority, listener.getsockname()[1], set(), [])
    app = Starlette(
        routes=[WebRoute("/api/v1/enrolments/redeem", manager.redeem, methods=["POST"])]
    )
    pair = authority.manager_pair(["127.0.0.1"])
    server = HttpsServer(app, server_context(*pair), before_shutdown=lambda: None)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield manager
    finally:
        server.should_exit = True
        await serving


@pytest.fixture
def waiting(tmp_path: Path) -> Iterator[AgentProcess]:
    """An agent that runs and has not been enrolled."""
    server = AgentProcess(tmp_path, 1)
    server.start()
    yield server
    server.kill()


async def test_a_waiting_agent_serves_once_it_is_enrolled(
    waiting: AgentProcess, tmp_path: Path
) -> None:
    assert waiting.run("status").returncode == 1
    async with managing(tmp_path / "m1") as manager:
        token = manager.token()
        done = await asyncio.to_thread(waiting.run, "enrol", "-", stdin=token + "\n")
        assert done.returncode == 0, done.stderr
        assert manager.seen[0]["server_id"] == waiting.id
        assert manager.seen[0]["port"] == waiting.port
        context = client_context(
            manager.authority.path, *manager.authority.manager_pair(["127.0.0.1"])
        )
        agents = Agents(context)
        agent = await waiting.ready(agents)
        assert (await agent.server.inventory()).hostname == "srv1"
        agents.close()
        again = await asyncio.to_thread(waiting.run, "enrol", manager.token())
        assert (again.returncode, "--replace" in again.stderr) == (3, True)
        used = await asyncio.to_thread(waiting.run, "enrol", "--replace", token)
        assert (used.returncode, "used" in used.stderr) == (3, True)
    assert waiting.files.key.stat().st_mode & 0o777 == 0o600
    assert not (waiting.home / "pki").exists()  # fakes install nothing for libvirt
    status = waiting.run("status")
    assert status.returncode == 0
    assert waiting.id in status.stdout


async def test_another_manager_takes_over_and_the_pool_stays(
    waiting: AgentProcess, tmp_path: Path
) -> None:
    async with managing(tmp_path / "m1") as one, managing(tmp_path / "m2") as two:
        clients = [
            Agents(client_context(m.authority.path, *m.authority.manager_pair(["127.0.0.1"])))
            for m in (one, two)
        ]
        done = await asyncio.to_thread(waiting.run, "enrol", one.token())
        assert done.returncode == 0, done.stderr
        agent = await waiting.ready(clients[0])
        membership = Membership(
            pool=POOL,
            pool_name="pool1",
            master=waiting.id,
            master_address=waiting.address,
            cluster_root="/OVS",
            host_id=1,
            term=1,
            outage=20,
            isolation=Isolation.KEEP,
        )
        await agent.server.join(membership)
        spec = guest_spec()
        await agent.hypervisor.start(spec)
        done = await asyncio.to_thread(waiting.run, "enrol", "--replace", two.token())
        assert done.returncode == 0, done.stderr
        later = await waiting.ready(clients[1])
        assert await later.server.membership() == membership
        assert [g.id for g in await later.hypervisor.guests()] == [spec.config.id]
        with pytest.raises(Unknown):
            await agent.hypervisor.guests()
        for client in clients:
            client.close()


async def test_the_secret_goes_to_nobody_but_the_tokens_manager(
    waiting: AgentProcess, tmp_path: Path
) -> None:
    async with managing(tmp_path / "m1") as manager:
        wrong = await asyncio.to_thread(waiting.run, "enrol", manager.token("ab" * 32))
        assert wrong.returncode == 3
        assert "not the one that made the token" in wrong.stderr
        garbled = await asyncio.to_thread(waiting.run, "enrol", "mp1.nonsense")
        assert garbled.returncode == 3
        token = manager.token()
    unreachable = await asyncio.to_thread(waiting.run, "enrol", token)
    assert unreachable.returncode == 1
    assert manager.seen == []
    assert waiting.files.load() is None
    for secret in manager.secrets:
        assert secret not in wrong.stderr + unreachable.stderr


async def test_an_agent_cannot_pass_for_the_manager(waiting: AgentProcess, tmp_path: Path) -> None:
    """A server of the pool holds a certificate of the same authority, for its own address."""
    authority = CertificateAuthority.open(tmp_path / "m1")
    rogue = AgentProcess(tmp_path, 2)
    rogue.enrol(authority)
    seen: list[bytes] = []
    chain = tmp_path / "chain.pem"
    chain.write_bytes(rogue.files.certificate.read_bytes() + authority.path.read_bytes())
    listener = listen(rogue.address, 0)

    async def redeem(request: Request) -> JSONResponse:
        seen.append(await request.body())
        return JSONResponse({})

    app = Starlette(routes=[WebRoute("/{path:path}", redeem, methods=["POST"])])
    server = HttpsServer(app, server_context(chain, rogue.files.key), before_shutdown=lambda: None)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    token = EnrolmentToken(
        url=f"https://{rogue.address}:{listener.getsockname()[1]}",
        ca_sha256=authority.fingerprint,
        secret=new_secret(),
    )
    done = await asyncio.to_thread(waiting.run, "enrol", token.encode())
    server.should_exit = True
    await serving
    assert done.returncode == 3
    assert seen == []


def test_settings_from_a_file_and_unknown_ones(tmp_path: Path) -> None:
    server = AgentProcess(tmp_path, 1)
    good, bad = tmp_path / "good.toml", tmp_path / "bad.toml"
    good.write_text('libvirt_restart = "true"\nport = 8900\n')
    bad.write_text('libvrt_restart = "true"\n')
    assert server.run("status", "--config", str(good)).returncode == 1
    refused = server.run("status", "--config", str(bad))
    assert (refused.returncode, "libvrt_restart" in refused.stderr) == (2, True)
    missing = server.run("status", "--config", str(tmp_path / "none.toml"))
    assert missing.returncode == 2
