"""The client's end: an agent far away, called as if it were here.

    agents = Agents(client_context(...))                   # one per process: it holds the connections
    agent = agents.agent(Route(address, port, server), Caller(job, fence))
    guest = await agent.hypervisor.start(spec)
    async for event in agents.events(route): ...
    console = await agents.console(route, vm, "serial")

A ``Route`` with a ``member`` goes through the pool master at its address to that member.
"""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from millpond.adapters.rpc import errors
from millpond.adapters.rpc.codec import Method, methods
from millpond.adapters.rpc.connections import Connections
from millpond.domain.errors import MillpondError, Refused, Unknown
from millpond.domain.events import AgentEvent
from millpond.ports.agent import PORTS, Agent
from millpond.ports.hypervisor import ByteStream

JOB_HEADER = "Millpond-Job"
FENCE_HEADER = "Millpond-Fence"
TERM_HEADER = "Millpond-Term"
EVENTS_PATH = "/v1/events"

READ_SECONDS = 60.0  # longer than any wait a port allows (30 s)
SILENCE_SECONDS = 15.0  # three missed beats and the event stream counts as dead
_SLOW = {"/v1/hypervisor/restore": 900.0}  # reads a whole guest's memory before it answers

_EVENT: TypeAdapter[AgentEvent] = TypeAdapter(AgentEvent)


@dataclass(frozen=True)
class Route:
    """How to reach an agent: the one at ``address`` (whose certificate must be that of the server
    with the id ``server``), or through it, when it is a pool master, its pool's ``member``."""

    address: str
    port: int
    server: str
    member: str | None = None

    @property
    def target(self) -> str:
        """The id of the server at the end."""
        return self.member or self.server

    def path(self, path: str) -> str:
        """``path`` (``/v1/...``) as asked of the server at ``address``."""
        return path if self.member is None else f"/v1/relay/{self.member}{path.removeprefix('/v1')}"

    @property
    def host(self) -> str:
        """As URLs and the header of that name have it."""
        address = f"[{self.address}]" if ":" in self.address else self.address
        return f"{address}:{self.port}"


@dataclass(frozen=True)
class Answer:
    """Of any HTTP status."""

    status: int
    body: bytes


@dataclass(frozen=True)
class Stream:
    """An answer that goes on and on."""

    status: int
    chunks: AsyncIterator[bytes]


@dataclass(frozen=True)
class Caller:
    """The job on whose behalf calls are made, and its fence: it grows each time another manager
    process takes the job over, and agents refuse what comes with a lower one."""

    job: str
    fence: int

    def headers(self) -> dict[str, str]:
        return {JOB_HEADER: self.job, FENCE_HEADER: str(self.fence)}


@dataclass(frozen=True)
class MasterCaller:
    """The pool master of that term; agents refuse one of a lower term than they have seen."""

    term: int

    def headers(self) -> dict[str, str]:
        return {TERM_HEADER: str(self.term)}


