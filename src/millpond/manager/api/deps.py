"""What routes are made of: who may call them, what they hand to the handler, what they answer.

Every route says ``**serves(Permission.X, ...)`` or ``**runs("vm.start")``. Both declare the
permission; a test walks all routes and fails if one declares none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Security
from fastapi.dependencies.models import Dependant
from fastapi.responses import JSONResponse, Response
from fastapi.routing import APIRoute, APIWebSocketRoute
from fastapi.security import APIKeyCookie, HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, StringConstraints
from starlette.requests import HTTPConnection

from millpond.domain.errors import CODES, Refused
from millpond.domain.names import Name
from millpond.domain.permissions import Permission
from millpond.manager.api import models, views
from millpond.manager.api.errors import documented, invalid
from millpond.manager.api.origin import from_our_page
from millpond.manager.auth import Identity, granted
from millpond.manager.consoles import Tickets
from millpond.manager.context import Context
from millpond.operations.registry import OPERATIONS

_BEARER = HTTPBearer(auto_error=False, description="A session or an API token")

COOKIE = "__Host-millpond"
"""A browser's session. The prefix binds it to this host, and to TLS (RFC 6265bis, 4.1.3)."""

_COOKIE = APIKeyCookie(name=COOKIE, auto_error=False, description="A browser's session")


def _secret(
    request: Request,
    bearer: Annotated[HTTPAuthorizationCredentials | None, Security(_BEARER)],
    cookie: Annotated[str | None, Security(_COOKIE)],
) -> str | None:
    """Raises ``Refused(auth.origin)``: a browser sends the cookie whoever's page makes the call, so
    a change must come from a page of ours."""
    if bearer is not None:
        return bearer.credentials
    if cookie is not None and request.method not in ("GET", "HEAD") and not from_our_page(request):
        raise Refused(
            "auth.origin",
            "request",
            "a browser's session came with it, but no Origin of this manager's own",
            "use the manager's own pages; scripts send Authorization: Bearer TOKEN",
        )
    return cookie


Secret = Annotated[str | None, Depends(_secret)]
"""The session or API token that the caller presents."""


@dataclass(frozen=True)
class Api:
    """What handlers work with: the manager's parts, and the API's own."""

    manager: Context
    tickets: Tickets


def _api(connection: HTTPConnection) -> Api:
    api: Api = connection.app.state.api
    return api


Parts = Annotated[Api, Depends(_api)]
"""An argument of any handler that needs them."""


class Requires:
    """The dependency that lets only callers with ``permission`` through."""

    def __init__(self, permission: Permission) -> None:
        self.permission = permission

    async def __call__(self, request: Request, api: Parts, secret: Secret) -> Identity | None:
        """Raises ``Refused``: ``auth.required``, ``auth.denied``."""
        me = await api.manager.auth.identify(secret) if secret else None
        if me is None:
            raise Refused(
                "auth.required",
                "request",
                "no valid session or API token came with it",
                "sign in: millpond login, or send Authorization: Bearer TOKEN",
            )
        if self.permission is not Permission.SELF and self.permission not in granted(me.user):
            raise Refused(
                "auth.denied",
                f"user {me.user}",
                f"lacks the permission {self.permission.value}",
                "ask an administrator for it",
            )
        request.state.me = me
        refuse_strangers(request)
        return me


class Public:
    """The dependency of routes that anybody may call."""

    permission = Permission.PUBLIC

    async def __call__(self, connection: HTTPConnection) -> None:
        refuse_strangers(connection)


def _query_names(dependant: Dependant) -> Iterator[str]:
    yield from (parameter.alias for parameter in dependant.query_params)
    for child in dependant.dependencies:
        yield from _query_names(child)


def refuse_strangers(connection: HTTPConnection) -> None:
    """Raise ``Refused(request.invalid)`` for a query parameter the route does not have: whoever
    mistypes ``dry_run`` must not have the thing done."""
    route: APIRoute | APIWebSocketRoute = connection.scope["route"]
    strangers = connection.query_params.keys() - set(_query_names(route.dependant))
    if strangers:
        raise invalid(f"there is no query parameter {sorted(strangers)[0][:80]!r}")


def requires(permission: Permission) -> Any:
    """A route's permission, as a dependency."""
    return Depends(Public() if permission is Permission.PUBLIC else Requires(permission))


def _me(request: Request) -> Identity:
    me: Identity = request.state.me
    return me


Me = Annotated[Identity, Depends(_me)]
"""The caller, on routes that are not public."""

Key = Name
"""A name or an id in a path."""

Limit = Annotated[int, Query(ge=1, le=1000, description="How many at most")]
After = Annotated[
    str | None,
    Query(max_length=512, pattern=r"^[A-Za-z0-9_=-]+$", description="``next`` of the page before"),
]


def serves(
    permission: Permission,
    *codes: str,
    body: bool = False,
    media: str | None = None,
    guard: Requires | Public | None = None,
) -> dict[str, Any]:
    """Keyword arguments of a route: its permission, and the error codes it can answer with besides
    those that any route has. ``body``: it takes one.
    ``media``: what it answers with, if that is not JSON. ``guard`` stands in for the usual check of
    the permission."""
    own = set(codes) | {"request.invalid", "server.busy"}
    if permission is not Permission.PUBLIC:
        own |= {"auth.required", "auth.origin"}
        own |= {"auth.denied"} if permission is not Permission.SELF else set()
    if body:
        own |= {"request.too_large"}
    dependency = requires(permission) if guard is None else Depends(guard)
    route: dict[str, Any] = {"dependencies": [dependency], "responses": documented(*own)}
    if media is not None:
        content = {media: {"schema": {"type": "string"}}}
        route["responses"] = {200: {"content": content}, **route["responses"]}
        route["response_class"] = Response
    return route


