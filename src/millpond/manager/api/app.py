"""The API as one application."""

from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute

import millpond
from millpond.manager.api import (
    arrays,
    backups,
    bridges,
    cdrom,
    clones,
    cloud_init,
    consoles,
    descriptions,
    disks,
    enrolments,
    errors,
    events,
    exports,
    failovers,
    fencing,
    ha,
    images,
    jobs,
    luns,
    pages,
    pools,
    repositories,
    rules,
    samples,
    schedules,
    servers,
    sessions,
    snapshots,
    system,
    templates,
    timing,
    tokens,
    uploads,
    users,
    vifs,
    vms,
    warm_imports,
)
from millpond.manager.api.deps import Api
from millpond.manager.api.examples import add_examples
from millpond.manager.api.front import Front
from millpond.manager.consoles import Tickets
from millpond.manager.context import Context

PREFIX = "/api/v1"

DESCRIPTION = """\
Everything Millpond's manager can do. The command line uses nothing else.

**Signing in.** `POST /sessions` gives a token; send it as `Authorization: Bearer TOKEN`. Scripts use
API tokens (`POST /tokens`) in the same way.

**Changes** that take work on servers are operations: the reply is `202` with a job, and `Location`
says where to follow it (`GET /jobs/{id}/wait`). With `?dry_run=true` the reply is `200` with the
plan, and nothing is changed. An `Idempotency-Key` makes a request safe to repeat. Objects carry an
`ETag`; `If-Match` refuses a change of something that has changed since.

**Errors** all have one shape: `{"error": {"kind", "code", "subject", "message", "fix",
"details"}}`. Programs look at `code`, people at `message` and `fix`. A path that does not exist is
`404 request.not_found`, a method that a path lacks `405 request.method`, a query parameter or a
field that is not documented `422 request.invalid`: a mistyped `dry_run` does nothing.

**Lists** come in pages of up to `limit` items; send `next` of one page as `after` for the next.

Times are seconds since 1970 UTC; memory is in MiB, disk sizes are in bytes.
"""

TAGS = [
    {"name": "Sessions", "description": "Sign in and out."},
    {"name": "Users", "description": "Local users."},
    {"name": "API tokens", "description": "Tokens for scripts."},
    {"name": "Servers", "description": "Physical servers, each with an agent."},
    {"name": "Pools", "description": "Server pools on shared storage."},
    {"name": "High availability", "description": "What happens when servers fail."},
    {"name": "Fencing", "description": "What can cut a server off."},
    {"name": "Bridges", "description": "Networks of a pool."},
    {"name": "Repositories", "description": "Where a pool keeps its VMs."},
    {"name": "Arrays", "description": "Storage arrays: their health, capacity and LUNs."},
    {"name": "LUNs", "description": "LUNs of arrays that a pool's servers have."},
    {"name": "Templates", "description": "What VMs are created from."},
    {"name": "Images", "description": "ISOs, templates and disks on their way into a pool."},
    {"name": "VMs", "description": "Virtual machines and their life."},
    {"name": "Cloud-init", "description": "What guests are told at their first boot."},
    {"name": "VIFs", "description": "Network interfaces of a VM."},
    {"name": "Snapshots", "description": "A VM as it was, and the way back."},
    {"name": "Disks", "description": "Disks of a VM, and the CD in its drive."},
    {"name": "Consoles", "description": "Serial and VNC consoles."},
    {"name": "Jobs", "description": "Changes under way, and their history."},
    {"name": "Events", "description": "What happens."},
    {"name": "Backups", "description": "What VMs can be brought back from."},
    {"name": "System", "description": "The manager itself."},
]


class Application(FastAPI):
    """FastAPI with a description of the API that is exactly what it does."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            schema = super().openapi()
            _without_framework_errors(schema)
            schema["components"]["examples"] = errors.examples()
            add_examples(schema)
        assert self.openapi_schema is not None
        return self.openapi_schema


def _without_framework_errors(schema: dict[str, Any]) -> None:
    """The framework documents its own form of a 422, which this application never sends."""
    components = schema["components"]["schemas"]
    for name in ("HTTPValidationError", "ValidationError"):
        components.pop(name, None)


def build() -> FastAPI:
    """All routes, without anything behind them: enough to describe the API."""
    app = Application(
        title="Millpond",
        version=millpond.__version__,
        summary="Pools of virtual machines on the SAN you already own",
        description=DESCRIPTION,
        license_info={"name": "Apache-2.0", "identifier": "Apache-2.0"},
        openapi_tags=TAGS,
        openapi_url=None,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        generate_unique_id_function=_operation_id,
    )
    for module in (
        sessions, users, tokens, servers, enrolments, pools, ha, timing, failovers, rules, fencing,
        bridges, repositories, templates, images, uploads, backups, vms, vifs,
        disks, cdrom, consoles, jobs, events, system, cloud_init, clones, warm_imports,
        snapshots, schedules, exports, arrays, luns, samples, descriptions,
    ):  # fmt: skip
        app.include_router(module.router, prefix=PREFIX)
    app.include_router(system.api_only, prefix=PREFIX)
    app.include_router(system.router, include_in_schema=False)
    app.include_router(pages.router)
    errors.install(app)
    return app


def create_app(context: Context) -> FastAPI:
    """The application to serve."""
    app = build()
    app.state.api = Api(manager=context, tickets=Tickets())
    app.add_middleware(Front, metrics=context.metrics)
    return app


def _operation_id(route: APIRoute) -> str:
    """The handler's name: ``start_vm``. Clients generated from the description are called so."""
    return route.name
