"""Whatever is wrong with a request, the answer has the one shape and nothing breaks."""

import json
from collections.abc import AsyncIterator
from urllib.parse import quote

import pytest

from millpond.manager.api.errors import ErrorReply
from millpond.manager.api.front import MAX_BODY
from tests.api.running import Running

HOSTILE = {
    "slash": "a/b",
    "dots": "../../etc/passwd",
    "newline": "web1\n",
    "nul": "we\x00b1",
    "leading dash": "-rf",
    "long": "x" * 65_000,
    "bidi": "web\u202e1",
    "quote": "web'1\"--",
    "percent": "web%1",
    "blank": " ",
    "emoji": "\U0001f9a6",
}


def code_of(response_text: str) -> str:
    reply = ErrorReply.model_validate_json(response_text)
    assert reply.error.message
    assert reply.error.fix
    return reply.error.code


PATHS = [
    ("GET", "/vms/{}"),
    ("POST", "/vms/{}/start"),
    ("PATCH", "/vms/{}"),
    ("GET", "/pools/{}"),
    ("GET", "/servers/{}"),
    ("DELETE", "/servers/{}"),
    ("DELETE", "/users/{}"),
    ("GET", "/jobs/{}"),
    ("DELETE", "/tokens/{}"),
    ("DELETE", "/vms/web1/vifs/{}"),
]
QUERIES = [
    "/vms?pool={}",
    "/vms?name={}",
    "/vms?tag={}",
    "/vms?after={}",
    "/vms?limit={}",
    "/jobs?subject={}",
    "/jobs?kind={}",
    "/jobs?after={}",
    "/events/log?subject={}",
    "/users?after={}",
    "/servers?after={}",
]

hostile = pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE.keys())


@hostile
async def test_hostile_names_in_paths(on_both: Running, name: str) -> None:
    for method, path in PATHS:
        where = "/api/v1" + path.format(quote(name, safe=""))
        body: dict[str, str] | None = {} if method == "PATCH" else None
        response = await on_both.client.request(method, where, json=body)
        assert response.status_code in (404, 405, 422), f"{method} {path}: {response.text}"
        expected = ("request.invalid", "request.not_found", "request.method")
        assert code_of(response.text) in expected


@hostile
async def test_hostile_values_in_queries(on_both: Running, name: str) -> None:
    for query in QUERIES:
        response = await on_both.client.get("/api/v1" + query.format(quote(name, safe="")))
        assert response.status_code == 422, f"{query}: {response.text}"
        assert code_of(response.text) == "request.invalid"


@hostile
async def test_hostile_names_in_bodies(on_both: Running, name: str) -> None:
    for field in ("name", "pool", "template", "on"):
        body = {"pool": "pool1", "name": "web1"} | {field: name}
        response = await on_both.client.post("/api/v1/vms", json=body)
        assert response.status_code == 422
        assert code_of(response.text) == "request.invalid"
        assert f"body.{field}" in response.json()["error"]["message"]


