"""Agents far away: the ports of a server, called over the simulated network.

What ``adapters/rpc`` and ``agent/relay`` do with HTTPS: a call reaches a server's door, directly or
through the pool master, and carries whose it is.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol, cast

from millpond.ports.agent import Agent
from millpond.sim.network import Network, Node


@dataclass(frozen=True)
class Caller:
    """Who calls: a server's id, or None for the manager. ``term`` is that of the master who calls or
    relays, ``job`` and ``fence`` are those of the manager's job it is for."""

    server: str | None = None
    term: int | None = None
    job: str | None = None
    fence: int = 0


@dataclass(frozen=True)
class Request:
    """``member``: to be passed on to that server (its id) by the pool master."""

    port: str
    method: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    caller: Caller
    member: str | None = None

    @property
    def step(self) -> str:
        return f"{self.port}.{self.method}"


class Door(Protocol):
    """Where requests to a server end up, in its agent's process."""

    async def __call__(self, request: Request) -> Any: ...


class RemoteAgent:
    """``ports.agent.Agent`` behind ``node``; its door is looked up when a request arrives."""

    def __init__(
        self, ask: Callable[[Request], Awaitable[Any]], caller: Caller, member: str | None
    ):
        self._ask = ask
        self._caller = caller
        self._member = member

    def __getattr__(self, port: str) -> "_RemotePort":
        made = _RemotePort(self, port)
        setattr(self, port, made)
        return made

    def call(self, port: str, method: str, args: Any, kwargs: Any) -> Awaitable[Any]:
        return self._ask(Request(port, method, args, kwargs, self._caller, self._member))


class _RemotePort:
    def __init__(self, agent: RemoteAgent, port: str) -> None:
        self._agent, self._port = agent, port

    def __getattr__(self, method: str) -> Callable[..., Awaitable[Any]]:
        def call(*args: Any, **kwargs: Any) -> Awaitable[Any]:
            return self._agent.call(self._port, method, args, kwargs)

        setattr(self, method, call)
        return call


def remote(
    network: Network,
    source: Node,
    target: Node,
    door: Callable[[], Door],
    caller: Caller,
    member: str | None = None,
) -> Agent:
    """The agent at ``target``, or its pool's ``member`` through it."""

    def ask(request: Request) -> Awaitable[Any]:
        return network.call(source, target, request.step, lambda: door()(request))

    return cast(Agent, RemoteAgent(ask, caller, member))
