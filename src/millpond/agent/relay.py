"""The pool master's door to its members: ``/v1/relay/<server id>/<rest>``.

Calls, event streams and WebSockets are passed on as they are, over this agent's own connections;
the member checks the fence and answers for itself.
"""

from collections.abc import AsyncIterator
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from millpond.adapters.rpc import client as rpc
from millpond.adapters.rpc.codec import find
from millpond.adapters.rpc.server import error_response, no_such_call, read_body
from millpond.adapters.rpc.websocket import open_stream
from millpond.agent.consoles import bridge
from millpond.domain.errors import MillpondError, Refused
from millpond.domain.pool import PoolDocument
from millpond.ports.agent import Agent

_PASSED_ON = (rpc.JOB_HEADER.lower(), rpc.FENCE_HEADER.lower())


class Relay:
    """``server`` is this server's id, ``here`` the app that answers for it (the master is a member
    like any other), ``agents`` its own connections."""

    def __init__(self, server: str, agent: Agent, agents: rpc.Agents, here: ASGIApp) -> None:
        self._server = server
        self._agent = agent
        self._agents = agents
        self._here = here
        self._pool: PoolDocument | None = None

    def record_changed(self, vm: str | None) -> None:
        """If it is the pool's own (None), read it again before the next use."""
        if vm is None:
            self._pool = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        member, _, rest = scope["path"].removeprefix("/v1/relay/").partition("/")
        path = f"/v1/{rest}"
        try:
            route, term = await self._route(member)
            if route.server == self._server:
                here = dict(scope, path=path, raw_path=path.encode(), root_path="")
                await self._here(here, receive, send)
            elif scope["type"] == "websocket":
                await self._pass_socket(WebSocket(scope, receive, send), route, path)
            elif path == rpc.EVENTS_PATH:
                async with self._agents.stream(route) as stream:
                    lines = StreamingResponse(_until_broken(stream.chunks), stream.status)
                    await lines(scope, receive, send)
            else:
                response = await self._pass_call(Request(scope, receive), route, path, term)
                await response(scope, receive, send)
        except MillpondError as error:
            await error_response(error)(scope, receive, send)

    async def _route(self, member: str) -> tuple[rpc.Route, int]:
        """And our own term: a member that knows a newer master refuses. Raises ``Refused``: server.role unless this is a pool master, server.not_in_pool."""
        membership = await self._agent.server.membership()
        if membership is None or membership.master != self._server:
            raise Refused(
                "server.role",
                f"server {self._server}",
                "is not a pool master, so it relays nothing",
                "ask the pool master",
            )
        pool = self._pool
        known = pool is not None and (pool.id, pool.term) == (membership.pool, membership.term)
        if pool is None or not known or not _has(pool, member):
            pool = self._pool = await self._agent.records.pool(membership.cluster_root)
        if pool is None:
            raise Refused(
                "storage.unavailable",
                f"pool {membership.pool_name}",
                f"its record is not in {membership.cluster_root}",
                "check that the shared repository is mounted there",
            )
        found = pool.member(member)
        return rpc.Route(found.address, found.port, found.id), membership.term

    async def _pass_call(
        self, request: Request, route: rpc.Route, path: str, term: int
    ) -> Response:
        port, _, name = path.removeprefix("/v1/").partition("/")
        method = find(port, name)
        if method is None or request.method != "POST":
            raise no_such_call(path)
        headers = {k: v for k, v in request.headers.items() if k in _PASSED_ON}
        headers |= rpc.MasterCaller(term).headers()
        answer = await self._agents.send(route, method, await read_body(request), headers)
        return Response(answer.body, answer.status, media_type="application/json")

    async def _pass_socket(self, socket: WebSocket, route: rpc.Route, path: str) -> None:
        stream = await open_stream(
            f"wss://{route.host}{path}", self._agents.context, route.server, f"relay {path}"
        )
        try:
            await socket.accept()
            await bridge(socket, stream)
        finally:
            await stream.close()


def _has(pool: PoolDocument, member: str) -> bool:
    return any(m.id == member for m in pool.members)


async def _until_broken(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """A stream that breaks on the member's side just ends here; clients know that as a fault."""
    with suppress(OSError):
        async for chunk in chunks:
            yield chunk
