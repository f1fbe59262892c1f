"""What the agent answers to, as one ASGI app."""

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount
from starlette.types import ASGIApp

from millpond.adapters.rpc.client import Agents
from millpond.adapters.rpc.fences import Fences
from millpond.adapters.rpc.server import error_response, no_such_call, routes_for
from millpond.agent.consoles import SharedConsoles, console_route
from millpond.agent.events import event_route
from millpond.agent.gate import Admit, Gate
from millpond.agent.local import LocalAgent
from millpond.agent.relay import Relay


def create_app(
    server: str, local: LocalAgent, fences: Fences, agents: Agents, admit: Admit
) -> ASGIApp:
    """For the server with the id ``server``; ``agents`` are its connections to pool members,
    ``admit`` decides which other servers may call."""
    here = Starlette(
        routes=[
            event_route(local.hub),
            console_route(SharedConsoles(local.consoles)),
            *routes_for(local, fences),
        ],
        exception_handlers={404: _no_page},
    )
    relay = Relay(server, local, agents, here)
    local.hub.on_records(relay.record_changed)
    app = Starlette(routes=[Mount("/v1/relay", app=relay), Mount("/", app=here)])
    return Gate(app, admit)


async def _no_page(request: Request, error: Exception) -> Response:
    return error_response(no_such_call(request.url.path))