_ANY_OPERATION = {
    "request.not_found",
    "request.idempotency",
    "object.busy",
    "server.unreachable",
    "server.not_enrolled",
    "server.not_in_pool",
    "server.role",
    "pool.deposed",
    "pool.unreadable",
    "storage.unavailable",
    "hypervisor.refused",
    "step.failed",
    "step.unknown",
}
_CONFIG = ("vm.memory", "vm.vcpus", "vm.devices", "object.exists")
_FAMILIES = {
    "vm": ("vm.state",),
    "cloud-init": ("vm.state", "vm.devices", "storage."),
    "warm-import": ("vm.state", *_CONFIG, "import.", "image.", "server."),
    "vif": ("vm.state", *_CONFIG),
    "snapshot": ("vm.state", "snapshot."),
    "schedule": ("vm.state",),
    "cdrom": ("vm.state", *_CONFIG, "image.state"),
    "disk": ("vm.state", *_CONFIG, "image.state", "storage."),
    "pool": ("pool.", "server.", "object.exists", "bridge."),
    "server": ("server.", "placement.", "pool."),
    "bridge": ("bridge.", "object.exists", "server."),
    "rule": ("object.exists", "pool."),
    "image": ("image.state",),
    "template": ("template.", "image.in_use"),
    "repository": ("repository.", "storage.", "object.exists", "server."),
    "backup": ("backup.", "storage.", "server."),
    "lun": ("lun.", "array.", "object.exists", "storage.full"),
}
_ESPECIALLY = {
    "vm.create": (*_CONFIG, "template.", "image.state", "placement.", "storage.", "ha."),
    "vm.clone": (*_CONFIG, "placement.", "storage.", "ha."),
    "vm.clone_many": ("object.exists",),
    "vm.save_template": ("object.exists", "vm.devices", "template.", "storage."),
    "vm.start": ("placement.", "ha."),
    "vm.resume": ("placement.", "ha."),
    "vm.edit": (*_CONFIG, "vm.not_hot", "request.etag", "ha."),
    "vm.delete": ("request.etag",),
    "vm.import": (*_CONFIG, "import.", "image.", "server.", "storage."),
    "vm.export": ("object.exists", "storage."),
    "vm.suspend": ("storage.",),
    "vm.migrate": ("migration.", "placement.", "server.", "ha.", "storage."),
    "pool.edit": ("request.etag", "ha."),
    "backup.create": ("vm.state",),
    "backup.restore": (*_CONFIG, "vm.state"),
    "snapshot.create": ("object.exists", "storage."),
    "schedule.run": ("object.exists", "snapshot.", "storage."),
    "snapshot.revert": ("object.exists", "placement.", "ha."),
    "image.delete": ("image.in_use",),
    "image.import": ("object.exists", "template.unreadable", "storage."),
    "server.maintenance": ("ha.",),
    "server.shutdown": ("ha.",),
    "server.reboot": ("ha.",),
}
"""Codes, or beginnings of codes, that planning can refuse with: what only shows while the job runs
is in the job's ``error``."""


def operation_codes(kind: str) -> set[str]:
    """The error codes a request for the operation can be refused with."""
    prefixes = (*_FAMILIES[kind.partition(".")[0]], *_ESPECIALLY.get(kind, ()))
    return _ANY_OPERATION | {code for code in CODES if code.startswith(prefixes)}


def runs(kind: str) -> dict[str, Any]:
    """Keyword arguments of a route that starts an operation: permission and summary are the
    operation's own."""
    operation = OPERATIONS[kind]
    route = serves(operation.permission, *operation_codes(kind), body=True)
    route["responses"] = {
        200: {"model": models.PlanReply, "description": "With `dry_run`: what would be done"},
        202: {
            "description": "Accepted: follow the job",
            "headers": {"Location": {"schema": {"type": "string"}, "description": "The job"}},
        },
        **route["responses"],
    }
    return {
        **route,
        "status_code": 202,
        "response_model": models.Job,
        "summary": operation.summary,
        "description": f"Starts the operation `{kind}` and answers with its job.",
    }


def json_reply(text: str | bytes, headers: dict[str, str] | None = None) -> Response:
    """JSON that is ready to send."""
    return Response(text, media_type="application/json", headers=headers)


@dataclass(frozen=True)
class Call:
    """A request for an operation: who asks, and how."""

    api: Api
    me: Identity
    key: str | None
    dry_run: bool

    async def accept(self, kind: str, spec: BaseModel) -> Response:
        """Plan the operation, make it a job, answer 202 with the job; or, on a dry run, 200 with
        the plan. Raises what planning raises: ``Refused``, ``Failed``, ``Unknown``."""
        jobs = self.api.manager.jobs
        if self.dry_run:
            plan = await jobs.dry_run(kind, spec)
            return JSONResponse({"plan": plan.model_dump(mode="json")})
        job = await jobs.submit(kind, spec, user=self.me.user, key=self.key)
        body = await views.job(self.api.manager, job)
        return JSONResponse(body, 202, {"Location": f"/api/v1/jobs/{job.id}"})


def _call(
    api: Parts,
    me: Me,
    idempotency_key: Annotated[
        Annotated[str, StringConstraints(pattern=r"^[\x21-\x7e]{1,255}$")] | None,
        Header(
            alias="Idempotency-Key",
            description="The same key and request again: the same job again",
            examples=["3f0c8f2e-1"],
        ),
    ] = None,
    dry_run: Annotated[bool, Query(description="Only say what would be done")] = False,
) -> Call:
    return Call(api, me, idempotency_key, dry_run)


Calling = Annotated[Call, Depends(_call)]
