"""What the agent answers to, as one ASGI app."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from millpond.adapters.rpc.client import Agents
from millpond.adapters.rpc.fences import Fences
from millpond.adapters.rpc.server import error_response, routes_for
from millpond.agent.consoles import SharedConsoles, console_route
from millpond.agent.events import EventHub, event_route
from millpond.agent.gate import Gate
from millpond.agent.relay import Relay, relay_route
from millpond.domain.errors import not_found
from millpond.ports.agent import Agent
from millpond.ports.hypervisor import Consoles


def create_app(
    server: str, agent: Agent, consoles: Consoles, hub: EventHub, fences: Fences, agents: Agents
) -> tuple[ASGIApp, Relay]:
    """The app of the server with the id ``server``, and its relay, to be told of record changes."""
    here = Starlette(
        routes=[
            event_route(hub),
            console_route(SharedConsoles(consoles)),
            *routes_for(agent, fences),
        ],
        exception_handlers={404: _no_page},
    )
    relay = Relay(server, agent, agents, here)
    app = Starlette(
        routes=[relay_route(relay), Mount("/", app=here)], exception_handlers={404: _no_page}
    )
    return Gate(app, agent.server), relay


async def _no_page(request: Request, error: Exception) -> Response:
    return error_response(not_found("page", request.url.path))
