"""Every route declares who may call it, and the declaration is what is enforced."""

import re
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, APIWebSocketRoute, iter_route_contexts

from millpond.domain.permissions import Permission
from millpond.manager.api import deps
from millpond.manager.api.app import build
from millpond.operations.registry import OPERATIONS
from tests.api.running import Running

PUBLIC = {
    "POST /api/v1/sessions",
    "POST /api/v1/sessions/cookie",
    "POST /api/v1/enrolments/redeem",
    "GET /api/v1/healthz/live",
    "GET /api/v1/healthz/ready",
    "GET /",
    "GET /ui/{path:path}",
    "GET /healthz/live",
    "GET /healthz/ready",
    "GET /api/v1/version",
    "GET /api/v1/openapi.json",
    "WS /api/v1/consoles/{ticket}",
}
"""All there is for callers without a token. A new one is a decision: it belongs in this list."""


def permissions(app: FastAPI) -> dict[str, list[Permission]]:
    """What each route declares."""
    found: dict[str, list[Permission]] = {}
    for context in iter_route_contexts(app.routes):
        route: Any = context.original_route
        assert isinstance(route, APIRoute | APIWebSocketRoute), f"{context.path} is no API route"
        methods = context.methods or {"WS"}
        guards = [
            d.call.permission
            for d in context.dependant.dependencies
            if isinstance(d.call, deps.Requires | deps.Public)
        ]
        for method in methods:
            found[f"{method} {context.path}"] = guards
    return found


def test_every_route_declares_exactly_one_permission() -> None:
    found = permissions(build())
    assert len(found) > 60
    assert {route: p for route, p in found.items() if len(p) != 1} == {}


def test_a_route_without_permission_is_noticed() -> None:
    app = build()

    @app.get("/naked")
    async def naked() -> None: ...

    assert permissions(app)["GET /naked"] == []


def test_only_these_routes_are_public() -> None:
    found = permissions(build())
    assert {route for route, p in found.items() if p == [Permission.PUBLIC]} == PUBLIC


def test_routes_of_operations_ask_for_the_operations_permission() -> None:
    found = permissions(build())
    for path, methods in build().openapi()["paths"].items():
        for method, operation in methods.items():
            kind = re.search(r"Starts the operation `([a-z._]+)`", operation["description"])
            if kind:
                asked = found[f"{method.upper()} {path}"]
                assert asked == [OPERATIONS[kind[1]].permission], operation["operationId"]


def test_every_operation_has_a_route() -> None:
    text = str(build().openapi())
    missing = [kind for kind in OPERATIONS if f"Starts the operation `{kind}`" not in text]
    assert missing == []


async def test_without_a_token_nothing_but_the_public_is_served(running: Running) -> None:
    """Each route is really called: 401 everywhere, before the request is looked at any further."""
    for route in permissions(build()):
        method, _, path = route.partition(" ")
        if route in PUBLIC or method == "WS":
            continue
        path = re.sub(r"\{mac\}", "00:16:3e:00:00:01", path)
        path = re.sub(r"\{id\}", "0f0e6a52-7c53-4f0c-9b8e-3f9b2f7d0c11", path)
        path = re.sub(r"\{\w+\}", "x", path)
        for headers in ({}, {"Authorization": "Bearer mpt_nonsense"}, {"Authorization": "Basic x"}):
            response = await running.anonymous.request(method, path, headers=headers)
            assert response.status_code == 401, f"{route}: {response.text}"
            assert response.json()["error"]["code"] == "auth.required"


async def test_a_user_who_lacks_the_permission_is_denied(
    running: Running, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Everybody may do everything until roles exist; that the question is asked shows here."""
    monkeypatch.setattr(deps, "granted", lambda _user: frozenset({Permission.VM_VIEW}))
    assert (await running.client.get("/api/v1/vms")).status_code == 200
    assert (await running.client.get("/api/v1/users/me")).status_code == 200
    for method, path in (("GET", "/pools"), ("POST", "/vms/x/start"), ("DELETE", "/users/admin")):
        response = await running.client.request(method, f"/api/v1{path}")
        assert response.status_code == 403
        assert response.json()["error"]["code"] == "auth.denied"
