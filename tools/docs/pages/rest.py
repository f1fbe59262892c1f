"""The REST API, from its OpenAPI document."""

from collections.abc import Iterable
from typing import Any

from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from millpond.manager.api.app import build
from millpond.manager.api.openapi import document
from pages import schema
from pages.markdown import code, page, table


def openapi() -> str:
    return document()


def text() -> str:
    app = build()
    described = app.openapi()
    permissions = _permissions(app.routes)
    parts = [_INTRODUCTION, described["info"]["description"]]
    for tag in described["tags"]:
        parts += [f"## {tag['name']}", tag["description"]]
        for path, methods in described["paths"].items():
            for method, route in methods.items():
                if tag["name"] in route["tags"]:
                    allowed = permissions[route["operationId"]]
                    parts += _route(f"{method.upper()} {path}", route, allowed)
    parts.append("## Types")
    for name, document_ in sorted(described["components"]["schemas"].items()):
        parts += [f"### {name}", schema.described(document_)]
    return page("REST API", *parts, *schema.strings())


def _permissions(routes: Iterable[BaseRoute]) -> dict[str, str]:
    """What each route asks of its caller, by operation id. FastAPI wraps included routers."""
    found: dict[str, str] = {}
    for route in routes:
        if isinstance(route, APIRoute):
            asked = [getattr(d.dependency, "permission", None) for d in route.dependencies]
            found[route.name] = ", ".join(code(p.value) for p in asked if p is not None)
        elif (included := getattr(route, "original_router", None)) is not None:
            found |= _permissions(included.routes)
    return found


def _route(heading: str, route: dict[str, Any], permission: str) -> list[str]:
    parts = [f"### {heading}", f"{route['summary']}. {_prose(route)}".strip()]
    parts.append(f"Permission: {permission}.")
    if route.get("parameters"):
        parts.append(
            table(("parameter", "in", "type", "notes"), map(_parameter, route["parameters"]))
        )
    body = route.get("requestBody")
    if body:
        parts.append("Body: " + _content(body["content"]) + ".")
    parts.append(table(("status", "reply"), _replies(route["responses"])))
    return parts


def _prose(route: dict[str, Any]) -> str:
    return " ".join(str(route.get("description", "")).split())


def _parameter(parameter: dict[str, Any]) -> tuple[str, str, str, str]:
    words = parameter.get("description", "")
    required = "required" if parameter.get("required") and parameter["in"] != "path" else ""
    notes = "; ".join(filter(None, (required, words)))
    return code(parameter["name"]), parameter["in"], schema.type_of(parameter["schema"]), notes


def _replies(responses: dict[str, Any]) -> list[tuple[str, str]]:
    return [(status, _reply(responses[status])) for status in sorted(responses)]


def _reply(response: dict[str, Any]) -> str:
    """Errors all have one shape, so only their codes are told."""
    content = response.get("content", {})
    examples = content.get("application/json", {}).get("examples")
    if examples:
        return ", ".join(code(name) for name in examples)
    kind = _content(content) if content else ""
    words = response.get("description", "")
    return ": ".join(filter(None, ("" if words == "Successful Response" else words, kind)))


def _content(content: dict[str, Any]) -> str:
    return ", ".join(
        schema.type_of(media.get("schema", {}))
        if kind == "application/json"
        else f"{schema.type_of(media.get('schema', {}))} ({kind})"
        for kind, media in content.items()
    )


_INTRODUCTION = """\
The same as OpenAPI: [rest.json](rest.json). What an error code means: [Error codes](errors.md)."""