class Agents:
    """The connections of one process to its agents, kept open and shared by all calls.

    ``context`` presents our certificate and trusts our CA alone (``adapters/pki``). The server's
    identity is proven before anything is sent: its certificate must name ``Route.server``.

    ``on_failure`` is called with each call that the server of a route did not answer, or refused,
    and returns what is raised.
    """

    def __init__(self, context: ssl.SSLContext) -> None:
        self.context = context
        self.on_failure: Callable[[Route, MillpondError], MillpondError] = lambda _, error: error
        self._known: dict[tuple[str, str], Connections] = {}

    def agent(self, route: Route, caller: Caller | MasterCaller | None = None) -> Agent:
        """Its methods raise ``Refused``, ``Failed`` and ``Unknown``, as the ports say; no answer
        is ``Unknown``. ``Hypervisor.events`` is not there: see ``events``."""
        return cast(Agent, _RemoteAgent(self, route, caller))

    async def send(
        self, route: Route, method: Method, body: bytes, headers: Mapping[str, str]
    ) -> Answer:
        """One call, as it is; whatever was answered. Raises ``Unknown``."""
        patience = _SLOW.get(method.path, READ_SECONDS)
        described = (
            *(("Host", route.host), ("Content-Type", "application/json")),
            *(("Content-Length", str(len(body))), *headers.items()),
        )
        try:
            async with self._connections(route).lend(method.waits) as connection:
                path = route.path(method.path)
                status = await connection.ask("POST", path, described, body, patience)
                return Answer(status, b"".join([c async for c in connection.chunks(patience)]))
        except OSError as error:
            raise self.on_failure(route, _unanswered(method.step, route, error)) from error

    @asynccontextmanager
    async def stream(self, route: Route) -> AsyncIterator[Stream]:
        """The agent's event stream, as it is. Raises ``Unknown`` when it breaks."""
        try:
            async with self._connections(route).lend(lasting=True) as connection:
                path, host = route.path(EVENTS_PATH), ("Host", route.host)
                status = await connection.ask("GET", path, [host], b"", SILENCE_SECONDS)
                yield Stream(status, connection.chunks(SILENCE_SECONDS))
        except OSError as error:
            raise self.on_failure(route, _unanswered("events", route, error)) from error

    async def events(self, route: Route) -> AsyncIterator[AgentEvent]:
        """First a ``Snapshot``, then changes as they happen, and beats. Never ends well: raises
        ``Unknown`` when the stream breaks or falls silent for 15 s (reconnect, and start from the
        new snapshot), or the refusal of the agent."""
        async with self.stream(route) as stream:
            if stream.status != 200:
                body = b"".join([chunk async for chunk in stream.chunks])
                raise _error_in(body, "events", stream.status)
            rest = b""
            async for chunk in stream.chunks:
                *lines, rest = (rest + chunk).split(b"\n")
                for line in lines:
                    yield _event(line, route)
        raise Unknown("events", f"server {route.target} ended the stream")

    async def console(self, route: Route, vm: str, kind: str) -> ByteStream:
        """The guest's ``serial`` or ``vnc`` console; raises ``Refused(vm.state)``, ``Unknown``."""
        from millpond.adapters.rpc.websocket import open_stream

        url = f"wss://{route.host}" + route.path(f"/v1/console/{vm}/{kind}")
        return await open_stream(url, self.context, route.server, f"open the console of vm {vm}")

    def _connections(self, route: Route) -> Connections:
        key = (route.host, route.server)  # another server at the same address gets none of these
        if key not in self._known:
            self._known[key] = Connections(route.address, route.port, self.context, route.server)
        return self._known[key]

    def close(self) -> None:
        known, self._known = list(self._known.values()), {}
        for connections in known:
            connections.close()


def _unanswered(step: str, route: Route, error: Exception) -> Unknown:
    """The sentence for a connection that could not be made or broke."""
    cause = str(error) or type(error).__name__
    if "certificate" in cause:
        cause += "; check the clocks of both, or give it a new one: millpond server token SERVER"
    return Unknown(step, f"the agent at {route.address}:{route.port} does not answer: {cause}")


def _event(line: bytes, route: Route) -> AgentEvent:
    try:
        return _EVENT.validate_json(line)
    except ValidationError as error:
        cause = f"server {route.target} sent an event that is unknown here"
        raise Unknown("events", cause) from error


def _error_in(body: bytes, step: str, status: int) -> MillpondError:
    try:
        value = TypeAdapter(dict[str, Any]).validate_json(body)
    except ValidationError:
        return Unknown(step, f"the agent answered with HTTP status {status}")
    return errors.from_json(value, step)


class _RemoteAgent:
    """``ports.agent.Agent`` by its PORTS table; each port is made of its Protocol's methods."""

    def __init__(self, agents: Agents, route: Route, caller: Caller | MasterCaller | None) -> None:
        for port in PORTS:
            setattr(self, port, _RemotePort(agents, route, caller, port))


class _RemotePort:
    def __init__(
        self, agents: Agents, route: Route, caller: Caller | MasterCaller | None, port: str
    ) -> None:
        self._agents = agents
        self._route = route
        self._caller = caller
        self._methods = methods(port)

    def __getattr__(self, name: str) -> Any:
        try:
            method = self._methods[name]
        except KeyError:
            raise AttributeError(name) from None

        async def call(*args: Any, **kwargs: Any) -> Any:
            body = method.encode_arguments(args, kwargs)
            headers = self._caller.headers() if self._caller else {}
            answer = await self._agents.send(self._route, method, body, headers)
            if answer.status != 200:
                error = _error_in(answer.body, method.step, answer.status)
                refused = isinstance(error, Refused)
                raise self._agents.on_failure(self._route, error) if refused else error
            try:
                return method.decode_result(answer.body)
            except ValidationError as error:
                raise Unknown(method.step, "the answer cannot be understood") from error

        return call