@pytest.mark.parametrize(
    "body",
    [
        b"{", b"[]", b"null", b'"x"', b"\xff\xfe", b'{"name": "\\ud800", "password": "x"}',
        b'{"name": 1e999, "password": "x"}', b"[" * 50_000, b'{"name":' + b"9" * 5000 + b"}",
        b'{"name": "a", "password": "b", "extra": 1}', b"",
    ],
    ids=lambda body: repr(body[:20]),
)  # fmt: skip
async def test_bodies_that_are_not_what_is_documented(running: Running, body: bytes) -> None:
    response = await running.client.post(
        "/api/v1/sessions", content=body, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 422
    assert code_of(response.text) == "request.invalid"


async def test_a_body_of_another_type_is_refused(running: Running) -> None:
    response = await running.client.post(
        "/api/v1/sessions", content=b"name=a", headers={"Content-Type": "text/plain"}
    )
    assert response.status_code == 422


async def test_passwords_are_not_repeated_in_errors(running: Running) -> None:
    body = {"name": "anna", "password": ["s3cret-s3cret"]}
    response = await running.client.post("/api/v1/users", json=body)
    assert response.status_code == 422
    assert "s3cret" not in response.text


@pytest.mark.parametrize("declared", [True, False], ids=["with length", "chunked"])
async def test_a_body_that_is_too_large(running: Running, declared: bool) -> None:
    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(33):
            yield b" " * (MAX_BODY // 32)

    content = b" " * (MAX_BODY + 1) if declared else chunks()
    response = await running.client.post(
        "/api/v1/users", content=content, headers={"Content-Type": "application/json"}
    )
    assert response.status_code == 413
    assert code_of(response.text) == "request.too_large"


async def test_a_body_of_the_largest_size_is_read(running: Running) -> None:
    body = json.dumps({"name": "anna", "password": "x"}).encode()
    response = await running.client.post(
        "/api/v1/users",
        content=body + b" " * (MAX_BODY - len(body)),
        headers={"Content-Type": "application/json"},
    )
    assert response.status_code == 422  # for its password, not for its size


@pytest.mark.parametrize("path", ["/api", "/api/v1", "/api/v1/vm", "/api/v2/vms", "/api/v1/vms/"])
async def test_pages_that_do_not_exist(running: Running, path: str) -> None:
    response = await running.client.get(path)
    assert response.status_code == 404
    assert code_of(response.text) == "request.not_found"


async def test_methods_that_a_page_lacks(running: Running) -> None:
    for method in ("PUT", "DELETE", "OPTIONS", "TRACE", "HEAD"):
        response = await running.client.request(method, "/api/v1/vms")
        assert response.status_code == 405
        assert response.headers["Allow"]
    response = await running.client.put("/api/v1/vms")
    assert code_of(response.text) == "request.method"


async def test_a_bug_is_an_answer_too(running: Running) -> None:
    async def broken() -> None:
        raise ZeroDivisionError("secret detail")

    running.app.add_api_route("/broken", broken)
    response = await running.client.get("/broken")
    assert response.status_code == 500
    assert code_of(response.text) == "internal.error"
    assert "secret detail" not in response.text
    assert response.headers["X-Request-Id"]


async def test_headers_that_protect_browsers(running: Running) -> None:
    for path in ("/api/v1/vms", "/api/v1/nowhere", "/healthz/live"):
        headers = (await running.client.get(path)).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["X-Frame-Options"] == "DENY"
        assert headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert headers["X-Request-Id"]


async def test_etags_that_are_none(running: Running) -> None:
    for value in ("7", '"x"', 'W/"7"', '"-1"', '"' + "9" * 30 + '"', ""):
        response = await running.client.patch(
            "/api/v1/vms/web1", json={"memory": 64}, headers={"If-Match": value}
        )
        assert response.status_code == 422, value


async def test_idempotency_keys_that_are_none(running: Running) -> None:
    for value in ("", "two words", "x" * 256):
        response = await running.client.post(
            "/api/v1/vms/web1/start", headers={"Idempotency-Key": value}
        )
        assert response.status_code == 422, value


async def test_query_parameters_that_do_not_exist(running: Running) -> None:
    """Above all a ``dry_run`` that is mistyped."""
    for method, path in (
        ("POST", "/api/v1/vms/web1/start?dryrun=true"),
        ("GET", "/api/v1/vms?colour=red"),
        ("GET", "/healthz/live?x="),
    ):
        response = await running.client.request(method, path)
        assert response.status_code == 422
        assert "there is no query parameter" in response.json()["error"]["message"]
    both = await running.client.get("/api/v1/vms?limit=5&power=running")
    assert both.status_code == 200


async def test_cursors_that_are_forged(on_both: Running) -> None:
    for path in ("/vms", "/jobs", "/users", "/servers", "/pools", "/tokens", "/events/log"):
        for value in ("AAAA", "bnVsbA==", "WzFd", "WyJhXHUwMDAwYiIsICJjIl0=", "W3RydWVd"):
            response = await on_both.client.get(f"/api/v1{path}?after={value}")
            assert response.status_code in (200, 422), response.text
            if response.status_code == 422:
                assert code_of(response.text) == "request.invalid"
